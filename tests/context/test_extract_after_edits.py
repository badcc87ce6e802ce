"""After any edits, all that is known at any place is what is known of the same text opened anew."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_server.bench.context.edits import PIECES, Change, base_text, differing
from understudy_server.context.text.document import Document

numbers = st.integers(0, 250)
changes = st.lists(
    st.builds(
        lambda line, character, more, after, text: Change(
            line, character, line + more, character + after, text
        ),
        numbers,
        st.integers(0, 60),
        st.sampled_from((0, 0, 0, 0, 1, 3)),
        st.sampled_from((0, 0, 0, 1, 5)),
        st.sampled_from(PIECES) | st.just(""),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(("sql", "python")),
    st.integers(0, 20),
    changes,
    st.data(),
    st.sampled_from((30, 200, 1_500)),
)
def test_the_context_is_that_of_the_text_opened_anew(
    language: str, seed: int, edits: list[Change], data: st.DataObject, block_bytes: int
) -> None:
    document = Document(f"x.{language}", base_text(language, random.Random(seed)), block_bytes=block_bytes)  # type: ignore[arg-type]
    for change in edits:
        change.apply(document)
        at = document.offset_at(change.line, change.character, "utf-16") + len(change.text.encode())
        for offset in (min(at, len(document)), data.draw(st.integers(0, len(document)))):
            assert differing(document, offset, language) is None  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["sql", "python"])
def test_a_quote_or_bracket_typed_anywhere_changes_nothing_once_it_is_taken_back(language: str) -> None:
    draw = random.Random(7)
    document = Document(f"x.{language}", base_text(language, draw))  # type: ignore[arg-type]
    for piece in ("'", '"', '"""', "(", "{", "/*", "$$", "#", "--", "{%", "\\"):
        line = draw.randrange(document.line_count)
        for text in (piece, ""):
            Change(line, 3, line, 3 + (len(piece) if not text else 0), text).apply(document)
            for _ in range(4):
                assert differing(document, draw.randrange(len(document)), language) is None  # type: ignore[arg-type]
