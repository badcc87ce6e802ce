"""Where a file defines tables depends on its text alone, not on how it is cut in blocks, nor on what it was before."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_server.context.defined.definitions import definitions_above, names_above
from understudy_server.context.text.document import Document

WORDS = [
    "CREATE", "OR REPLACE", "TEMP", "TABLE", "VIEW", "IF NOT EXISTS", "ALTER", "DROP", "RENAME", "TO", "AS", "SELECT", "INSERT",
    "INTO", "idINSERT", "a", "b", '"c d"', "`e`", "s.a", "s . b", "#t", ",", ";", "(", "-- x", "é", "ADD b INT", "FROM",
]  # fmt: skip
texts = st.lists(
    st.tuples(st.sampled_from(WORDS), st.sampled_from([" ", "\n", "\n\n", "\r\n", "  \n\t"])), max_size=60
).map(lambda parts: "".join(word + space for word, space in parts))


def found(document: Document) -> list[object]:
    names = list(names_above(document, len(document)))
    return [
        names,
        *(
            (name, place.definition.kind, place.definition.path, place.offset)
            for name in dict.fromkeys(names)
            for place in definitions_above(document, len(document), name)
        ),
    ]


@settings(max_examples=300)
@given(texts)
def test_definitions_are_those_of_the_text_however_it_is_cut(text: str) -> None:
    whole = found(Document("a.sql", text, block_bytes=100_000))
    for size in (1, 40, 300):
        assert found(Document("a.sql", text, block_bytes=size)) == whole


@settings(max_examples=200)
@given(texts, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9), st.integers(0, 2), st.sampled_from(["", "\n", *WORDS])), max_size=8))  # fmt: skip
def test_definitions_after_edits_are_those_of_the_text_opened_anew(
    text: str, edits: list[tuple[int, int, int, str]]
) -> None:
    document = Document("a.sql", text, block_bytes=40)
    for line, character, lines, word in edits:
        found(document)
        document.apply_change(line, character, line + lines, character, word, "utf-8")
        assert found(document) == found(Document("a.sql", document.text(), block_bytes=40))


@pytest.mark.parametrize(
    ("text", "kind", "path"),
    [
        ("CREATE OR REPLACE\nTABLE\n  a (b INT)", "create", ("a",)),
        ("SELECT 1\nINTO a", "into", ("a",)),
        ("SELECT 1 INTO\n\n  a", "into", ("a",)),
        ("DROP TABLE\n s.a", "drop", ("s", "a")),
    ],
)
def test_a_definition_may_stand_on_several_lines(text: str, kind: str, path: tuple[str, ...]) -> None:
    for size in (1, 1_500):
        document = Document("a.sql", text, block_bytes=size)
        (place,) = definitions_above(document, len(document), "a")
        assert (place.definition.kind, place.definition.path) == (kind, path)


def test_an_insert_on_two_lines_defines_nothing() -> None:
    assert list(names_above(Document("a.sql", "INSERT\nINTO a VALUES (1)", block_bytes=1), 30)) == []
