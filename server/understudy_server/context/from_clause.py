"""The items of a query's FROM clause, and of what takes its place in INSERT, UPDATE and DELETE."""

from collections.abc import Sequence

from attrs import frozen

from understudy_server.context.relation_tree import Group
from understudy_server.context.sql_lexer import Token

RESERVED = frozenset(
    (
        "SELECT",
        "FROM",
        "WHERE",
        "JOIN",
        "LEFT",
        "RIGHT",
        "INNER",
        "OUTER",
        "FULL",
        "CROSS",
        "NATURAL",
        "ON",
        "USING",
        "GROUP",
        "ORDER",
        "BY",
        "HAVING",
        "LIMIT",
        "OFFSET",
        "UNION",
        "EXCEPT",
        "INTERSECT",
        "MINUS",
        "SET",
        "VALUES",
        "WINDOW",
        "QUALIFY",
        "FETCH",
        "FOR",
        "RETURNING",
        "LATERAL",
        "TABLESAMPLE",
        "INDEXED",
        "NOT",
        "AND",
        "OR",
        "WHEN",
        "THEN",
        "ELSE",
        "CASE",
        "AS",
        "ASOF",
        "ANTI",
        "SEMI",
        "POSITIONAL",
        "PIVOT",
        "UNPIVOT",
        "WITH",
        "IN",
        "IS",
        "LIKE",
        "BETWEEN",
        "EXISTS",
        "DISTINCT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "INTO",
        "DEFAULT",
        "STRAIGHT_JOIN",
    )
)
# What ends the list of relations; ON and USING only interrupt it.
_ENDS = frozenset(
    (
        "WHERE",
        "GROUP",
        "ORDER",
        "HAVING",
        "LIMIT",
        "OFFSET",
        "WINDOW",
        "QUALIFY",
        "FETCH",
        "FOR",
        "RETURNING",
        "SET",
        "VALUES",
        "SELECT",
    )
)


@frozen
class FromItem:
    """One relation as written: a dotted path, or a parenthesis; `alias` is empty when there is none."""

    path: tuple[str, ...] = ()
    group: Group | None = None
    alias: str = ""
    columns: tuple[str, ...] | None = None
    """The columns that an alias list gives, as in `AS t(a, b)`."""
    call: bool = False
    lateral: bool = False
    partial: bool = False
    """The cursor touches the name: it may not be finished."""


def read_from_items(core: Sequence[Token | Group], offset: int) -> list[FromItem]:
    """The relations that one query core names, in order; `offset` is the cursor, or -1 for none."""
    items: list[FromItem] = []
    expecting = listing = lateral = False
    index = 0
    while index < len(core):
        item = core[index]
        word = item.keyword if isinstance(item, Token) else ""
        if word in ("FROM", "JOIN") or (word in ("INTO", "UPDATE") and _is_target(core, index)):
            expecting, listing, lateral = True, word in ("FROM", "JOIN"), False
        elif word in _ENDS:
            expecting = listing = False
        elif word in ("ON", "USING"):
            # MERGE INTO t USING s names a relation, JOIN t USING (c) a column.
            merges = word == "USING" and _first_word(core) == "MERGE"
            expecting, listing = merges, listing and not merges
        elif listing and isinstance(item, Token) and item.text == ",":
            expecting = True
        elif expecting and word == "LATERAL":
            lateral = True
        elif expecting and word not in ("ONLY", "OR", "TABLE") and (isinstance(item, Group) or item.name):
            read, index = _read_item(core, index, offset, lateral)
            items += read
            expecting = lateral = False
            continue
        index += 1
    return items


def _read_item(
    core: Sequence[Token | Group], index: int, offset: int, lateral: bool
) -> tuple[list[FromItem], int]:
    first = core[index]
    if isinstance(first, Group):
        alias, columns, index = _read_alias(core, index + 1)
        if not first.is_query and not alias:
            return read_from_items([_FROM, *first.items], offset), index
        return [FromItem((), first, alias, columns, lateral=lateral)], index
    if first.keyword in RESERVED:
        return [], index + 1
    path = [first.name]
    last = first
    index += 1
    while index < len(core) and isinstance(dot := core[index], Token) and dot.text == ".":
        following = core[index + 1] if index + 1 < len(core) else None
        if not isinstance(following, Token) or not following.name or following.keyword in RESERVED:
            index += 1
            break
        path.append(following.name)
        last = following
        index += 2
    call = index < len(core) and isinstance(core[index], Group) and core[0].start < last.start
    call = call and _first_word(core) not in ("INSERT", "REPLACE")
    if call:
        index += 1
    alias, columns, index = _read_alias(core, index)
    return [FromItem(tuple(path), None, alias, columns, call, partial=last.end == offset)], index


def _read_alias(core: Sequence[Token | Group], index: int) -> tuple[str, tuple[str, ...] | None, int]:
    """(alias, its column list, index of what follows)."""
    if index < len(core) and isinstance(word := core[index], Token) and word.keyword == "AS":
        index += 1
    if index >= len(core) or not isinstance(alias := core[index], Token) or not alias.name:
        return "", None, index
    if alias.keyword in RESERVED:
        return "", None, index
    index += 1
    if index < len(core) and isinstance(listed := core[index], Group) and not listed.is_query:
        names = tuple(item.name for item in listed.items if isinstance(item, Token) and item.name)
        return alias.name, names or None, index + 1
    return alias.name, None, index


_FROM = Token("word", -1, -1, "FROM")


def _is_target(core: Sequence[Token | Group], index: int) -> bool:
    """Whether INTO or UPDATE names the statement's target, as at its start."""
    word = _first_word(core)
    here = core[index]
    if isinstance(here, Token) and here.keyword == "UPDATE":
        return index == 0
    return word in ("INSERT", "REPLACE", "MERGE")


def _first_word(core: Sequence[Token | Group]) -> str:
    first = core[0] if core else None
    return first.keyword if isinstance(first, Token) else ""
