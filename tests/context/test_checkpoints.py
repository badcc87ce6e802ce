"""A lexer's states are those of reading from the top, whatever was edited before, and little is read for them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_server.context.text.checkpoints import Checkpoints
from understudy_server.context.text.document import Document

Quote = str


def advance(text: bytes, state: Quote) -> Quote:
    """Quotes open and close; a blank line ends them."""
    for line in text.decode().splitlines():
        for character in line:
            if character in "'\"" and state in ("", character):
                state = "" if state else character
        state = state if line.strip() else ""
    return state


class Counting:
    """The lexer, and how many bytes it was given."""

    def __init__(self) -> None:
        self.read = 0

    def __call__(self, text: bytes, state: Quote) -> Quote:
        self.read += len(text)
        return advance(text, state)


places = st.tuples(st.integers(0, 240), st.integers(0, 5))
edits = st.lists(
    st.tuples(places, st.integers(0, 2), st.sampled_from(["'", '"', "\n", "\n\n", "", "a", "'\n'" * 9])),
    max_size=8,
)


@settings(deadline=None)
@given(edits, st.lists(st.integers(0, 2_400), min_size=1, max_size=3))
def test_states_are_those_of_reading_from_the_top(
    changes: list[tuple[tuple[int, int], int, str]], offsets: list[int]
) -> None:
    document = Document("x", "ab'c\nd\"\ne'f\n\n" * 180, block_bytes=4)
    assert len(document.stretches()) > 3
    checkpoints = Checkpoints(document, advance, "")
    for (line, character), lines, new in [((0, 0), 0, ""), *changes]:
        document.apply_change(line, character, line + lines, character, new, "utf-8")
        expected, state = {}, ""
        for start, block in document.blocks():
            expected[start] = state
            state = advance(block.text, state)
        for offset in offsets:
            reached = -1
            for start, block, state in checkpoints.upward(min(offset, len(document))):
                assert document.slice(start, start + len(block.text)) == block.text
                assert state == expected[start]
                reached = start
            assert reached == 0
            start, _ = checkpoints.before(offset)
            assert start <= offset


def test_a_keystroke_far_down_reads_nothing_twice() -> None:
    document = Document("x", "select 'a'\n" * 20_000)
    lexer = Counting()
    checkpoints = Checkpoints(document, lexer, "")
    checkpoints.before(len(document))
    lexer.read = 0
    for column in range(10):
        document.apply_change(15_000, column, 15_000, column, "x", "utf-8")
        checkpoints.before(document.line_start(15_000))
    assert lexer.read == 0


def test_an_open_quote_is_read_below_only_where_somebody_looks_and_only_to_where_it_ends() -> None:
    document = Document("x", ("select 'a'\n" * 1_000 + "\n") * 20)
    lexer = Counting()
    checkpoints = Checkpoints(document, lexer, "")
    checkpoints.before(len(document))
    lexer.read = 0
    document.apply_change(10, 0, 10, 0, "'", "utf-8")
    checkpoints.before(20)
    assert lexer.read == 0
    checkpoints.before(len(document))
    assert 8_000 < lexer.read < 20_000


def test_a_quote_that_is_opened_and_closed_again_is_read_once_each_way() -> None:
    document = Document("x", "select 'a'\n" * 5_000)
    lexer = Counting()
    checkpoints = Checkpoints(document, lexer, "")
    checkpoints.before(len(document))
    document.apply_change(10, 0, 10, 0, "'", "utf-8")
    checkpoints.before(len(document))
    lexer.read = 0
    document.apply_change(10, 0, 10, 1, "", "utf-8")
    checkpoints.before(len(document))
    assert lexer.read < 5_000


def test_reading_ahead_takes_as_many_portions_as_it_is_long() -> None:
    document = Document("x", "select 'a'\n" * 5_000, block_bytes=1_500)
    lexer = Counting()
    checkpoints = Checkpoints(document, lexer, "")
    portions = 1
    while not checkpoints.proceed(10):
        portions += 1
    assert 2 < portions < 5
    assert lexer.read == len(document)
    checkpoints.before(len(document))
    assert lexer.read == len(document)
