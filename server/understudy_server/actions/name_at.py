"""The name under the cursor, and whether it is written as a relation, as a column, or could be either."""

from collections.abc import Sequence

from attrs import frozen

from understudy_server.context.query_context import QueryContext, Span, VisibleRelation
from understudy_server.context.sql.lexer import Token, code_of, tokenize
from understudy_server.context.sql.relations import visible_relations
from understudy_server.context.tables import Tables

_NAMES_RELATIONS = frozenset(("from", "join", "insert", "update", "with"))


@frozen
class NameAt:
    """One name of a statement. `span` is of the document, `token` of the statement; names are without their quotes."""

    name: str
    qualifier: str
    """What stands before its dot; empty when there is none."""
    qualifies: bool
    """Whether a dot follows."""
    given: bool
    """Whether AS stands before it: the statement gives this name itself."""
    token: Token
    span: Span
    in_from: bool
    """Whether it stands where relations are named."""


def name_at(context: QueryContext) -> NameAt | None:
    """The name that the cursor stands in or at the end of; None on keywords of their own, literals, calls and comments."""
    cursor = context.offset - context.statement_span.start
    tokens = statement_tokens(context)
    touched = [
        index for index, token in enumerate(tokens) if token.name and token.start <= cursor <= token.end
    ]
    if not touched:
        return None
    index = touched[-1]
    token = tokens[index]
    before, after = _text(tokens, index - 1), _text(tokens, index + 1)
    if after == "(" and context.clause not in _NAMES_RELATIONS:
        return None
    start = context.statement_span.start
    return NameAt(
        name=token.name,
        qualifier=tokens[index - 2].name if before == "." and index >= 2 else "",
        qualifies=after == ".",
        given=before.upper() == "AS",
        token=token,
        span=Span(start + token.start, start + token.end),
        in_from=context.clause in _NAMES_RELATIONS,
    )


def relation_named(context: QueryContext, name: str, tables: Tables) -> VisibleRelation | None:
    """The relation of that name in scope at the cursor, else anywhere else in the statement that the name stands.

    A CTE is not in scope where it is defined, but it is where the statement reads from it.
    """
    if found := _named(context.relations, name):
        return found
    tokens = statement_tokens(context)
    for token in tokens:
        if token.name.lower() == name.lower():
            seen = visible_relations(tokens, token.start, tables)
            if found := _named(seen, name):
                return found
    return None


def statement_tokens(context: QueryContext) -> list[Token]:
    """The statement's code tokens; offsets count from the statement's start."""
    return code_of(tokenize(context.statement.encode()))


def _named(relations: Sequence[VisibleRelation], name: str) -> VisibleRelation | None:
    return next((relation for relation in relations if relation.name.lower() == name.lower()), None)


def _text(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].text if 0 <= index < len(tokens) else ""
