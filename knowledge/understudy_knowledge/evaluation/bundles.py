"""Reads a bundle: a folder with `items*.jsonl` and the databases they run on, or the same packed.

A line that cannot be used is refused by name and the rest goes on: no JSON object, a field missing, an id that an earlier
line has, a task, split or dialect that nothing here runs, a database that is not there.
"""

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from attrs import define, field

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.evaluation.items import Dataset, Item, Reader, Refused
from understudy_knowledge.evaluation.tasks import Task
from understudy_knowledge.evaluation.unpacking import unpacked
from understudy_knowledge.execution.inputs import Inputs
from understudy_knowledge.memory.records import DataSource, Example, Origin

_SQL_DIALECTS = ("sqlite", "duckdb")
_SPLITS = ("train", "test", "valid")
_TABLE_SETUP = """\
import re, sqlite3
connection = sqlite3.connect({file!r})
connection.row_factory = sqlite3.Row
table = [dict(row) for row in connection.execute({query!r})]
def number(text):
    return float(re.sub(r"[^0-9.-]", "", str(text)))
"""
"""What a program about one table starts from: its rows, and how its cells become numbers."""


class _UnusableError(Exception):
    """Why a line cannot be used."""


def is_bundle(folder: Path) -> bool:
    """Whether items lie in that folder."""
    return any(_files(folder))


def read_bundle(folder: Path, scratch: Path, reader: Reader | None = None) -> Dataset:
    """The items of a bundle; what is packed is unpacked below `scratch` once. Raises NothingToDoError, DataSourceError."""
    files = list(_files(folder))
    if not files:
        raise NothingToDoError(f"{folder} holds no items.jsonl; name the folder of a bundle with --data")
    digest = hashlib.sha256()
    root = unpacked(folder, scratch)
    taken = _Taken(folder.name, root, reader or Reader())
    for file in files:
        raw = file.read_bytes()
        digest.update(raw)
        text = gzip.decompress(raw) if file.suffix == ".gz" else raw
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                taken.take(line, f"{folder.name}/{file.name}:{number}", number, file.name)
    return Dataset(folder.name, tuple(taken.items), tuple(taken.refused), digest.hexdigest())


def _files(folder: Path) -> Iterator[Path]:
    """The files of items; one that lies there packed and unpacked counts once."""
    for plain in sorted(
        {path.with_suffix("") if path.suffix == ".gz" else path for path in folder.glob("items*.jsonl*")}
    ):
        packed = plain.with_name(plain.name + ".gz")
        if plain.exists() or packed.exists():
            yield plain if plain.exists() else packed


@define
class _Taken:
    name: str
    root: Path
    reader: Reader
    items: list[Item] = field(factory=list)
    refused: list[Refused] = field(factory=list)
    seen: set[str] = field(factory=set)

    def take(self, line: bytes, place: str, number: int, file: str) -> None:
        named = ""
        try:
            fields = _object(line)
            named = _text(fields, "id")
            if named in self.seen:
                raise _UnusableError("an earlier line has the same id")
            self.seen.add(named)
            item = self._item(fields, Origin(f"{self.name}/{file}", number, kind="dataset"))
        except _UnusableError as error:
            self.refused.append(Refused(place, named, str(error)))
            return
        if item.task in self.reader.tasks:
            self.items.append(item)

    def _item(self, fields: dict[str, Any], origin: Origin) -> Item:
        task = _text(fields, "task")
        if task not in get_args(Task):
            raise _UnusableError(f"nothing here does the task {task!r}")
        split = _text(fields, "split")
        if split not in _SPLITS:
            raise _UnusableError(f"its split is {split!r}, which is none of {', '.join(_SPLITS)}")
        database = fields.get("database") or ""
        path = self.root / str(database)
        if database and not (path.is_file() and path.resolve().is_relative_to(self.root.resolve())):
            raise _UnusableError(f"its database {database} is not there")
        make = {"sql": self._sql, "pandas": self._pandas, "table-math": self._table_math}[task]
        return make(fields, origin, str(database), path)

    def _sql(self, fields: dict[str, Any], origin: Origin, database: str, path: Path) -> Item:
        dialect = _text(fields, "dialect")
        if dialect not in _SQL_DIALECTS:
            raise _UnusableError(f"nothing here runs the dialect {dialect!r}")
        if not database:
            raise _UnusableError("it names no database")
        example = Example(
            id=_text(fields, "id"),
            question=_text(fields, "question"),
            gold=_text(fields, "gold_sql").strip().rstrip(";").strip(),
            origin=origin,
            dialect=dialect,
            source=DataSource(path, dialect, steady=True),
            evidence=str(fields.get("instructions") or "") if self.reader.evidence else "",
        )
        return self._made(fields, example, "sql", database)

    def _pandas(self, fields: dict[str, Any], origin: Origin, database: str, path: Path) -> Item:
        names = (database,) if database else ()
        setup = str(fields.get("setup_code") or "")
        return self._made(
            fields, _python(fields, origin), "pandas", database, setup=setup, inputs=Inputs(self.root, names)
        )

    def _table_math(self, fields: dict[str, Any], origin: Origin, database: str, path: Path) -> Item:
        from sqlglot import exp

        table = _text(fields, "table")
        query = exp.select("*").from_(exp.to_table(exp.to_identifier(table, quoted=True).sql())).sql("sqlite")
        setup = _TABLE_SETUP.format(file=database, query=query)
        return self._made(
            fields,
            _python(fields, origin),
            "table-math",
            database,
            table=table,
            setup=setup,
            inputs=Inputs(self.root, (database,)),
        )

    def _made(
        self, fields: dict[str, Any], example: Example, task: Task, database: str, *, table: str = "", setup: str = "", inputs: Inputs | None = None,
    ) -> Item:  # fmt: skip
        seen = bool(fields.get("db_seen_in_train", True))
        return Item(
            example, task, _text(fields, "source"), fields["split"], database, table, setup, inputs, seen
        )


def _python(fields: dict[str, Any], origin: Origin) -> Example:
    return Example(
        id=_text(fields, "id"),
        question=_text(fields, "question"),
        gold=_text(fields, "gold_code"),
        origin=origin,
        dialect="python",
        language="python",
    )


def _object(line: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise _UnusableError("the line is not JSON") from None
    if not isinstance(fields, dict):
        raise _UnusableError("the line is not a JSON object")
    return fields


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _UnusableError(f"it has no {name}")
    return value
