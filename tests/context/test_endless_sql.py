"""Text that repeats itself without end has an answer, which comes before anybody waits for it."""

import pytest

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_server.context.extract import extract
from understudy_server.context.query_context import QueryContext
from understudy_server.context.text.document import Document

CATALOG = Catalog((Table("t", (Column("a"), Column("b"))),))
ENDLESS = {
    "WITH that nobody closes": ("WITH a AS (\n" * 5_000, "", "statement", []),
    "CASE that nobody ends": ("SELECT " + "CASE WHEN " * 6_000, " FROM t", "select", ["t"]),
    "commas": ("SELECT a" + "," * 60_000, " FROM t", "select", ["t"]),
    "joins": ("SELECT ", " FROM t" + " JOIN t" * 9_000, "select", ["t"]),
    "comments in comments": ("SELECT " + "/* " * 5_000 + "*/ " * 5_000, " FROM t", "select", ["t"]),
    "parentheses": ("SELECT " + "(" * 10_000, ")" * 10_000 + " FROM t", "select", ["t"]),
    "subqueries": ("SELECT ", " FROM " + "(SELECT * FROM " * 3_000 + "t" + ") AS x" * 3_000, "select", ["x"]),
    "comments above": ("-- a\n" * 12_000 + "SELECT ", "", "select", []),
    "slashes": ("SELECT " + "/" * 60_000, " FROM t", "select", ["t"]),
    "parameters left open": ("SELECT " + "%(" * 30_000, " FROM t", "select", ["t"]),
    "bodies": ("CREATE PROCEDURE p()\n" + "BEGIN\n" * 10_000 + "SELECT ", " FROM t", "select", ["t"]),
}


def context(before: str, after: str, name: str = "x.sql") -> QueryContext | None:
    document = Document(name, before + after)
    language = "python" if name.endswith(".py") else "sql"
    return extract(document, len(before.encode()), language=language, catalog=CATALOG, dialect="sqlite")  # type: ignore[arg-type]


@pytest.mark.parametrize("case", ENDLESS)
def test_what_is_repeated_without_end_has_a_context(case: str) -> None:
    before, after, clause, relations = ENDLESS[case]
    found = context(before, after)
    assert found is not None
    assert found.clause == clause
    assert sorted({relation.name for relation in found.relations}) == relations


def test_a_thousand_delimiters_part_what_stands_between_them() -> None:
    text = "".join(f"DELIMITER {number}\n" for number in range(1_000, 9_000))
    found = context(text + "DELIMITER ;\nSELECT ", " FROM t;")
    assert found is not None
    assert found.statement == "SELECT  FROM t"


def test_a_call_in_ten_thousand_parentheses_is_answered() -> None:
    found = context("(" * 10_000 + 'cursor.execute("SELECT ', ' FROM t")' + ")" * 10_000, "x.py")
    assert found is not None


@pytest.mark.parametrize(
    "query",
    [
        "SELECT " + ", ".join(["*"] * 300),
        "SELECT " + ", ".join(["q.*"] * 300),
    ],
)
def test_stars_of_stars_without_end_name_no_column(query: str) -> None:
    text = " FROM t AS q"
    for _ in range(3):
        text = f" FROM ({query}{text}) AS q"
    found = context("SELECT ", text)
    assert found is not None
    assert [(relation.name, relation.columns) for relation in found.relations] == [("q", None)]


def test_ctes_that_double_forty_times_name_no_column() -> None:
    ctes = ", ".join(f"c{n} AS (SELECT x.*, y.* FROM c{n - 1} AS x, c{n - 1} AS y)" for n in range(1, 41))
    found = context(f"WITH c0 AS (SELECT a FROM t), {ctes} SELECT ", " FROM c40")
    assert found is not None
    assert [(relation.name, relation.columns) for relation in found.relations] == [("c40", None)]
