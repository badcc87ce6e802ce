"""dbt's compiled description of a project: `manifest.json`, and `catalog.json` where it says what the database holds."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import define, evolve, field

from understudy_knowledge.catalog.dbt_documents import (
    described,
    described_column,
    relationship,
    with_key_hints,
)
from understudy_knowledge.catalog.dbt_jinja import plain_sql
from understudy_knowledge.catalog.ddl_changes import CreateFrom
from understudy_knowledge.catalog.ddl_replay import Replay
from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.catalog.merge import merge
from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table
from understudy_knowledge.errors import DataSourceError

FILE_BYTES = 96 * 1024 * 1024
_TABLES = ("model", "seed", "snapshot")


def read_manifest(manifest: Path, types: Path, *, name: str, dialect: str) -> Catalog:
    """Models, seeds, snapshots and sources of the manifest, called as `ref` and `source` call them, and by their alias.

    `types` is `catalog.json`, which need not exist; with it a table has all of its columns, without it those that are
    described, and those that follow from its SQL. Raises DataSourceError where the manifest, called `name`, is none.
    """
    content = _load(manifest, name)
    held = _load(types, name.replace("manifest.json", "catalog.json")) if types.is_file() else {}
    nodes = {
        key: node
        for part in ("sources", "nodes")
        for key, node in _entries(content.get(part))
        if part == "sources" or node.get("resource_type") in _TABLES
    }
    if not nodes and "nodes" not in content:
        raise DataSourceError(f"{name} is no manifest of dbt; run `dbt parse` to write it anew.")
    tests = _read_tests(content)
    real = {key: node for part in ("sources", "nodes") for key, node in _entries(held.get(part))}
    tables = {key: _table(key, node, real.get(key, {}), tests, name) for key, node in nodes.items()}
    known = Catalog(tuple(tables.values()), dialect)
    derived = _derived(nodes, tables, known, name)
    named = [
        evolve(table, name=alias)
        for key, table in tables.items()
        if (alias := _alias(nodes[key])) and alias.lower() != table.name.lower()
    ]
    return merge(Catalog(dialect=dialect), known, derived, Catalog(tuple(named), dialect))


def _load(path: Path, name: str) -> Mapping[str, Any]:
    if path.stat().st_size > FILE_BYTES:
        raise DataSourceError(f"{name} is larger than {FILE_BYTES // 1024**2} MB and is not read.")
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DataSourceError(f"{name} is not valid JSON; run `dbt parse` to write it anew.") from error
    return content if isinstance(content, Mapping) else {}


def _entries(part: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(part, Mapping):
        yield from ((str(key), node) for key, node in part.items() if isinstance(node, Mapping))


@define
class _Tests:
    """What tests hold of each node, by its unique id."""

    unique: dict[str, list[str]] = field(factory=lambda: defaultdict(list))
    required: dict[str, list[str]] = field(factory=lambda: defaultdict(list))
    keys: dict[str, list[ForeignKey]] = field(factory=lambda: defaultdict(list))


def _read_tests(content: Mapping[str, Any]) -> _Tests:
    tests = _Tests()
    for _, node in _entries(content.get("nodes")):
        metadata = node.get("test_metadata")
        if node.get("resource_type") != "test" or not isinstance(metadata, Mapping):
            continue
        arguments = metadata.get("kwargs")
        if not isinstance(arguments, Mapping):
            continue
        owner = str(node.get("attached_node") or "")
        column = str(node.get("column_name") or arguments.get("column_name") or "")
        if not owner or not column:
            continue
        test = metadata.get("name")
        if test == "unique":
            tests.unique[owner].append(column)
        elif test == "not_null":
            tests.required[owner].append(column)
        elif test == "relationships" and (
            key := relationship(column, arguments.get("to"), arguments.get("field"))
        ):
            tests.keys[owner].append(key)
    return tests


def _table(key: str, node: Mapping[str, Any], held: Mapping[str, Any], tests: _Tests, manifest: str) -> Table:
    documented = {
        str(entry.get("name") or name).lower(): described_column(str(entry.get("name") or name), entry)
        for name, entry in _entries(node.get("columns"))
    }
    columns = tuple(_held_columns(held, documented)) or tuple(documented.values())
    keyed = {
        str(name).lower()
        for constraint in node.get("constraints") or ()
        if isinstance(constraint, Mapping) and constraint.get("type") == "primary_key"
        for name in constraint.get("columns") or ()
    }
    path = str(node.get("original_file_path") or "")
    kind = _mapping(node.get("config")).get("materialized")
    table = Table(
        str(node.get("name") or key.rpartition(".")[2]),
        tuple(
            evolve(column, primary_key=True, nullable=False) if column.name.lower() in keyed else column
            for column in columns
        ),
        tuple(tests.keys.get(key, ())),
        kind="view" if kind in ("view", "ephemeral") else "table",
        comment=described(node.get("description")),
        source=f"{manifest} ({path})" if path else manifest,
        namespace=".".join(str(part) for part in (node.get("database"), node.get("schema")) if part),
        partial=not held,
    )
    return with_key_hints(table, tests.unique.get(key, []), tests.required.get(key, []))


def _held_columns(held: Mapping[str, Any], documented: Mapping[str, Column]) -> Iterator[Column]:
    """The columns that the database had when `dbt docs generate` ran, in their order, with what was written of them."""
    entries = sorted(_entries(held.get("columns")), key=lambda entry: _index(entry[1]))
    for key, entry in entries:
        name, declared = str(entry.get("name") or key), str(entry.get("type") or "")
        comment = described(entry.get("comment"))
        known = documented.get(name.lower())
        yield Column(
            name,
            declared,
            comment=known.comment if known and known.comment else comment,
            family=family_of(declared, name),
        )


def _derived(
    nodes: Mapping[str, Mapping[str, Any]], tables: Mapping[str, Table], known: Catalog, manifest: str
) -> Catalog:
    """What follows from the SQL of models of which not all columns are known."""
    replay = Replay(known.dialect)
    replay.take_over(table for table in known.tables if not table.partial)
    for key, node in nodes.items():
        compiled = node.get("compiled_code") or node.get("compiled_sql")
        raw = node.get("raw_code") or node.get("raw_sql")
        table = tables[key]
        if table.partial and node.get("resource_type") == "model" and node.get("language", "sql") == "sql":
            query = compiled if isinstance(compiled, str) else plain_sql(raw) if isinstance(raw, str) else ""
            if query.strip():
                made = Table(table.name, (), kind=table.kind, source=table.source, namespace=table.namespace)
                replay.apply(CreateFrom(made, query))
    derived = replay.catalog(final=False)
    return evolve(derived, notes=())


def _alias(node: Mapping[str, Any]) -> str:
    return str(node.get("alias") or node.get("identifier") or "")


def _index(entry: Mapping[str, Any]) -> int:
    index = entry.get("index")
    return index if isinstance(index, int) else 0


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
