"""What is read from a real DuckDB file, and what is said when it cannot be read."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from understudy_knowledge.catalog import Catalog, Column, ForeignKey
from understudy_knowledge.catalog.duckdb import read_duckdb
from understudy_knowledge.catalog.engines import engine_of
from understudy_knowledge.errors import DataSourceError

duckdb = pytest.importorskip("duckdb", reason="pip install 'understudy[duckdb]'")

SHOP = """
CREATE SCHEMA sales;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, feeling mood, tags VARCHAR[], address STRUCT(city VARCHAR));
COMMENT ON TABLE customers IS 'who buys';
COMMENT ON COLUMN customers.name IS 'in full';
INSERT INTO customers VALUES (1, 'Ada', 'ok', ['a'], NULL), (2, 'Ben', 'ok', NULL, NULL), (3, 'Ada', 'sad', NULL, NULL);
CREATE TABLE sales.regions (a INTEGER, b INTEGER, PRIMARY KEY (b, a));
CREATE TABLE sales.orders (
  id INTEGER PRIMARY KEY, ra INTEGER, rb INTEGER, total DECIMAL(10, 2), placed_on DATE, secret BLOB,
  FOREIGN KEY (rb, ra) REFERENCES sales.regions (b, a)
);
INSERT INTO sales.regions VALUES (1, 2);
INSERT INTO sales.orders VALUES (1, 1, 2, 12.5, DATE '2024-01-05', 'x'), (2, 1, 2, 8, DATE '2024-02-01', NULL);
CREATE TABLE sales.customers (id INTEGER);
CREATE VIEW names AS SELECT name, count(*) AS n FROM customers GROUP BY name;
CREATE TABLE "odd ""names%" ("größe (cm)" VARCHAR);
"""


def build(path: Path, script: str) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute(script)
    return path


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return build(tmp_path / "shop.duckdb", SHOP)


def column(catalog: Catalog, table: str, name: str) -> Column:
    found = catalog.column(table, name)
    assert found is not None
    return found


def test_tables_and_views_of_every_schema(shop: Path) -> None:
    catalog = read_duckdb(shop)
    assert [(table.path, table.kind, table.rows) for table in catalog.tables] == [
        ("main.customers", "table", 3),
        ('main.odd "names%', "table", 0),
        ("sales.customers", "table", 0),
        ("sales.orders", "table", 2),
        ("sales.regions", "table", 1),
        ("main.names", "view", None),
    ]
    assert (catalog.dialect, catalog.complete) == ("duckdb", True)
    customers = catalog.table("customers")
    assert customers is not None
    assert (customers.namespace, customers.comment, customers.source) == ("main", "who buys", "shop.duckdb")
    assert [(each.name, each.type, each.nullable, each.family) for each in customers.columns] == [
        ("id", "INTEGER", False, "integer"),
        ("name", "VARCHAR", False, "text"),
        ("feeling", "ENUM('sad', 'ok')", True, "text"),
        ("tags", "VARCHAR[]", True, "text"),
        ("address", "STRUCT(city VARCHAR)", True, "unknown"),
    ]
    assert column(catalog, "customers", "name").comment == "in full"
    names = catalog.table("names")
    assert names is not None
    assert [(each.name, each.type) for each in names.columns] == [("name", "VARCHAR"), ("n", "BIGINT")]


def test_a_composite_key_keeps_its_pairs(shop: Path) -> None:
    orders = read_duckdb(shop).table("sales.orders")
    assert orders is not None
    assert orders.primary_key == ("id",)
    assert orders.foreign_keys == (ForeignKey(("rb", "ra"), "regions", ("b", "a")),)


def test_samples_are_the_most_frequent_values_first(shop: Path) -> None:
    catalog = read_duckdb(shop)
    assert column(catalog, "customers", "name").samples == ("Ada", "Ben")
    assert column(catalog, "customers", "name").samples_complete
    assert column(catalog, "customers", "feeling").samples == ("ok", "sad")
    assert column(catalog, "sales.orders", "placed_on").samples == ("2024-01-05", "2024-02-01")
    assert column(catalog, "sales.orders", "total").samples == (8, 12.5)
    assert column(catalog, "sales.orders", "secret").samples == ()


def test_without_samples_no_value_is_read(shop: Path) -> None:
    catalog = read_duckdb(shop, samples=False)
    assert all(each.samples == () for table in catalog.tables for each in table.columns)


def test_schemas_can_be_chosen_and_then_the_catalog_is_not_complete(shop: Path) -> None:
    catalog = read_duckdb(shop, schemas=("SALES",))
    assert {table.namespace for table in catalog.tables} == {"sales"}
    assert not catalog.complete


def test_a_view_over_a_file_reads_no_file(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("secret\n1\n", encoding="utf-8")
    script = f"CREATE VIEW outside AS SELECT * FROM read_csv('{(tmp_path / 'other.csv').as_posix()}')"
    path = build(tmp_path / "shop.duckdb", script)
    (tmp_path / "other.csv").unlink()
    catalog = read_duckdb(path)
    assert [table.name for table in catalog.tables] == ["outside"]


def test_the_file_is_free_again_for_whoever_writes_to_it(shop: Path) -> None:
    read_duckdb(shop)
    script = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('CREATE TABLE more (a INT)')"
    subprocess.run([sys.executable, "-c", script, str(shop)], check=True)
    assert read_duckdb(shop).table("more") is not None


def test_a_file_that_another_process_writes_to_is_said_to_be_locked(shop: Path) -> None:
    script = dedent("""
        import duckdb, sys
        connection = duckdb.connect(sys.argv[1])
        print("open", flush=True)
        sys.stdin.read()
    """)
    with subprocess.Popen(
        [sys.executable, "-c", script, str(shop)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        try:
            with pytest.raises(DataSourceError, match=r"shop\.duckdb is locked by another process; close"):
                read_duckdb(shop)
        finally:
            other.communicate()


def test_what_is_no_duckdb_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "bad.duckdb").write_bytes(b"no database at all" * 500)
    with pytest.raises(DataSourceError, match=r"bad\.duckdb is not a DuckDB database"):
        read_duckdb(tmp_path / "bad.duckdb")
    with pytest.raises(DataSourceError, match="does not exist"):
        read_duckdb(tmp_path / "none.duckdb")
    with pytest.raises(DataSourceError, match="is a folder"):
        read_duckdb(tmp_path)


def test_a_damaged_file_is_one_sentence(shop: Path) -> None:
    content = shop.read_bytes()
    shop.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with pytest.raises(DataSourceError, match=r"shop\.duckdb "):
        read_duckdb(shop)


def test_the_engine_of_a_file_is_told_by_its_content(shop: Path, tmp_path: Path) -> None:
    assert engine_of(shop.rename(tmp_path / "shop.db")) == "duckdb"
    assert engine_of(tmp_path / "not yet there.duckdb") == "duckdb"
    assert engine_of(tmp_path / "not yet there.db") == "sqlite"


def test_statements_over_its_types_can_be_analyzed(shop: Path) -> None:
    catalog = read_duckdb(shop)
    for table in catalog.tables:
        tree = exp.select("*").from_(exp.table_(table.name, db=table.namespace, quoted=True))
        schema = catalog.schema_of(tree, "duckdb")
        qualified = annotate_types(qualify(tree, schema=schema, dialect="duckdb"), schema=schema)
        assert qualified.named_selects == [each.name for each in table.columns]


def test_samples_of_a_large_table_are_counted_by_the_engine(tmp_path: Path) -> None:
    script = "CREATE TABLE t AS SELECT n, CASE WHEN n % 3 = 0 THEN 'rare' ELSE 'often' END AS word FROM range(9000) AS r (n)"
    catalog = read_duckdb(build(tmp_path / "large.duckdb", script))
    word, number = column(catalog, "t", "word"), column(catalog, "t", "n")
    assert (word.samples, word.samples_complete) == (("often", "rare"), True)
    assert (number.samples, number.samples_complete) == (tuple(range(8)), False)
