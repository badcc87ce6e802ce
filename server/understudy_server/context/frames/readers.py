"""Frames read from files and databases: columns come from the catalog and from the call itself, never from the disk."""

from collections.abc import Mapping

from attrs import evolve

from understudy_server.context.frames.call import Call
from understudy_server.context.frames.column_methods import family_of_type
from understudy_server.context.frames.queries import frame_of_query, frame_of_table
from understudy_server.context.frames.syntax import is_none
from understudy_server.context.frames.values import (
    Const,
    Frame,
    FrameColumn,
    FrameKind,
    Label,
    Lambda,
    Value,
    labels,
    names_of,
)
from understudy_server.context.frames.values import (
    Table as Mapped,
)
from understudy_server.context.sql.data_files import file_table

_READERS: Mapping[str, str] = {
    "read_csv": "delimited", "read_table": "delimited", "read_fwf": "delimited", "read_excel": "delimited", "read_parquet": "typed",
    "read_feather": "typed", "read_orc": "typed", "read_pickle": "other", "read_json": "other", "read_stata": "other", "read_sas": "other",
    "read_spss": "other", "read_clipboard": "other", "read_hdf": "other", "read_xml": "other", "read_gbq": "query",
    "read_sql": "query", "read_sql_query": "query", "read_sql_table": "table", "read_ndjson": "other", "read_ipc": "typed",
    "read_database": "query", "read_database_uri": "query", "scan_csv": "delimited", "scan_parquet": "typed", "scan_ndjson": "other",
    "scan_ipc": "typed", "read_avro": "other", "read_delta": "other",
}  # fmt: skip


def call(name: str, call: Call, kind: FrameKind = "pandas") -> Frame | None:
    """`pd.read_x(…)`; None when it is no reader."""
    sort = _READERS.get(name)
    if sort is None:
        return None
    path = call.get(_path_argument(name), 0)
    frame = _read(sort, path, call)
    if call.has("sheet_name") and not isinstance(call.get("sheet_name"), Const):
        frame = Frame(open=True)
    return evolve(frame, kind=kind)


def _path_argument(name: str) -> str:
    return {
        "read_excel": "io",
        "read_sql": "sql",
        "read_sql_query": "sql",
        "read_gbq": "query",
        "read_sql_table": "table_name",
    }.get(name, "path" if "parquet" in name or "feather" in name else "filepath_or_buffer")


def _read(sort: str, path: Value | None, call: Call) -> Frame:
    text = path.value if isinstance(path, Const) and isinstance(path.value, str) else None
    origin = path.origin if isinstance(path, Const) else None
    if sort in ("query", "table"):
        return _of_database(sort, path, call)
    table = file_table(text, call.ground.catalog) if text is not None else None
    columns = tuple(FrameColumn(each.name, each.family, origin) for each in table.columns) if table else None
    if sort == "delimited":
        return _delimited(columns, call)
    chosen = call.labels("columns", 1)
    base = (
        Frame(columns)
        if columns is not None
        else Frame(open=True, index=(None,) if sort == "other" else None)
    )
    return base.selecting(chosen) if sort == "typed" and chosen is not None else base


def _of_database(sort: str, query: Value | None, call: Call) -> Frame:
    text = query.value if isinstance(query, Const) and isinstance(query.value, str) else None
    if text is not None and (sort == "table" or text.strip().isidentifier()):
        frame = frame_of_table(
            text.strip(), query.origin if isinstance(query, Const) else None, call.ground.catalog
        )
    else:
        frame = frame_of_query(query, call.ground.catalog)
    chosen = call.labels("columns")
    if sort == "table" and chosen is not None:
        frame = frame.selecting(chosen)
    return _indexed(frame, call)


def _delimited(columns: tuple[FrameColumn, ...] | None, call: Call) -> Frame:
    """Headers of the file, unless `names=`, `header=None` or `usecols=` say otherwise; then the index and the types."""
    if call.spread:
        return Frame(open=True, index=None)
    named = call.labels("names") if call.has("names") and not is_none(call.get("names")) else ()
    header = call.get("header")
    if named is None or (call.has("header") and not is_none(header) and not _is_first_line(header)):
        columns = None
    elif named:
        kept = len(columns) - len(named) if columns is not None else 0
        families = [each.family for each in columns or ()]
        columns = tuple(
            evolve(column, family=families[place] if place < len(families) else "unknown")
            for place, column in enumerate(named)
        )
        if kept > 0:
            return Frame(columns, index=None)  # columns without a name become the index
    elif is_none(header):
        columns = tuple(evolve(each, name=place) for place, each in enumerate(columns)) if columns else None
    frame = _used(columns, call)
    return _indexed(_typed(frame, call), call)


def _used(columns: tuple[FrameColumn, ...] | None, call: Call) -> Frame:
    """The columns that `usecols=` leaves, in the file's order."""
    if not call.has("usecols") or is_none(call.get("usecols")):
        return Frame(columns) if columns is not None else Frame(open=True)
    wanted = call.get("usecols")
    if isinstance(wanted, Lambda):
        kept = [each for each in columns or () if _is_true(call.apply(wanted, (Const(each.name),)))]
        return Frame(tuple(kept)) if columns is not None else Frame(open=True)
    chosen = labels(wanted)
    if chosen is None:
        return Frame(open=True)
    if all(isinstance(each.name, int) for each in chosen) and columns is not None:
        places = sorted(each.name for each in chosen if isinstance(each.name, int))
        return Frame(tuple(columns[place] for place in places if 0 <= place < len(columns)))
    if columns is None:
        return Frame(chosen) if all(isinstance(each.name, str) for each in chosen) else Frame(open=True)
    origins = {each.name: each.origin for each in chosen}
    return Frame(
        tuple(
            evolve(each, origin=origins[each.name] or each.origin) for each in columns if each.name in origins
        )
    )


def _indexed(frame: Frame, call: Call) -> Frame:
    index = call.get("index_col")
    if not call.has("index_col") or is_none(index) or index == Const(False):
        return frame
    chosen = labels(index)
    if chosen is None:
        return Frame(frame.columns, open=True, index=None)
    names: list[Label] = []
    for column in chosen:
        if isinstance(column.name, str):
            names.append(column.name)
        elif frame.open or not -len(frame.columns) <= column.name < len(frame.columns):
            return Frame(frame.columns, open=True, index=None)
        else:
            names.append(frame.columns[column.name].name)
    return evolve(frame.without(names), index=tuple(names))


def _typed(frame: Frame, call: Call) -> Frame:
    types = call.get("dtype")
    families = (
        {key.value: family_of_type(value) for key, value in types.entries if isinstance(key, Const)}
        if isinstance(types, Mapped)
        else {}
    )
    dates = call.labels("parse_dates")
    days = set(names_of(dates)) if dates is not None else set()
    columns = tuple(
        evolve(each, family="date" if each.name in days else families.get(each.name, each.family))
        for each in frame.columns
    )
    return evolve(frame, columns=columns)


def _is_first_line(header: Value | None) -> bool:
    return isinstance(header, Const) and header.value in (0, "infer") and not isinstance(header.value, bool)


def _is_true(value: Value | None) -> bool:
    return isinstance(value, Const) and bool(value.value)
