"""What a dbt project's YAML says of its tables: descriptions, types, and keys by way of tests."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve

from understudy_knowledge.catalog.dbt_jinja import last_reference
from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.catalog.model import Column, ForeignKey, Table

_KINDS = ("models", "seeds", "snapshots")
_MOST_TABLES = 5_000
_MOST_COLUMNS = 2_000


def read_documents(content: Any, *, source: str) -> Iterator[Table]:
    """The tables that the content of one `schema.yml` describes, each `partial`: it need not name all columns."""
    if not isinstance(content, Mapping):
        return
    for kind in _KINDS:
        for entry in _entries(content.get(kind)):
            yield from _table(entry, "", source)
    for group in _entries(content.get("sources")):
        namespace = _plain(group.get("schema")) or _plain(group.get("name"))
        for entry in _entries(group.get("tables")):
            yield from _table(entry, namespace, source)


def described_column(name: str, entry: Mapping[str, Any]) -> Column:
    """A column of a manifest or a YAML file, without what its tests say."""
    declared = _plain(entry.get("data_type"))
    return Column(
        name, declared, comment=described(entry.get("description")), family=family_of(declared, name)
    )


def described(text: Any) -> str:
    """A description on one line; one that stands in another file is left out."""
    return " ".join(text.split()) if isinstance(text, str) and "{{" not in text else ""


def with_key_hints(table: Table, unique: Sequence[str], required: Sequence[str]) -> Table:
    """The table with the first column that tests hold to be unique and not null as its primary key, if it has no other."""
    needed = {name.lower() for name in required}
    key = next((name.lower() for name in unique if name.lower() in needed), "")
    if table.primary_key:
        key = ""
    columns = (
        evolve(
            column,
            nullable=column.nullable and column.name.lower() not in needed,
            primary_key=column.primary_key or column.name.lower() == key,
        )
        for column in table.columns
    )
    return evolve(table, columns=tuple(columns))


def relationship(column: str, to: Any, field: Any) -> ForeignKey | None:
    """The key that a `relationships` test states."""
    parent, target = last_reference(str(to)), _plain(field)
    return ForeignKey((column,), parent, (target,)) if parent and target else None


def _table(entry: Mapping[str, Any], namespace: str, source: str) -> Iterator[Table]:
    name = _plain(entry.get("name"))
    if not name:
        return
    columns: list[Column] = []
    keys: list[ForeignKey] = []
    unique: list[str] = []
    required: list[str] = []
    listed = _entries(entry.get("columns"))[:_MOST_COLUMNS]
    for written in listed:
        column = _plain(written.get("name"))
        if not column or any(known.name.lower() == column.lower() for known in columns):
            continue
        columns.append(described_column(column, written))
        for test, arguments in _tests(written):
            if test == "unique":
                unique.append(column)
            elif test == "not_null":
                required.append(column)
            elif test == "relationships" and (
                key := relationship(column, arguments.get("to"), arguments.get("field"))
            ):
                keys.append(key)
            elif test == "accepted_values":
                columns[-1] = _listing(columns[-1], arguments.get("values"))
        for constraint in _entries(written.get("constraints")):
            if constraint.get("type") == "primary_key":
                columns[-1] = evolve(columns[-1], primary_key=True, nullable=False)
    table = Table(
        name,
        tuple(columns),
        tuple(keys),
        comment=described(entry.get("description")),
        source=source,
        namespace=namespace if "{{" not in namespace else "",
        partial=True,
    )
    yield with_key_hints(table, unique, required)


def _listing(column: Column, values: Any) -> Column:
    listed = values if isinstance(values, list) else []
    return evolve(
        column, samples=tuple(value for value in listed[:100] if isinstance(value, str | int | float))
    )


def _tests(column: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Tests with their arguments, as old and new projects write them."""
    for listed in (column.get("tests"), column.get("data_tests")):
        for test in listed if isinstance(listed, list) else []:
            if isinstance(test, str):
                yield test, {}
            elif isinstance(test, Mapping) and test:
                name, arguments = next(iter(test.items()))
                given = arguments if isinstance(arguments, Mapping) else {}
                inner = given.get("arguments")
                yield str(name), inner if isinstance(inner, Mapping) else given


def _entries(listed: Any) -> list[Mapping[str, Any]]:
    if not isinstance(listed, list):
        return []
    return [entry for entry in listed[:_MOST_TABLES] if isinstance(entry, Mapping)]


def _plain(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
