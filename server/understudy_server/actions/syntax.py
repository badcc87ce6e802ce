"""Why a statement does not parse, and where."""

from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError, TokenError

from understudy_server.actions.problem import Problem
from understudy_server.actions.statements import SourceStatement
from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.parser_sentence import parser_sentence

LONGEST = 32_000
"""Characters; parsing what is longer takes too long for something that is done at each pause."""
_DEEPEST = 60


def parse(statement: SourceStatement, dialect: str) -> "exp.Expr | Problem | None":
    """The tree, or what is wrong; None where it cannot be told: too long, too deep, or not finished."""
    if len(statement.sql) > LONGEST or _depth(statement) > _DEEPEST:
        return None
    try:
        trees = sqlglot.parse(statement.sql, read=dialect or None)
    except RecursionError:
        return None
    except TokenError:
        return _unclosed(statement)
    except (SqlglotError, ValueError) as error:
        return _problem(statement, error)
    return trees[0] if len(trees) == 1 else None


def _problem(statement: SourceStatement, error: Exception) -> Problem | None:
    # What stands in for a hole or a driver's parameter may be no SQL at all.
    if statement.holes or any(token.kind == "parameter" or token.text == "%" for token in statement.tokens):
        return None
    details: dict[str, Any] = (getattr(error, "errors", None) or [{}])[0]
    found = _range(statement, details)
    if found is None:
        first = statement.tokens[0]
        found = (0, len(first.text))
    if not statement.ended and _is_last(statement, found):
        return None  # still being written
    place = statement.place(*found)
    return Problem(place, f"Syntax error: {parser_sentence(details)}", "syntax")


def _range(statement: SourceStatement, details: dict[str, Any]) -> tuple[int, int] | None:
    """Characters of the token that the parser stopped at; sqlglot gives its line, the column of its end, and its text."""
    line, column, text = details.get("line"), details.get("col"), details.get("highlight")
    if not isinstance(line, int) or not isinstance(column, int) or not isinstance(text, str) or not text:
        return None
    before = details.get("start_context") or ""
    # The context is cut to a hundred characters; before that it is all that stands above.
    lines = statement.sql.split("\n")
    start = (
        len(before)
        if len(before) < 100
        else sum(len(each) + 1 for each in lines[: line - 1]) + column - len(text)
    )
    return (start, start + len(text)) if statement.sql[start : start + len(text)] == text else None


def _unclosed(statement: SourceStatement) -> Problem | None:
    """A quote that does not close, where the statement is finished; it swallows what follows, so only `;` tells."""
    opened = [
        token for token in statement.tokens if token.kind in ("string", "quoted") and not _closes(token)
    ]
    if statement.holes or not opened or statement.in_python or not statement.ended:
        return None
    start = len(statement.sql.encode()[: opened[0].start].decode())
    place = statement.place(start, start + len(opened[0].text))
    return Problem(place, "Syntax error: this quote is not closed", "syntax")


def _closes(token: Token) -> bool:
    return len(token.text) > 1 and token.text[-1] in "'\"`]$"


def _is_last(statement: SourceStatement, found: tuple[int, int]) -> bool:
    return not statement.sql[found[1] :].strip() or statement.tokens[-1].start <= len(
        statement.sql[: found[0]].encode()
    )


def _depth(statement: SourceStatement) -> int:
    depth = deepest = 0
    for token in statement.tokens:
        depth += (token.text == "(") - (token.text == ")")
        deepest = max(deepest, depth)
    return deepest
