"""Documents in which `|` marks the cursor, read as the server reads them, over the shop's catalog or the example project's."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from understudy_knowledge.catalog import discover
from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table
from understudy_server.context.extract import extract
from understudy_server.context.query_context import QueryContext
from understudy_server.context.text.document import Document

EXAMPLES = Path(__file__).parents[2] / "examples"
ReadAt = Callable[..., QueryContext | None]


@pytest.fixture
def shop() -> Catalog:
    return Catalog(
        tables=(
            Table(
                "customers",
                (
                    Column("customer_id", "INTEGER", primary_key=True),
                    Column("name", "TEXT", nullable=False, comment="As on the invoice."),
                    Column("city", "TEXT", samples=("Lyon", "Graz"), samples_complete=True, family="text"),
                ),
                rows=1234,
                comment="Who buys.",
                source="shop.db",
            ),
            Table(
                "orders",
                (
                    Column("order_id", "INTEGER", primary_key=True),
                    Column("customer_id", "INTEGER"),
                    Column("ordered_on", "TEXT"),
                    Column("total_cents", "INTEGER"),
                ),
                (ForeignKey(("customer_id",), "customers", ("customer_id",)),),
                source="shop.db",
            ),
        )
    )


@pytest.fixture(scope="session")
def roastery() -> Catalog:
    """The catalog of the example project."""
    return discover(EXAMPLES, database=EXAMPLES / "roastery.db", dialect="sqlite")


@pytest.fixture
def read_at(shop: Catalog) -> ReadAt:
    def read(
        marked: str,
        language: Literal["sql", "python"] = "sql",
        catalog: Catalog | None = None,
        dialect: str = "sqlite",
    ) -> QueryContext | None:
        before, _, after = marked.partition("|")
        document = Document("test", before + after)
        return extract(
            document, len(before.encode()), language=language, catalog=catalog or shop, dialect=dialect
        )

    return read
