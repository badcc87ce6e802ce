"""What a query or a table of the catalog gives as a frame; frames in scope are tables to DuckDB."""

from collections.abc import Mapping

from attrs import evolve

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_server.context.frames.values import Const, Frame, FrameColumn, Origin, Template, Value
from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.outputs import output_columns
from understudy_server.context.sql.relation_tree import Group, nest
from understudy_server.context.sql.statements import split_statements

MAX_SQL = 20_000


def frame_of_query(query: Value | None, catalog: Catalog, frames: Mapping[str, Frame] | None = None) -> Frame:
    """The columns that a query yields; open where one is unknown or has no name that engines agree on."""
    sql = query.value if isinstance(query, Const) else query.text if isinstance(query, Template) else None
    if not isinstance(sql, str) or len(sql) > MAX_SQL or not isinstance(query, Const | Template):
        return Frame(open=True)
    origin, text = query.origin, sql.encode("utf-8", "replace")
    names = output_columns(text, with_frames(catalog, frames, sql) if frames else catalog)
    if names is None:
        return Frame(open=True)
    columns = tuple(FrameColumn(name, origin=origin) for name in dict.fromkeys(names))
    return Frame(columns, open=not names or _leaves_out(text, len(names)))


def frame_of_table(name: str, origin: Origin | None, catalog: Catalog) -> Frame:
    """The columns of a table of the catalog; open where it has none of that name."""
    table = catalog.table(name)
    if table is None:
        return Frame(open=True)
    return Frame(tuple(FrameColumn(each.name, each.family, origin) for each in table.columns))


def with_frames(catalog: Catalog, frames: Mapping[str, Frame], sql: str) -> Catalog:
    """The catalog with the frames that the query mentions as tables, which come before those of their name."""
    lowered = sql.lower()
    tables = [
        Table(name, tuple(Column(str(column.name), family=column.family) for column in frame.columns))
        for name, frame in frames.items()
        if name.lower() in lowered and not frame.open
    ]
    hidden = {name.lower() for name in frames}
    rest = tuple(table for table in catalog.tables if table.name.lower() not in hidden)
    return evolve(catalog, tables=(*tables, *rest)) if tables else catalog


def _leaves_out(sql: bytes, named: int) -> bool:
    """Whether the select list has more elements than names were found for: expressions without an alias."""
    statements = split_statements(sql)
    if not statements:
        return True
    tokens = statements[-1].tokens
    items: list[Token | Group] = list(nest(tokens, tokens[-1].end).items)
    while len(items) == 1 and isinstance(items[0], Group):
        items = list(items[0].items)
    begin = next((place for place, item in enumerate(items) if _keyword(item) == "SELECT"), -1)
    if begin < 0:
        return True
    elements, star = 1, False
    for item in items[begin + 1 :]:
        if _keyword(item) in ("FROM", "WHERE", "UNION", "GROUP", "ORDER", "LIMIT"):
            break
        elements += isinstance(item, Token) and item.text == ","
        star = star or (isinstance(item, Token) and item.text == "*")
    return elements > named and not star


def _keyword(item: Token | Group) -> str:
    return item.keyword if isinstance(item, Token) else ""
