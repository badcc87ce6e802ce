"""Reads a bundle: a folder with `items*.jsonl` and the databases they run on, or the same packed.

A line that cannot be used is refused by name and the rest goes on: no JSON object, a field missing, an id that an earlier
line has, a task, split or dialect that nothing here runs, a database that is not there.
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from attrs import frozen

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.evaluation.items import Dataset, Item, Reader
from understudy_knowledge.evaluation.table_setup import table_setup
from understudy_knowledge.evaluation.taking import Taking, UnusableError, record, text_of
from understudy_knowledge.evaluation.tasks import Task
from understudy_knowledge.evaluation.unpacking import unpacked
from understudy_knowledge.execution.inputs import Inputs
from understudy_knowledge.memory.records import DataSource, Example, Origin

_SQL_DIALECTS = ("sqlite", "duckdb")
_SPLITS = ("train", "test", "valid")


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
    taking, bundle = Taking(reader or Reader()), _Bundle(folder.name, root, reader or Reader())
    for file in files:
        raw = file.read_bytes()
        digest.update(raw)
        try:
            text = gzip.decompress(raw) if file.suffix == ".gz" else raw
        except (OSError, EOFError, zlib.error):
            error = UnusableError("the file is not what gzip writes", "unreadable")
            taking.refuse(f"{folder.name}/{file.name}", "", error)
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                _take(taking, bundle, line, Origin(f"{folder.name}/{file.name}", number, kind="dataset"))
    return Dataset(folder.name, tuple(taking.items), tuple(taking.refused), digest.hexdigest())


def _files(folder: Path) -> Iterator[Path]:
    """The files of items; one that lies there packed and unpacked counts once."""
    for plain in sorted(
        {path.with_suffix("") if path.suffix == ".gz" else path for path in folder.glob("items*.jsonl*")}
    ):
        packed = plain.with_name(plain.name + ".gz")
        if plain.exists() or packed.exists():
            yield plain if plain.exists() else packed


@frozen
class _Bundle:
    """Makes items of a bundle's lines."""

    name: str
    root: Path
    reader: Reader

    def item(self, fields: dict[str, Any], origin: Origin) -> Item:
        """The item of a line. Raises UnusableError."""
        task = text_of(fields, "task")
        if task not in get_args(Task):
            raise UnusableError(f"nothing here does the task {task!r}", "unknown-task")
        split = text_of(fields, "split")
        if split not in _SPLITS:
            raise UnusableError(
                f"its split is {split!r}, which is none of {', '.join(_SPLITS)}", "unknown-split"
            )
        database = fields.get("database") or ""
        path = self.root / str(database)
        if database and not (path.is_file() and path.resolve().is_relative_to(self.root.resolve())):
            raise UnusableError(f"its database {database} is not there", "missing-file")
        make = {"sql": self._sql, "pandas": self._pandas, "table-math": self._table_math}[task]
        return make(fields, origin, str(database), path)

    def _sql(self, fields: dict[str, Any], origin: Origin, database: str, path: Path) -> Item:
        dialect = text_of(fields, "dialect")
        if dialect not in _SQL_DIALECTS:
            raise UnusableError(f"nothing here runs the dialect {dialect!r}", "unknown-dialect")
        if not database:
            raise UnusableError("it names no database", "missing-field")
        example = Example(
            id=text_of(fields, "id"),
            question=text_of(fields, "question"),
            gold=text_of(fields, "gold_sql").strip().rstrip(";").strip(),
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
        table = text_of(fields, "table")
        setup = table_setup(database, table)
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
            example,
            task,
            text_of(fields, "source"),
            fields["split"],
            database,
            table,
            setup,
            inputs,
            seen,
            str(fields.get("difficulty") or ""),
        )


def _take(taking: Taking, bundle: _Bundle, line: bytes, origin: Origin) -> None:
    named = ""
    try:
        fields = record(line)
        named = text_of(fields, "id")
    except UnusableError as error:
        taking.refuse(str(origin), named, error)
        return
    taking.take(str(origin), named, lambda: bundle.item(fields, origin))


def _python(fields: dict[str, Any], origin: Origin) -> Example:
    return Example(
        id=text_of(fields, "id"),
        question=text_of(fields, "question"),
        gold=text_of(fields, "gold_code"),
        origin=origin,
        dialect="python",
        language="python",
    )
