"""Positions and edits agree with a naive implementation on str, whatever characters and line ends there are."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.errors import UnderstudyError
from understudy_server.context.document import Document, Encoding

ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")
texts = st.text(st.sampled_from("ab;'é漢😀\U0001f469\u2028\x0c\n\r"), max_size=40) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=20
)
numbers = st.integers(0, 12)


def units(text: str, encoding: Encoding) -> int:
    return {"utf-8": len(text.encode()), "utf-16": len(text.encode("utf-16-le")) // 2, "utf-32": len(text)}[
        encoding
    ]


def naive_lines(text: str) -> list[tuple[int, str]]:
    """(index of the first character, text without line end) of each line."""
    lines, start = [], 0
    for match in re.finditer(r"\r\n|\n|\r", text):
        lines.append((start, text[start : match.start()]))
        start = match.end()
    return [*lines, (start, text[start:])]


def naive_index(text: str, line: int, character: int, encoding: Encoding) -> int:
    lines = naive_lines(text)
    if line >= len(lines):
        return len(text)
    start, content = lines[line]
    index = 0
    while index < len(content) and units(content[: index + 1], encoding) <= character:
        index += 1
    return start + index


@given(texts, numbers, numbers, st.sampled_from(ENCODINGS))
def test_a_position_means_what_the_protocol_says(
    text: str, line: int, character: int, encoding: Encoding
) -> None:
    document = Document("x.sql", text)
    index = naive_index(text, line, character, encoding)
    assert document.offset_at(line, character, encoding) == len(text[:index].encode())


@given(texts, st.data(), st.sampled_from(ENCODINGS))
def test_an_offset_and_its_position_are_inverse(text: str, data: st.DataObject, encoding: Encoding) -> None:
    document = Document("x.sql", text)
    index = data.draw(st.integers(0, len(text)))
    line, character = document.position_at(len(text[:index].encode()), encoding)
    starts = [start for start, _ in naive_lines(text)]
    assert line == max(number for number, start in enumerate(starts) if start <= index)
    # Between \r and \n there is no position: the line's end stands for it.
    inside_line_end = text[index - 1 : index + 1] == "\r\n"
    expected = index - 1 if inside_line_end else index
    assert document.offset_at(line, character, encoding) == len(text[:expected].encode())


changes = st.lists(st.tuples(numbers, numbers, numbers, numbers, texts), max_size=8)


@settings(max_examples=400)
@given(texts, changes, st.sampled_from(ENCODINGS))
def test_edits_in_place_leave_the_document_as_if_opened_anew(
    text: str, edits: list[tuple[int, int, int, int, str]], encoding: Encoding
) -> None:
    document = Document("x.sql", text)
    for line, character, lines, characters, new in edits:
        end = (line + lines, characters if lines else character + characters)
        start_index = naive_index(text, line, character, encoding)
        end_index = naive_index(text, *end, encoding)
        text = text[:start_index] + new + text[end_index:]
        document.apply_change(line, character, *end, new, encoding)
        assert document.text() == text
        fresh = Document("x.sql", text)
        assert [document.line_start(n) for n in range(document.line_count)] == [
            fresh.line_start(n) for n in range(fresh.line_count)
        ]
        for offset in range(0, len(document) + 1, 3):
            assert document.line_at(offset) == fresh.line_at(offset)


def test_form_feed_and_line_separator_end_no_line() -> None:
    assert Document("x.py", "a\x0cb\u2028c\x85d\n").line_count == 2


def test_a_lone_surrogate_is_replaced_and_a_pair_is_joined() -> None:
    document = Document("x.sql", "a\ud83dz")
    document.apply_change(0, 0, 0, 0, "\ud83d\ude00", "utf-16")
    assert document.text() == "😀a\ufffdz"


def test_a_range_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        Document("x.sql", "abc").apply_change(0, 2, 0, 1, "x", "utf-16")


def test_a_file_over_two_megabytes_is_declined_in_one_sentence() -> None:
    with pytest.raises(UnderstudyError, match=r"dump\.sql is larger than 2 MB"):
        Document("dump.sql", "x\n" * 1_100_000)


def test_a_line_over_twenty_kilobytes_is_declined_with_its_number() -> None:
    with pytest.raises(UnderstudyError, match=r"x\.sql:2 is longer than 20 KB"):
        Document("x.sql", "a\n" + "b" * 20_001)


def test_an_edit_that_outgrows_the_limit_is_made_all_the_same_so_that_the_next_one_can_mend_it() -> None:
    document = Document("x.sql", "a\nb")
    with pytest.raises(UnderstudyError):
        document.apply_change(1, 0, 1, 0, "c" * 20_001, "utf-16")
    document.apply_change(1, 0, 1, 20_001, "", "utf-16")
    assert document.text() == "a\nb"
