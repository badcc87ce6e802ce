"""Data files that a FROM clause names by their path, as DuckDB has it: `'a/s.csv'`, `read_csv('a/s.csv')`. Never opens one."""

import re
from pathlib import PurePosixPath

from understudy_knowledge.catalog import Table
from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.relation_tree import Group
from understudy_server.context.tables import Tables

_FILE = re.compile(
    r"\.(?:csv|tsv|txt|parquet|json|jsonl|ndjson|arrow|ipc|feather|xlsx)(?:\.(?:gz|zst|bz2))?\Z",
    re.IGNORECASE,
)
_GLOB = re.compile(r"[*?\[]")
_READERS = frozenset(
    "read_csv read_csv_auto read_parquet parquet_scan read_json read_json_auto read_ndjson read_ndjson_auto scan_csv "
    "scan_parquet".split()
)
# With these the columns are not those of the header, or not only.
_CHANGING = frozenset(
    "COLUMNS NAMES COLUMN_NAMES FILENAME HIVE_PARTITIONING UNION_BY_NAME FILE_ROW_NUMBER SKIP".split()
)


def is_file(name: str) -> bool:
    """Whether a name that stands in one pair of quotes is the path of a data file."""
    return bool(_FILE.search(name))


def file_name(path: str) -> str:
    """How a query calls the file: as DuckDB does, by what stands before the first dot; patterns by themselves."""
    if _GLOB.search(path):
        return path
    name = path.replace("\\", "/").rpartition("/")[2]
    return name.partition(".")[0] or name


def file_read_by(function: str, arguments: Group | None) -> str:
    """The path that a call in FROM reads with the columns that the file itself gives; empty where that is not certain."""
    if arguments is None or function.lower() not in _READERS:
        return ""
    items = arguments.items
    first = items[0] if items else None
    if not isinstance(first, Token) or first.kind != "string":
        return ""
    words = {item.keyword for item in items}
    headless = "HEADER" in words and ("FALSE" in words or any(item.text == "0" for item in items))
    if headless or not words.isdisjoint(_CHANGING) or (len(items) > 1 and items[1].text != ","):
        return ""
    return first.text.strip("'")


def file_table(path: str, tables: Tables) -> Table | None:
    """The table of a file: one of its path or its name, and read from such a file."""
    pure = PurePosixPath(path.replace("\\", "/"))
    for name in (path, str(pure), pure.name, pure.stem):
        table = tables.table(name)
        if table is not None and PurePosixPath(table.source.partition(":")[0]).name == pure.name:
            return table
    return None
