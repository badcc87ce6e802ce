"""A shop's catalog, and query contexts made from a statement in which `├` and `┤` mark the insertion."""

from collections.abc import Callable

import pytest

from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table
from understudy_server.context.query_context import QueryContext, Question, Span, VisibleRelation

MakeContext = Callable[..., QueryContext]


def context_of(
    prefix: str = "",
    suffix: str = "",
    question: str = "",
    relations: tuple[VisibleRelation, ...] = (),
    **changes: object,
) -> QueryContext:
    values: dict[str, object] = {
        "region": "sql-file",
        "dialect": "sqlite",
        "statement_span": Span(0, len((prefix + suffix).encode())),
        "offset": len(prefix.encode()),
        "statement": prefix + suffix,
        "prefix": prefix,
        "suffix": suffix,
        "clause": "statement",
        "relations": relations,
        "question": Question(question, "comment" if question else "none"),
    }
    return QueryContext(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def make_context() -> MakeContext:
    return context_of


@pytest.fixture
def shop() -> Catalog:
    return Catalog(
        tables=(
            Table(
                "customers",
                (
                    Column("customer_id", "INTEGER", primary_key=True),
                    Column("name", "TEXT"),
                    Column("city", "TEXT", samples=("Lyon", "Graz")),
                ),
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
            ),
            Table(
                "order_lines",
                (Column("order_id", "INTEGER"), Column("product", "TEXT"), Column("quantity", "INTEGER")),
                (ForeignKey(("order_id",), "orders", ("order_id",)),),
            ),
        )
    )
