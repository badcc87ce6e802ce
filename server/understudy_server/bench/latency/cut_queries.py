"""Places to complete: gold queries of the training data, cut where somebody may be typing."""

import gzip
import json
import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from understudy_knowledge.catalog import Catalog, Column, ForeignKey, Table
from understudy_knowledge.errors import NothingToDoError
from understudy_server.context.extract import extract
from understudy_server.context.query_context import QueryContext
from understudy_server.context.text.document import Document


@frozen
class Cut:
    """A cursor in a gold query: with nothing behind it, or with the rest of the query but for the word that was cut out."""

    context: QueryContext
    catalog: Catalog


def cuts(data: Path | None, seed: int, count: int) -> Iterator[Cut]:
    """`count` places in as many queries, drawn by the seed; half of them have the rest of the query behind the cursor."""
    path = data / "train" / "items.jsonl.gz" if data else None
    if path is None or not path.exists():
        raise NothingToDoError(
            "the schemas are not there; pass the folder that holds train/items.jsonl.gz with --data"
        )
    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = file.readlines()
    draw = random.Random(seed)  # noqa: S311  # a sample, not a secret
    made = 0
    while made < count:
        item = json.loads(draw.choice(lines))
        catalog = catalog_of(item["schema"], item["dialect"])
        before, behind = _cut(item["gold_sql"], draw, hole=made % 2 == 1)
        context = extract(
            Document("query.sql", before + behind),
            len(before.encode()),
            language="sql",
            catalog=catalog,
            dialect=item["dialect"],
        )
        if context is not None and context.prefix.strip():
            made += 1
            yield Cut(context, catalog)


def _cut(sql: str, draw: random.Random, *, hole: bool) -> tuple[str, str]:
    at = draw.randrange(min(7, len(sql) - 1), len(sql))
    if not hole:
        return sql[:at], ""
    start = sql.rfind(" ", 0, at) + 1
    end = sql.find(" ", at)
    return sql[:start], sql[end:] if end > 0 else ""


def catalog_of(schema: Iterable[Mapping[str, Any]], dialect: str) -> Catalog:
    """The catalog that an item of the data describes."""
    return Catalog(
        tuple(
            Table(
                table["table"],
                tuple(Column(column["name"], column["type"]) for column in table["columns"]),
                tuple(
                    ForeignKey(tuple(key["columns"]), key["ref_table"], tuple(key["ref_columns"]))
                    for key in table["foreign_keys"]
                ),
            )
            for table in schema
        ),
        dialect=dialect,
    )
