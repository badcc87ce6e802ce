"""Positions and edits agree with a naive implementation on str, whatever characters and line ends there are."""

import re
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.errors import UnderstudyError
from understudy_server.context.text.document import Document, Encoding

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
@given(texts, changes, st.sampled_from(ENCODINGS), st.integers(1, 30))
def test_edits_in_place_leave_the_document_as_if_opened_anew(
    text: str, edits: list[tuple[int, int, int, int, str]], encoding: Encoding, block_bytes: int
) -> None:
    document = Document("x.sql", text, block_bytes=block_bytes)
    for line, character, lines, characters, new in edits:
        end = (line + lines, characters if lines else character + characters)
        start_index = naive_index(text, line, character, encoding)
        end_index = naive_index(text, *end, encoding)
        text = text[:start_index] + new + text[end_index:]
        document.apply_change(line, character, *end, new, encoding)
        assert document.text() == text
        blocks = list(document.blocks())
        assert [start for start, _ in blocks] == [*accumulate((len(b.text) for _, b in blocks), initial=0)][
            :-1
        ]
        assert all(b.text.endswith((b"\n", b"\r")) for _, b in blocks[:-1])
        fresh = Document("x.sql", text)
        assert [document.line_start(n) for n in range(document.line_count)] == [
            fresh.line_start(n) for n in range(fresh.line_count)
        ]
        for offset in range(0, len(document) + 1, 3):
            assert document.line_at(offset) == fresh.line_at(offset)
            assert document.slice(offset, offset + 5) == text.encode()[offset : offset + 5]


places = st.tuples(st.integers(0, 400), st.integers(0, 4))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(places, st.integers(0, 150), st.sampled_from(["", "x", "\n", "a\r", "b\n" * 200]))))
def test_edits_of_many_small_blocks_are_those_of_one_string(
    edits: list[tuple[tuple[int, int], int, str]],
) -> None:
    text = "ab\r\nc\n\nd\r" * 100
    document = Document("x.sql", text, block_bytes=1)
    for (line, character), lines, new in edits:
        start = naive_index(text, line, character, "utf-8")
        end = naive_index(text, line + lines, character, "utf-8")
        text = text[:start] + new + text[end:]
        document.apply_change(line, character, line + lines, character, new, "utf-8")
    assert document.text() == text
    assert [document.line_start(n) for n in range(document.line_count)] == [n for n, _ in naive_lines(text)]
    assert all(0 < len(stretch.blocks) <= 128 for stretch in document.stretches())


def test_form_feed_and_line_separator_end_no_line() -> None:
    assert Document("x.py", "a\x0cb\u2028c\x85d\n").line_count == 2


def test_a_lone_surrogate_is_replaced_and_a_pair_is_joined() -> None:
    document = Document("x.sql", "a\ud83dz")
    document.apply_change(0, 0, 0, 0, "\ud83d\ude00", "utf-16")
    assert document.text() == "😀a\ufffdz"


def test_a_range_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        Document("x.sql", "abc").apply_change(0, 2, 0, 1, "x", "utf-16")


def test_a_file_over_sixteen_megabytes_is_declined_in_one_sentence() -> None:
    with pytest.raises(UnderstudyError, match=r"dump\.sql is larger than 16 MB"):
        Document("dump.sql", "x\n" * 8_100_000)


def test_a_line_of_a_megabyte_declines_nothing() -> None:
    document = Document("x.sql", "a\n" + "b" * 1_000_000 + "\nc")
    document.apply_change(1, 999_999, 1, 1_000_000, "é", "utf-16")
    assert document.position_at(len(document), "utf-16") == (2, 1)
    assert document.offset_at(1, 2_000_000, "utf-16") == 2 + 999_999 + 2


def test_an_edit_that_outgrows_the_limit_is_made_all_the_same_so_that_the_next_one_can_mend_it() -> None:
    document = Document("x.sql", "a\nb")
    with pytest.raises(UnderstudyError):
        document.apply_change(1, 0, 1, 0, "c" * 16_000_001, "utf-16")
    document.apply_change(1, 0, 1, 16_000_001, "", "utf-16")
    assert document.text() == "a\nb"
