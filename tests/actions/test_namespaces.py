"""Tables of several namespaces, and tables of which not all columns are known: no false alarm, and the right columns."""

import pytest

from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table
from understudy_server.actions.diagnose import Known, diagnose
from understudy_server.completion.items import items
from understudy_server.context.extract import extract
from understudy_server.context.text.document import Document

LAKE = Catalog(
    (
        Table("orders", (Column("id"), Column("total")), namespace="sales"),
        Table(
            "orders",
            (Column("id"), Column("shift")),
            (ForeignKey(("shift",), "shifts", ("id",)),),
            namespace="hr",
        ),
        Table("shifts", (Column("id"),), namespace="hr"),
        Table("customers", (Column("id"), Column("name")), namespace="public"),
        Table("seen", (Column("id"),), partial=True),
    ),
    "postgres",
    complete=True,
)


def said(sql: str) -> list[str]:
    return [problem.message for problem in diagnose(sql.encode(), "sql", Known(LAKE, "postgres", live=True))]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT o.total FROM sales.orders AS o;",
        "SELECT o.shift FROM hr.orders AS o JOIN hr.shifts AS s ON s.id = o.shift;",
        "SELECT total, shift FROM sales.orders JOIN hr.orders AS h USING (id);",
        "SELECT x FROM archive.nobody_knows;",
        "SELECT name FROM shop.public.customers;",
        "SELECT anything FROM seen;",
        "SELECT ctid, tableoid, xmin FROM customers;",
        'SELECT a FROM "data/x.csv";',
        "SELECT s.anything FROM seen AS s JOIN customers AS c ON c.id = s.more;",
    ],
)
def test_nothing_is_wrong(sql: str) -> None:
    assert said(sql) == []


def test_each_namespace_has_columns_of_its_own() -> None:
    assert said("SELECT o.total FROM hr.orders AS o;") == ["Unknown column total"]
    assert said("SELECT o.shift FROM sales.orders AS o;") == ["Unknown column shift"]


def labels(marked: str) -> list[str]:
    before, _, after = marked.partition("|")
    document = Document("a.sql", before + after)
    context = extract(document, len(before.encode()), language="sql", catalog=LAKE, dialect="postgres")
    assert context is not None
    return [item.text for item in items(context, LAKE)]


def test_tables_are_offered_by_the_name_that_means_them() -> None:
    assert labels("SELECT * FROM |") == ["sales.orders", "hr.orders", "hr.shifts", "customers", "seen"]
    assert labels("SELECT * FROM hr.|") == ["orders", "shifts"]
    assert labels("SELECT * FROM hr.orders AS o JOIN |")[0] == "hr.shifts ON o.shift = shifts.id"
    assert labels("SELECT o.| FROM hr.orders AS o") == ["id", "shift"]
