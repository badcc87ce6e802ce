"""Gold queries of the data bundles, with their schemas and, where statements are run, their databases."""

import gzip
import json
import tarfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from attrs import frozen

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.catalog.sqlite import read_sqlite
from understudy_knowledge.errors import NothingToDoError
from understudy_server.bench.part import Terms


@frozen
class GoldItem:
    """One query. `database` is the file's place in its bundle."""

    sql: str
    catalog: Catalog
    dialect: str
    database: str


def train_items(terms: Terms) -> list[GoldItem]:
    """Every query of the training data, in order. Raises NothingToDoError where it is absent."""
    with gzip.open(_bundle(terms) / "items.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [_item(json.loads(line)) for line in lines]


def all_items(terms: Terms) -> list[GoldItem]:
    """Every SQL query of the training and the development data. Raises NothingToDoError where the former is absent."""
    items = train_items(terms)
    assert terms.data is not None, "the training data was found below it"
    path = terms.data / "dev" / "items.jsonl"
    if path.is_file():
        read = (json.loads(line) for line in path.read_text("utf-8").splitlines())
        items += [_item(item, path.parent) for item in read if item.get("gold_sql")]
    return items


def unpack(terms: Terms, names: Iterable[str], folder: Path) -> None:
    """The databases of these names below `folder`."""
    with tarfile.open(_bundle(terms) / "db.tar.gz") as packed:
        for name in sorted(set(names)):
            held = packed.extractfile(name)
            assert held is not None, "the bundle holds the databases that its items name"
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(held.read())


def catalog_of(schema: Iterable[dict[str, Any]]) -> Catalog:
    """The catalog of an item's schema."""
    return Catalog(
        tuple(
            Table(each["table"], tuple(Column(column["name"], column["type"]) for column in each["columns"]))
            for each in schema
        ),
        complete=True,
    )


def _item(item: dict[str, Any], folder: Path | None = None) -> GoldItem:
    """One item; in the development data the schema is that of its database in `folder`."""
    sql = item["gold_sql"].strip().rstrip(";").rstrip()
    catalog = catalog_of(item["schema"]) if folder is None else _of_database(folder / item["database"])
    return GoldItem(sql, catalog, item["dialect"], item["database"])


@cache
def _of_database(path: Path) -> Catalog:
    return read_sqlite(path)


def _bundle(terms: Terms) -> Path:
    folder = terms.data / "train" if terms.data else None
    if folder is None or not (folder / "items.jsonl.gz").is_file():
        raise NothingToDoError(
            "The gold queries are not there: pass the folder that holds train/items.jsonl.gz with --data."
        )
    return folder
