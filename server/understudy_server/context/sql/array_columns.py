"""What UNNEST makes of a column: the fields of BigQuery's arrays of structs."""

import re
from collections.abc import Sequence

from understudy_server.context.query_context import VisibleRelation
from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.relation_tree import Group
from understudy_server.context.tables import Tables

_ARRAY_OF_STRUCTS = re.compile(r"\s*ARRAY\s*<\s*STRUCT\s*<", re.IGNORECASE)
_PIECE = re.compile(r"[<>(),]|`([^`]*)`|[^\s<>(),`]+")


def unnested(
    path: Sequence[str], beside: Sequence[VisibleRelation], tables: Tables | None
) -> tuple[str, ...] | None:
    """The columns of the rows of `relation.column` or `column`; None where it is no array of structs that is known."""
    if tables is None or not 1 <= len(path) <= 2:
        return None
    for relation in beside:
        if relation.table is None or (len(path) == 2 and relation.name.lower() != path[0].lower()):
            continue
        table = tables.table(relation.table)
        column = table.column(path[-1]) if table else None
        if column is not None:
            return struct_fields(column.type)
    return None


def path_in(arguments: Group | None) -> tuple[str, ...]:
    """The dotted path that is the only argument of a call; empty where it is something else."""
    items = arguments.items if arguments else []
    names = tuple(item.name for item in items[::2] if isinstance(item, Token))
    is_path = len(items) % 2 and all(names) and all(item.text == "." for item in items[1::2])
    return names if is_path and len(names) == len(items[::2]) else ()


def struct_fields(written: str) -> tuple[str, ...] | None:
    """The names of the fields in `ARRAY<STRUCT<page STRING, t INT64>>`; None for every other type, and where one has no name."""
    opens = _ARRAY_OF_STRUCTS.match(written)
    if opens is None:
        return None
    fields: list[list[str]] = [[]]
    depth = 0
    for piece in _PIECE.finditer(written, opens.end()):
        mark = piece.group()
        if mark in "<(":
            depth += 1
        elif mark in ">)":
            depth -= 1
            if depth < 0:
                break
        elif mark == "," and not depth:
            fields.append([])
        elif not depth:
            fields[-1].append(piece[1] or mark)
    # A field without a name is its type alone.
    return tuple(field[0] for field in fields) if all(len(field) > 1 for field in fields) else None
