"""Reads WikiTableQuestions as its authors publish it (Pasupat and Liang, "Compositional Semantic Parsing", ACL 2015).

`data/*.tsv` with the columns id, utterance, context, targetValue, and the tables as `csv/*-csv/*.csv`. In a TSV the characters
newline, backslash and bar are written `\\n`, `\\\\`, `\\p`, and a bar stands between the values of an answer. In a CSV a backslash
escapes a quote.

The dataset has answers and no code. The gold is a statement that states the answer, so its items can be tested on and teach nothing.
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from sqlglot import exp

from understudy_knowledge.evaluation.items import Dataset, Item, Reader
from understudy_knowledge.evaluation.tables import TextTable, column_names, typed, write_tables
from understudy_knowledge.evaluation.taking import Taking, UnusableError, text_of
from understudy_knowledge.memory.records import DataSource, Example, Origin

_FILES = ("pristine-unseen-tables", "pristine-seen-tables", "training")
"""The training questions are split once more in the files random-split-*, which are passed over."""
_COLUMNS = ("id", "utterance", "context", "targetValue")
_ESCAPED = {r"\n": "\n", r"\p": "|", r"\\": "\\"}


def is_wikitablequestions(folder: Path) -> bool:
    """Whether such files lie in the folder."""
    return (folder / "csv").is_dir() and any(_files(folder))


def read_wikitablequestions(folder: Path, scratch: Path, reader: Reader) -> Dataset:
    """Its items, all to be tested on; the tables are written to SQLite files below `scratch`. Raises DataSourceError."""
    taking, digest = Taking(reader), hashlib.sha256()
    own = scratch / f"{folder.name}-tables"
    for path in _files(folder):
        raw = path.read_bytes()
        digest.update(raw)
        shown = f"{folder.name}/data/{path.name}"
        lines = raw.decode("utf-8", "replace").split("\n")
        if tuple(lines[0].rstrip("\r").split("\t")) != _COLUMNS:
            taking.refuse(
                f"{shown}:1", "", UnusableError(f"its columns are not {', '.join(_COLUMNS)}", "unreadable")
            )
            continue
        for number, line in enumerate(lines[1:], start=2):
            if line.strip():
                cells = dict(zip(_COLUMNS, line.rstrip("\r").split("\t"), strict=False))
                origin = Origin(shown, number, kind="dataset")
                taking.take(str(origin), cells["id"], partial(_item, cells, origin, folder, own))
    return Dataset(folder.name, tuple(taking.items), tuple(taking.refused), digest.hexdigest())


def _files(folder: Path) -> Iterator[Path]:
    return (path for name in _FILES if (path := folder / "data" / f"{name}.tsv").is_file())


def _item(cells: dict[str, str], origin: Origin, folder: Path, own: Path) -> Item:
    context = text_of(cells, "context")
    table = folder / context
    if not (table.is_file() and table.resolve().is_relative_to(folder.resolve())):
        raise UnusableError(f"its table {context} is not there", "missing-file")
    name = "t_" + re.sub(r"\W+", "_", context.removeprefix("csv/").removesuffix(".csv"))
    path = own / f"{name}.sqlite"
    if not path.is_file():
        write_tables(path, [_table(name, table)])
    answer = [_unescaped(value) for value in text_of(cells, "targetValue").split("|")]
    example = Example(
        id=text_of(cells, "id"),
        question=_unescaped(text_of(cells, "utterance")),
        gold=_stated(answer),
        origin=origin,
        source=DataSource(path, steady=True),
    )
    return Item(example, "sql", "WikiTableQuestions", "test", context, seen=False, answer_only=True)


def _table(name: str, path: Path) -> TextTable:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        rows = list(csv.reader(file, escapechar="\\", doublequote=False))
    if not rows or not column_names(rows[0]):
        raise UnusableError(f"its table {path.name} is empty", "missing-file")
    return TextTable(name, rows[0], [[cell or None for cell in row] for row in rows[1:]])


def _stated(answer: list[str]) -> str:
    """A statement with these values as its rows."""
    selects = [exp.select(exp.alias_(exp.convert(typed(value)), "answer")) for value in answer]
    whole: exp.Query = selects[0]
    for other in selects[1:]:
        whole = exp.union(whole, other, distinct=False)
    return whole.sql("sqlite")


def _unescaped(text: str) -> str:
    return re.sub(r"\\[np\\]", lambda match: _ESCAPED[match[0]], text)
