"""The measurement of names: runs, and what it calls wrong is wrong."""

import random
from pathlib import Path

import sqlglot

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_server.actions.diagnose import Known
from understudy_server.bench.context.names import (
    ELSEWHERE,
    NOWHERE,
    OUTSIDE,
    Tally,
    measure,
    tally_query,
    wrong_names,
)
from understudy_server.bench.context.names_suggested import cut_before, is_shown
from understudy_server.bench.part import Terms

CATALOG = Catalog(
    (
        Table("orders", (Column("order_id"), Column("total"))),
        Table("customers", (Column("name"),)),
        Table("parcels", (Column("weight"),)),
    )
)
SQL = "SELECT name FROM customers WHERE 1 IN (SELECT total FROM orders AS o)"


def test_a_few_gold_queries_are_measured(data: Path) -> None:
    part = measure(Terms(data, seed=1, limit=30))
    assert part.figures["counts"]["queries"] == 30
    assert {line.goal for line in part.lines if line.met is not None} == {"0", "≥ 97 %", "≥ 99 %"}


def test_each_wrong_name_stands_where_it_is_said_to_and_is_wrong() -> None:
    found = list(wrong_names(SQL, sqlglot.parse_one(SQL), CATALOG, random.Random(3)))
    assert [wrong.kind for wrong in found] == [NOWHERE, ELSEWHERE, OUTSIDE]
    names = [wrong.sql[wrong.start : wrong.end] for wrong in found]
    assert names[1] == "weight"
    # The subquery sees what is around it, so only the outer query can be given a name of another scope.
    assert found[2].sql.startswith(f"SELECT {names[2]} FROM customers")
    assert names[2] in ("order_id", "total")


def test_the_end_of_a_query_is_shown_and_not_with_a_wrong_name() -> None:
    known = Known(CATALOG, "sqlite", live=True)
    cut = cut_before(SQL, SQL.index("WHERE"), random.Random(3))
    assert 0 < cut <= SQL.index("WHERE")
    assert is_shown(SQL, cut, known)
    assert not is_shown(SQL.replace("total", "weight"), cut, known)


def test_an_alarm_about_a_query_that_is_right_is_counted() -> None:
    tally = Tally()
    tally_query("SELECT nme FROM customers", Known(CATALOG, "sqlite", live=True), random.Random(3), tally)
    assert tally.counts["alarms"] == 1
    assert tally.alarms[0]["said"] == "Unknown column nme; did you mean name?"
