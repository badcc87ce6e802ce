"""Databases and engines met in code: `duckdb.sql(…)`, `con.execute(…).df()`, `spark.sql(…)`, `client.query(…)`."""

from attrs import evolve

from understudy_server.context.frames import constants, relations
from understudy_server.context.frames.builtins import split
from understudy_server.context.frames.call import Call
from understudy_server.context.frames.queries import frame_of_query, frame_of_table
from understudy_server.context.frames.values import (
    Accessor,
    Const,
    Frame,
    FrameColumn,
    FrameKind,
    Template,
    Value,
)
from understudy_server.context.sql.data_files import file_table

_QUERIES = frozenset(("sql", "query", "execute", "from_query", "run_query", "sqldf", "run_sql"))
OF_UNKNOWN = _QUERIES | {"train_test_split", "text", "table", "view"}
"""Methods that say something of what they are called on, where nothing else is known of it."""
_FILES = frozenset(("read_csv", "read_parquet", "read_json", "from_csv_auto", "from_parquet"))


def call(path: str, name: str, call: Call) -> Value | None:
    """What a function of a module or of an unknown object is worth."""
    if name == "train_test_split":
        return split(call)
    if name == "text" and path in ("", "sqlalchemy", "sa", "sqlalchemy.sql"):
        return call.get("text", 0)
    if name in _QUERIES or path.endswith("sqldf"):
        return _query(path, name, call)
    if path == "duckdb":
        if name in _FILES:
            text = call.text("path_or_buffer", 0)
            table = file_table(text, call.ground.catalog) if text is not None else None
            columns = tuple(FrameColumn(each.name, each.family) for each in table.columns) if table else ()
            return Frame(columns, open=table is None, kind="duckdb")
        given = call.get("df", 0)
        if name in ("from_df", "df") and isinstance(given, Frame):
            return evolve(given, kind="duckdb")
    if name in ("table", "view") and path in ("", "duckdb", "spark"):
        text = call.text("table_name", 0)
        kind: FrameKind = "spark" if path == "spark" else "duckdb"
        return evolve(frame_of_table(text, None, call.ground.catalog), kind=kind) if text else None
    return None


def call_text(value: Const | Template, name: str) -> Value | None:
    """Text that a formatting method fills: still a query, where it is one."""
    return constants.filled(value) if name in ("format", "format_map") else None


def fetched(query: Value, name: str, call: Call) -> Value | None:
    """What a method of an executed query is worth: its rows as a frame."""
    frame = _frame(query, call)
    return relations.call(frame, name, call)


def _query(path: str, name: str, call: Call) -> Value | None:
    given = call.get("query", 0) or call.get("sql", 0) or call.get("q", 0)
    if "sqldf" in (name, path.rpartition(".")[2]):
        return _frame(given, call)
    if path == "spark" or (path == "duckdb" and name != "execute"):
        return evolve(_frame(given, call), kind="spark" if path == "spark" else "duckdb")
    # Most results are never fetched as a frame, so their SQL is read when one is.
    return Accessor(given, "result") if isinstance(given, Const | Template) else None


def _frame(query: Value | None, call: Call) -> Frame:
    return frame_of_query(query, call.ground.catalog, call.frames)
