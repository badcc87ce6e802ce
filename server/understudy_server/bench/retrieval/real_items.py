"""Questions that no one here wrote, as retrieval sees them: the SQL items of `train/` and `dev/`."""

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from attrs import frozen

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.catalog.sqlite import read_sqlite
from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.memory.lineage import lineage
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.skeleton import skeleton
from understudy_knowledge.memory.store import Entry


@frozen
class Item:
    """One question: raw and masked, what its gold is made of, and what it is asked of."""

    entry: Entry
    question: str
    database: str
    bundle: str
    """The folder it is from: train, valid or dev."""
    gold: str
    dialect: str
    catalog: Catalog


@cache
def real_items(data: Path, limit: int | None) -> tuple[Item, ...]:
    """The items of both bundles, `limit` of each. Raises NothingToDoError where a bundle is absent."""
    train = _lines(data / "train" / "items.jsonl.gz")
    catalogs: dict[str, Catalog] = {}
    items = [_item(number, raw, "", data, catalogs) for number, raw in enumerate(_some(train, limit))]
    dev = (each for each in _lines(data / "dev" / "items.jsonl") if each["task"] == "sql")
    items += [_item(number, raw, "dev", data, catalogs) for number, raw in enumerate(_some(dev, limit))]
    return tuple(items)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise NothingToDoError(f"{path} is absent; --data names the folder that holds train/ and dev/")
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    yield from map(json.loads, text.splitlines())


def _some(raw: Iterator[dict[str, Any]], limit: int | None) -> list[dict[str, Any]]:
    """At most so many, evenly from the whole."""
    every = list(raw)
    return every if limit is None else every[:: max(1, len(every) // limit)][:limit]


def _item(number: int, raw: dict[str, Any], bundle: str, data: Path, catalogs: dict[str, Catalog]) -> Item:
    key = f"{bundle}:{raw['database']}"
    if key not in catalogs:
        catalogs[key] = (
            read_sqlite(data / bundle / raw["database"], samples_per_column=3)
            if bundle
            else _catalog(raw["schema"])
        )
    catalog, gold = catalogs[key], raw["gold_sql"]
    touched = lineage(gold, catalog, raw["dialect"])
    entry = Entry(
        f"{bundle}{number:07}",
        raw["id"],
        mask_values(raw["question"], catalog),
        skeleton(gold, raw["dialect"]),
        touched.tables,
        touched.columns,
    )
    return Item(
        entry,
        raw["question"],
        key,
        bundle or raw["split"],
        gold,
        raw["dialect"],
        catalog,
    )


def _catalog(schema: list[dict[str, Any]]) -> Catalog:
    return Catalog(
        tuple(
            Table(
                each["table"],
                tuple(
                    Column(column["name"], column["type"] or "", samples=tuple(column["samples"]))
                    for column in each["columns"]
                ),
            )
            for each in schema
        )
    )
