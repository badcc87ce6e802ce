"""The text as it would read with the word written that the cursor waits for."""

from understudy_server.context.sql.lexer import code_of, tokenize

_NEAR_BYTES = 400
_EXPECTING = frozenset(
    "SELECT DISTINCT ALL FROM JOIN WHERE AND OR NOT ON BY HAVING CASE WHEN THEN ELSE IN LIKE BETWEEN LIMIT OFFSET".split()
)
_OPERATORS = frozenset((",", ".", "(", "=", "<", ">", "<=", ">=", "<>", "!=", "+", "-", "/", "||"))


def with_placeholder(masked: bytes, cursor: int) -> bytes | None:
    """The text with a name at the cursor, a byte offset into it; None where none is missing there.

    One is missing behind a keyword, a comma, a dot or an operator that goes on with one. The name is a plain word, which
    does not make SQL of a sentence.
    """
    before = code_of(tokenize(masked[max(cursor - _NEAR_BYTES, 0) : cursor]))
    if not before:
        return None
    follows = masked[cursor : cursor + 5]
    if _is_of_word(follows[:1]) and follows.strip().upper() != b"FROM":
        return None
    last = before[-1]
    if last.text == ".":
        written = b"x "
    elif last.text in _OPERATORS or (
        last.keyword in _EXPECTING and not _is_of_word(masked[cursor - 1 : cursor])
    ):
        written = b" x "
    elif last.keyword == "SET" and not _is_of_word(masked[cursor - 1 : cursor]):
        written = b" x = x "
    else:
        return None
    return masked[:cursor] + written + masked[cursor:]


def _is_of_word(byte: bytes) -> bool:
    return byte.isalnum() or byte == b"_" or byte >= b"\x80"
