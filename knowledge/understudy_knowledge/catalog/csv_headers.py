"""Columns of CSV and TSV files, from their first rows; never reads a whole file."""

import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path, PurePosixPath

from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.catalog.model import Catalog, Column, Table, Value
from understudy_knowledge.catalog.source import Known, Precedence, Source
from understudy_knowledge.catalog.tree import Tree
from understudy_knowledge.errors import DataSourceError

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
HEAD_BYTES = 64 * 1024
"""How much of a file is looked at, after it was unpacked."""
ROWS = 200
SAMPLES = 8
_SAMPLE_LENGTH = 60
_MOST_FILES = 1_000
_MOST_COLUMNS = 2_000
_DELIMITERS = ",\t;|"
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?")
_BOOLEANS = frozenset(("true", "false"))
_EMPTY = frozenset(("", "NA", "N/A", "NULL", "null", "NaN", "nan", "None"))


def csv_headers(tree: Tree) -> Iterator[Source]:
    """A source for each file, the first 1,000 of them: `Catalog.files` has it, called like the file without its ending."""
    for count, name in enumerate(tree.ending(*SUFFIXES)):
        if count == _MOST_FILES:
            return
        path = tree.root / name
        yield Source(name, Precedence.HEADERS, (path,), partial(_read, path, name, tree.dialect))


def table_name(path: str) -> str:
    """How the file is called as a table: without folder and endings."""
    name = PurePosixPath(path).name
    return name[: name.index(".", 1)] if "." in name[1:] else name


def _read(path: Path, name: str, dialect: str, known: Known) -> Catalog:
    columns = read_csv_header(path, name)
    files = (Table(table_name(name), columns, source=name),) if columns else ()
    return Catalog(dialect=dialect, files=files)


def read_csv_header(path: Path, name: str) -> tuple[Column, ...]:
    """The columns of a file, typed by its first rows; none where it is empty or has no header.

    Raises DataSourceError, naming the file `name`, where it is no text.
    """
    head = _head(path, name)
    if "\0" in head:
        raise DataSourceError(f"{name} is no CSV file: it holds null bytes; rename it, or exclude it.")
    rows = _rows(head)
    if not rows or not _is_header(rows):
        return ()
    header = _named(rows[0])
    return tuple(
        _column(title, [row[place] for row in rows[1:] if place < len(row)]) for place, title in header
    )


def _head(path: Path, name: str) -> str:
    try:
        with path.open("rb") as raw:
            packed = raw.read(2)
            raw.seek(0)
            data = (
                gzip.GzipFile(fileobj=raw).read(HEAD_BYTES) if packed == b"\x1f\x8b" else raw.read(HEAD_BYTES)
            )
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataSourceError(
            f"{name} cannot be unpacked ({error}); pack it again, or exclude it."
        ) from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data[: len(data) & ~1].decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def _rows(head: str) -> list[list[str]]:
    """The first rows; a last one that may be cut is left out."""
    if len(head) >= HEAD_BYTES // 2 and not head.endswith("\n") and "\n" in head:
        head = head[: head.rindex("\n") + 1]
    delimiter = _delimiter(head)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) > ROWS:
                break
    except csv.Error:
        pass  # an open quote: what came before it still tells
    return rows


def _delimiter(head: str) -> str:
    """The character that cuts the first lines into most columns, and into as many each; a comma where none does."""
    lines = [re.sub(r'"[^"]*"', '""', line) for line in head.splitlines()[:10] if line.strip()]
    if not lines:
        return ","

    def fitness(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in lines]
        same = Counter(counts)[counts[0]]
        return (same if counts[0] else 0, counts[0])

    return max(_DELIMITERS, key=fitness)


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names columns: no numbers, no dates, few empty titles, not all alike."""
    titles = [title.strip() for title in rows[0]]
    named = [title for title in titles if title]
    if not named or len(titles) > _MOST_COLUMNS or len(named) < len(titles) / 2:
        return False
    if len(titles) == 1 and not re.fullmatch(r"[\w .#%()/-]{1,60}", named[0]):
        return False
    values = sum(
        bool(_NUMBER.fullmatch(title) or _TIME.fullmatch(title) or _DATE.fullmatch(title)) for title in named
    )
    # Years and months are good titles of a pivoted table, if the first column has a name.
    return values == 0 or (len(titles) > 2 and not _NUMBER.fullmatch(titles[0] or "x") and len(rows) > 1)


def _named(titles: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Place and title of each column; an empty title is passed over, and a repeated one kept once."""
    seen: set[str] = set()
    for place, title in enumerate(titles):
        name = " ".join(title.split())
        if name and name.lower() not in seen:
            seen.add(name.lower())
            yield place, name


def _column(name: str, cells: Sequence[str]) -> Column:
    values = [cell.strip() for cell in cells]
    filled = [value for value in values if value not in _EMPTY]
    declared = _type(filled)
    frequent = Counter(value for value in filled if len(value) <= _SAMPLE_LENGTH).most_common(SAMPLES)
    samples = tuple(_value(value, declared) for value, _ in frequent)
    return Column(
        name,
        declared,
        nullable=len(filled) < len(values) or not values,
        samples=samples,
        family=family_of(declared, name, samples),
    )


def _type(values: Sequence[str]) -> str:
    """The narrowest type that holds every value; empty where there is none."""
    if not values:
        return ""
    for pattern, declared in (
        (_INTEGER, "BIGINT"),
        (_NUMBER, "DOUBLE"),
        (_DATE, "DATE"),
        (_TIME, "TIMESTAMP"),
    ):
        if all(pattern.fullmatch(value) for value in values):
            return declared
    return "BOOLEAN" if all(value.lower() in _BOOLEANS for value in values) else "VARCHAR"


def _value(text: str, declared: str) -> Value:
    return int(text) if declared == "BIGINT" else float(text) if declared == "DOUBLE" else text
