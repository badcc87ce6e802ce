"""Files that FROM names by their path are relations with the columns of their header, and are called as DuckDB calls them."""

import pytest

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_server.context.extract import extract
from understudy_server.context.query_context import VisibleRelation
from understudy_server.context.text.document import Document

CATALOG = Catalog(
    (
        Table("s", (Column("id"), Column("v")), source="s.csv"),
        Table("x", (Column("p"), Column("q")), source="data/x.parquet"),
        Table("plain", (Column("a"),), source="schema.sql"),
    )
)


def relations(sql: str) -> tuple[VisibleRelation, ...]:
    before, _, after = sql.partition("¦")
    document = Document("x.sql", before + after)
    found = extract(document, len(before.encode()), language="sql", catalog=CATALOG, dialect="duckdb")
    assert found is not None
    return found.relations


@pytest.mark.parametrize(
    ("item", "name", "table", "columns"),
    [
        ("'s.csv'", "s", "s", ("id", "v")),
        ('"s.csv"', "s", "s", ("id", "v")),
        ("'data/x.parquet' AS t", "t", "x", ("p", "q")),
        ("'data/x.parquet'", "x", "x", ("p", "q")),
        ("'elsewhere/a.b.csv.gz'", "a", "elsewhere/a.b.csv.gz", None),
        ("'plain.csv'", "plain", "plain.csv", None),
        ("'data/*.csv'", "data/*.csv", "data/*.csv", None),
    ],
)
def test_a_file_is_called_by_its_name_and_has_the_columns_of_its_header(
    item: str, name: str, table: str, columns: tuple[str, ...] | None
) -> None:
    assert relations(f"SELECT ¦ FROM {item}") == (VisibleRelation(name, table, columns),)


@pytest.mark.parametrize(
    ("item", "name", "columns"),
    [
        ("read_csv_auto('s.csv')", "read_csv_auto", ("id", "v")),
        ("read_csv('s.csv', delim = ';', header = true) r", "r", ("id", "v")),
        ("read_parquet('data/x.parquet')", "read_parquet", ("p", "q")),
        ("read_csv('s.csv', header = false)", "read_csv", None),
        ("read_csv('s.csv', columns = {'a': 'INT'})", "read_csv", None),
        ("read_csv('none.csv')", "read_csv", None),
        ("read_csv(path)", "read_csv", None),
        ("other('s.csv')", "other", None),
    ],
)
def test_a_call_that_reads_a_file_has_the_columns_of_its_header_unless_its_options_give_others(
    item: str, name: str, columns: tuple[str, ...] | None
) -> None:
    assert relations(f"SELECT ¦ FROM {item}") == (VisibleRelation(name, None, columns, "function"),)


def test_the_star_of_a_file_stands_for_its_columns() -> None:
    found = relations("SELECT ¦ FROM (SELECT * FROM 's.csv') AS d")
    assert found == (VisibleRelation("d", None, ("id", "v"), "subquery"),)
