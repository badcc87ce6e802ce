"""What people know of their data and no schema says: `understudy.facts.toml`, written by hand and committed with the project.

It stands beside `understudy.toml` and not in `.understudy/`, which Git ignores: facts are reviewed like code. Each entry is
named after the symbol it is about, a table or a column of it.

    [orders]
    note = "canceled orders stay in the table"
    joins = ["customer = customers.customer_id"]

    [orders.total]
    unit = "cents"
    note = "shipping included"

    [orders.status]
    values = { P = "paid", X = "canceled" }

What it says goes before the comments of the schema, so that it is wherever the symbol is: in prompts, in hover, in completion.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from attrs import define, evolve, field, frozen

from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]

NAME = "understudy.facts.toml"
_LARGEST = 1_000_000
_LONGEST = 400
"""Characters of one comment: it is read with every prompt that its symbol is in."""
_ABOUT_TABLES = ("note", "joins")
_ABOUT_COLUMNS = ("note", "unit", "values")
_EQUALITY = re.compile(r"\s*([\w.]+)\s*=\s*([\w.]+)\s*\Z")


@frozen
class TableFacts:
    """What is said of one table; `columns` is keyed by lower-cased name."""

    note: str = ""
    columns: Mapping[str, str] = field(factory=dict)
    keys: tuple[ForeignKey, ...] = ()


@frozen
class Facts:
    """What is said of each table, by the name or path that the file gives it; and what in the file cannot be understood."""

    tables: Mapping[str, TableFacts] = field(factory=dict)
    notes: tuple[str, ...] = ()


@define(eq=False)
class FactsFile:
    """The facts of one workspace, read again when their file changed."""

    path: Path
    _facts: Facts = field(factory=Facts, init=False)
    _stamp: object = field(default=None, init=False)

    def changed(self) -> bool:
        """Whether the file is not as it was when it was read."""
        return self._stamp != self._look()

    def added_to(self, catalog: Catalog) -> Catalog:
        """The catalog with what the file says of its tables and columns, and a note for what is of none."""
        stamp = self._look()
        if stamp != self._stamp:
            self._facts, self._stamp = (read_facts(self.path) if stamp else Facts()), stamp
        return with_facts(catalog, self._facts)

    def _look(self) -> object:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def read_facts(path: Path) -> Facts:
    """The file's facts. Never raises: what cannot be read becomes a note, and all else still counts."""
    try:
        if path.stat().st_size > _LARGEST:
            return Facts(notes=(f"{NAME} is larger than {_LARGEST:,} bytes and was not read",))
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        return Facts(notes=(f"{NAME} cannot be read: {str(error).splitlines()[0]}",))
    notes: list[str] = []
    tables = {}
    for name, entries in told.items():
        if isinstance(entries, dict):
            tables[name] = _table_facts(name, entries, notes)
        else:
            notes.append(f"{NAME}: {name} is no table with facts")
    return Facts(tables, tuple(notes))


def with_facts(catalog: Catalog, facts: Facts) -> Catalog:
    """The catalog with these facts before its own comments, and keys that the facts add to its own."""
    if not facts.tables and not facts.notes:
        return catalog
    found: dict[int, TableFacts] = {}
    notes = list(facts.notes)
    for name, told in facts.tables.items():
        table = catalog.table(name)
        if table is None:
            notes.append(
                f"{NAME}: the schema has no {name}{_meant(name, [each.name for each in catalog.tables])}"
            )
            continue
        found[id(table)] = told
        notes += [
            f"{NAME}: {table.name} has no column {each}{_meant(each, [one.name for one in table.columns])}"
            for each in told.columns
            if not table.column(each)
        ]
        notes += [
            f"{NAME}: {table.name} cannot be joined as it says: {why}"
            for why in _why_not(table, told, catalog)
        ]
    tables = tuple(
        _told(table, found[id(table)], catalog) if id(table) in found else table for table in catalog.tables
    )
    return evolve(catalog, tables=tables, notes=(*catalog.notes, *notes))


def _meant(name: str, known: list[str]) -> str:
    near = get_close_matches(name.lower(), [each.lower() for each in known], n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _table_facts(name: str, entries: Mapping[str, Any], notes: list[str]) -> TableFacts:
    columns: dict[str, str] = {}
    note, keys = "", list[ForeignKey]()
    for key, value in entries.items():
        if isinstance(value, dict):
            columns[key.lower()] = _column_text(f"{name}.{key}", value, notes)
        elif key == "note" and isinstance(value, str):
            note = " ".join(value.split())[:_LONGEST]
        elif key == "joins" and isinstance(value, list):
            keys += [made for each in value if (made := _key(name, each, notes)) is not None]
        else:
            notes.append(f"{NAME}: {name} has {', '.join(_ABOUT_TABLES)} and columns, not {key}")
    return TableFacts(note, columns, tuple(keys))


def _column_text(name: str, entries: Mapping[str, Any], notes: list[str]) -> str:
    parts: list[str] = []
    for key, value in entries.items():
        if key == "note" and isinstance(value, str):
            parts.insert(0, value)
        elif key == "unit" and isinstance(value, str):
            parts.append(f"in {value}")
        elif key == "values" and isinstance(value, dict):
            parts.append(", ".join(f"{code} = {meaning}" for code, meaning in value.items()))
        else:
            notes.append(f"{NAME}: {name} has {', '.join(_ABOUT_COLUMNS)}, not {key}")
    return " ".join("; ".join(parts).split())[:_LONGEST]


def _key(name: str, written: object, notes: list[str]) -> ForeignKey | None:
    """`customer = customers.id and …` as a key of the table."""
    pairs = (
        [_EQUALITY.match(part) for part in re.split(r"\band\b", written)] if isinstance(written, str) else []
    )
    sides = [(each[1].rpartition(".")[2], *each[2].rpartition(".")[::2]) for each in pairs if each]
    targets = {table for _, table, _ in sides}
    if not sides or len(sides) < len(pairs) or len(targets) > 1 or not all(targets):
        notes.append(f"{NAME}: a join of {name} is written as `column = other_table.column`, not {written!r}")
        return None
    return ForeignKey(tuple(own for own, _, _ in sides), targets.pop(), tuple(other for _, _, other in sides))


def _why_not(table: Table, told: TableFacts, catalog: Catalog) -> Iterator[str]:
    for key in told.keys:
        other = catalog.table(key.ref_table)
        if other is None:
            yield f"the schema has no {key.ref_table}"
            continue
        yield from (f"{table.name} has no column {each}" for each in key.columns if not table.column(each))
        yield from (
            f"{other.name} has no column {each}" for each in key.ref_columns if not other.column(each)
        )


def _told(table: Table, told: TableFacts, catalog: Catalog) -> Table:
    keys = tuple(
        key
        for key in told.keys
        if key not in table.foreign_keys and not any(_why_not(table, evolve(told, keys=(key,)), catalog))
    )
    return evolve(
        table,
        comment=_joined(told.note, table.comment),
        columns=tuple(
            _told_column(column, told.columns.get(column.name.lower(), "")) for column in table.columns
        ),
        foreign_keys=(*table.foreign_keys, *keys),
    )


def _told_column(column: Column, text: str) -> Column:
    return evolve(column, comment=_joined(text, column.comment)) if text else column


def _joined(fact: str, comment: str) -> str:
    return "; ".join(dict.fromkeys(filter(None, (fact, comment))))
