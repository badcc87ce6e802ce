"""The static gate: what is obviously no single query is turned away before a worker sees it.

The gate is a fast filter and gives the better sentence; what holds is the worker's authorizer. It looks at tokens and never
parses: parsing hostile text recurses deeply and can take seconds (3,000 JOINs do), in the caller's process. The text that
runs is the text as written, never a regenerated one.
"""

from sqlglot import Token, TokenType
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from understudy_knowledge.execution.calls import forbidden_call

LONGEST = 100_000
_OPENINGS = frozenset({"SELECT", "WITH", "VALUES"})
_FROM_FIRST = frozenset({"duckdb"})
_WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
_TEXT = frozenset({TokenType.STRING, TokenType.IDENTIFIER})


def refusal(sql: str, dialect: str = "sqlite") -> str | None:
    """Why `sql` may not run, in one sentence, or None when it looks like exactly one query. Linear in its length."""
    if len(sql) > LONGEST:
        return f"The statement is longer than {LONGEST} characters."
    if "\0" in sql:
        return "The statement holds a NUL character."
    try:
        tokens = Dialect.get_or_raise(dialect).tokenize(sql)
    except (SqlglotError, RecursionError, ValueError):
        return "The statement cannot be cut into tokens: a quote or comment is not closed."
    while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        return "There is no statement."
    if any(token.token_type is TokenType.SEMICOLON for token in tokens):
        return "Only one statement may run at a time."
    first = next((token for token in tokens if token.token_type is not TokenType.L_PAREN), tokens[0])
    opening = first.text.upper()
    opens = opening in _OPENINGS or (opening == "FROM" and dialect in _FROM_FIRST)
    if not opens or first.token_type in _TEXT:
        return f"Only queries may run: the statement begins with {first.text[:40]!r}, not with SELECT, WITH or VALUES."
    if reason := _forbidden(tokens):
        return reason
    if call := forbidden_call(tokens, dialect):
        return f"The function {call[:60]} may not be called here: it is unknown, or does more than compute a value."
    return None


def _forbidden(tokens: list[Token]) -> str | None:
    """A write behind WITH, or an escape that hides characters from every reader."""
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.token_type in _TEXT:
            continue
        word = token.text.upper()
        opens_call = following is not None and following.token_type is TokenType.L_PAREN
        if (word in _WRITES and not opens_call) or (
            word == "REPLACE" and following is not None and following.text.upper() == "INTO"
        ):
            return f"Only queries may run: the statement writes ({word})."
        if (
            word == "U"
            and following is not None
            and following.text == "&"
            and following.start == token.end + 1
        ):
            return "Unicode escapes (U&) are not accepted: write the characters themselves."
    return None
