"""The measurement against gold queries: runs, and its truth is sqlglot's."""

from pathlib import Path

import pytest

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_server.bench.context.gold import measure, tally_query
from understudy_server.bench.context.gold_truth import Truth
from understudy_server.bench.part import Terms

ORDERS = ("order_id", "customer_id", "total")
CUSTOMERS = ("customer_id", "name")
SCHEMA = {"orders": ORDERS, "customers": CUSTOMERS}


def _truth_at(marked: str) -> tuple[str, list[tuple[str, tuple[str, ...] | None]]]:
    offset = marked.index("⎸")
    truth = Truth(marked.replace("⎸", ""), SCHEMA, "sqlite")
    levels = truth.visible_at(offset)
    return truth.clause_at(offset), [(one.name, one.columns) for level in levels for one in level]


def test_a_few_gold_queries_are_measured(data: Path) -> None:
    part = measure(Terms(data, seed=1, limit=20))
    assert part.figures["counts"]["queries"] == 20
    assert {line.goal for line in part.lines if line.met is not None} == {"≥ 98 %", "≥ 99 %", "0"}


@pytest.mark.parametrize(
    ("marked", "clause", "visible"),
    [
        ("SELECT ⎸name FROM customers", "select", [("customers", CUSTOMERS)]),
        (
            "SELECT 1 FROM orders o WHERE EXISTS (SELECT 1 FROM customers c WHERE c.customer_id = ⎸1)",
            "where",
            [("c", CUSTOMERS), ("o", ORDERS)],
        ),
        ("SELECT 1 FROM orders o, (SELECT ⎸name FROM customers) d", "select", [("customers", CUSTOMERS)]),
        ("WITH r AS (SELECT name AS n FROM customers) SELECT ⎸n FROM r", "select", [("r", ("n",))]),
        ("SELECT name FROM customers UNION SELECT total FROM orders ORDER BY ⎸1", "order by", []),
        ("SELECT name FROM customers WHERE name = (⎸SELECT 1)", "where", [("customers", CUSTOMERS)]),
    ],
)
def test_the_truth_is_that_of_the_whole_query(
    marked: str, clause: str, visible: list[tuple[str, tuple[str, ...]]]
) -> None:
    got_clause, got = _truth_at(marked)
    assert got_clause == clause
    assert got == visible


def test_what_the_engine_gets_wrong_is_counted() -> None:
    catalog = Catalog((Table("orders", tuple(Column(name) for name in ORDERS)),))
    tally = tally_query("SELECT total FROM orders", catalog, "sqlite", step=1)
    assert tally.counts["hole"] == tally.counts["truncated"] == 4
    assert tally.counts["hole right"] == 4 - len(
        [failure for failure in tally.failures if failure.mode == "hole" and failure.kind != "clause"]
    )
