"""The measurements of rewrites and diagnostics: a small run keeps every answer, and what they call a mistake is one."""

import ast
import random
from pathlib import Path

import pytest
import sqlglot

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_server.bench.actions import PARTS, measurement
from understudy_server.bench.actions.generated_python import FORMS, value_of, write
from understudy_server.bench.actions.mistakes import MISSPELLED, NO_JOIN, WRONG_ALIAS, mistakes
from understudy_server.bench.part import Terms

CATALOG = Catalog(
    (
        Table("orders", (Column("order_id"), Column("buyer"), Column("total"))),
        Table("customers", (Column("buyer"), Column("name"))),
    )
)
SQL = "SELECT c.name FROM orders AS o JOIN customers AS c ON c.buyer = o.buyer WHERE o.total > 3"


@pytest.mark.parametrize("name", PARTS)
def test_a_few_queries_are_measured_and_keep_every_promise(name: str, data: Path) -> None:
    part = measurement(name)(Terms(data, seed=1, limit=12))
    assert [line.what for line in part.lines if line.met is False] == []
    assert any(line.met for line in part.lines)


def test_generated_python_is_worth_its_query() -> None:
    draw = random.Random(5)
    sql = "SELECT 'it''s {é}', \"a\\b\" FROM t WHERE x = 'y' AND n > 42"
    seen = set()
    for _ in range(60):
        written = write(sql, draw)
        seen.add(written.form)
        ast.parse(written.source)
        value = value_of(written.source, written.values)
        assert value is not None
        assert value.split() == sql.split()
    # A raw string cannot hold the double quotes of this query.
    assert seen == set(FORMS) - {"raw"}


def test_each_mistake_stands_where_it_is_said_to() -> None:
    found = {each.kind: each for each in mistakes(SQL, sqlglot.parse_one(SQL), CATALOG, random.Random(2))}
    assert set(found) == {MISSPELLED, NO_JOIN, WRONG_ALIAS}
    assert "JOIN" not in found[NO_JOIN].sql
    assert all("c." in found[NO_JOIN].sql[start:end] for start, end in found[NO_JOIN].places)
    wrong = found[WRONG_ALIAS]
    assert wrong.meant in ("c", "o")
    (start, end), _ = wrong.places
    assert wrong.sql[start:end] == {"c": "o", "o": "c"}[wrong.meant]
