"""The queries of a statement as tokens: where their parentheses stand, and what the parser's tree has there."""

from collections.abc import Sequence

import sqlglot
from attrs import frozen
from sqlglot import exp
from sqlglot.errors import SqlglotError

from understudy_server.actions.declined import DeclinedError
from understudy_server.actions.statements import SourceStatement
from understudy_server.context.query_context import Span
from understudy_server.context.sql.lexer import Token


@frozen
class Cte:
    """One `name AS (query)` of the statement's WITH; indexes are of its tokens."""

    name: int
    opens: int
    closes: int
    plain: bool
    """Whether nothing but AS stands between name and parenthesis."""


def parsed(statement: SourceStatement, dialect: str) -> exp.Expr:
    """The statement's tree. Raises DeclinedError where there is none."""
    try:
        tree: exp.Expr = sqlglot.parse_one(statement.sql, read=dialect or None)
    except (SqlglotError, RecursionError) as error:
        raise DeclinedError("the statement is not understood") from error
    return tree


def closing(tokens: Sequence[Token], opens: int) -> int | None:
    """Index of the parenthesis that closes the one at index `opens`."""
    depth = 0
    for index in range(opens, len(tokens)):
        depth += (tokens[index].text == "(") - (tokens[index].text == ")")
        if not depth:
            return index
    return None


def ctes_of(tokens: Sequence[Token]) -> list[Cte]:
    """Those of the statement's own WITH, in order; none where it is recursive or reads in another way."""
    if not tokens or tokens[0].keyword != "WITH" or (len(tokens) > 1 and tokens[1].keyword == "RECURSIVE"):
        return []
    found: list[Cte] = []
    index = 1
    while index < len(tokens):
        name = index
        opens = next((at for at in range(name + 1, len(tokens)) if tokens[at].text == "("), None)
        closes = closing(tokens, opens) if opens is not None else None
        if opens is None or closes is None:
            return []
        found.append(Cte(name, opens, closes, [each.keyword for each in tokens[name + 1 : opens]] == ["AS"]))
        if closes + 1 >= len(tokens) or tokens[closes + 1].text != ",":
            return found
        index = closes + 2
    return []


def subquery_at(tokens: Sequence[Token], start: int, end: int) -> tuple[int, int] | None:
    """Indexes of the parentheses of the innermost query in parentheses around the bytes; bodies of CTEs are none."""
    best: tuple[int, int] | None = None
    for index, token in enumerate(tokens[:-1]):
        if token.text != "(" or tokens[index + 1].keyword != "SELECT" or token.start > start:
            continue
        last = closing(tokens, index)
        if last is not None and end <= tokens[last].end:
            best = (index, last)
    if best is None or (best[0] and tokens[best[0] - 1].keyword in ("AS", "MATERIALIZED")):
        return None
    return best


def query_within(tree: exp.Expr, statement: SourceStatement, span: Span) -> exp.Query | None:
    """The outermost query of the tree that stands within the bytes of the statement."""
    start, end = (len(statement.sql.encode()[:at].decode()) for at in (span.start, span.end))
    for query in tree.find_all(exp.Query):
        places = [at for each in query.find_all(exp.Identifier) if (at := each.meta.get("start")) is not None]
        inside = places and all(start <= at < end for at in places)
        if inside and not isinstance(query, exp.Subquery | exp.Table):
            return query
    return None


def volatile(tree: exp.Expr) -> bool:
    """Whether it may answer otherwise each time it is read: chance, clocks are the same within a statement."""
    return tree.find(exp.Rand, exp.Randn, exp.Uuid) is not None or any(
        call.name.lower() in ("random", "newid", "nextval", "gen_random_uuid", "uuid", "randomblob")
        for call in tree.find_all(exp.Anonymous)
    )
