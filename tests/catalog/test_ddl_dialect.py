"""DDL says which dialect it is in by what only one engine has; plain DDL says nothing."""

from pathlib import Path

import pytest

from understudy_knowledge.catalog.ddl_dialect import dialect_of_ddl
from understudy_knowledge.catalog.discover import discover

POSTGRES = """CREATE TYPE status AS ENUM ('new', 'paid');
CREATE TABLE customers (id bigserial PRIMARY KEY, name text NOT NULL, joined timestamptz);
CREATE TABLE orders (id bigserial PRIMARY KEY, customer_id bigint REFERENCES customers, meta jsonb, status status);
"""
MYSQL = "CREATE TABLE `orders` (`id` int(11) NOT NULL AUTO_INCREMENT, `at` datetime) ENGINE=InnoDB;\n"


@pytest.mark.parametrize(
    ("ddl", "dialect"),
    [
        (POSTGRES, "postgres"),
        ("create table t (a int, at timestamptz);", "postgres"),
        ("create table t (a serial primary key, b varchar(20));", "postgres"),
        (MYSQL, "mysql"),
        ("create table t (a int unsigned, b enum('x', 'y'));", "mysql"),
        ("create table t (v variant, at timestamp_ntz) cluster by (at);", "snowflake"),
        ("create or replace table t (id number(38, 0), name string);", "snowflake"),
        ("create table `p.d.t` (id int64, name string) options (description = 'x');", "bigquery"),
        ("create table t (id bigint, tags array<string>) using delta partitioned by (day);", "spark"),
        ("CREATE TABLE [dbo].[Orders] ([Id] int IDENTITY(1,1) NOT NULL, [Name] nvarchar(50));", "tsql"),
        ("create table t (id bigint identity(0, 1), at timestamptz) distkey (id) sortkey (at);", "redshift"),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);", "sqlite"),
        ("create table t as select * from read_csv('x.csv');", "duckdb"),
        ("create table t (id hugeint, tags varchar[]);", "duckdb"),
    ],
)
def test_what_one_engine_has_says_the_dialect(ddl: str, dialect: str) -> None:
    assert dialect_of_ddl(ddl) == dialect


@pytest.mark.parametrize(
    "ddl",
    [
        "",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL, at TIMESTAMP);",
        "CREATE TABLE t (note TEXT DEFAULT 'ENGINE=InnoDB'); -- jsonb, AUTO_INCREMENT",
        "CREATE TYPE status AS ENUM ('a', 'b');",
        "ALTER TABLE t RENAME COLUMN owner TO holder;",
        "CREATE TABLE variant (inet TEXT, variant_id INT);",
    ],
)
def test_what_many_engines_have_says_nothing(ddl: str) -> None:
    assert dialect_of_ddl(ddl) == ""


def test_the_catalog_says_what_its_ddl_is_written_in(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text(POSTGRES, "utf-8")
    (tmp_path / "plain.sql").write_text("CREATE TABLE plain (x INT);", "utf-8")
    assert discover(tmp_path).written_in == "postgres"
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "schema.sql").write_text(MYSQL, "utf-8")
    assert discover(tmp_path).written_in == "postgres"


def test_ddl_in_two_dialects_says_neither(tmp_path: Path) -> None:
    (tmp_path / "one.sql").write_text(POSTGRES, "utf-8")
    (tmp_path / "two.sql").write_text(MYSQL * 3, "utf-8")
    assert discover(tmp_path).written_in == ""


def test_a_text_of_quotes_and_backslashes_is_read_through() -> None:
    assert dialect_of_ddl("'\\" * 40_000) == ""


def test_templates_of_many_dialects_say_none(tmp_path: Path) -> None:
    macro = "{% macro make(t) %} create table {{ t }} using delta tblproperties (a = 'b') {% endmacro %}"
    (tmp_path / "macro.sql").write_text(macro, "utf-8")
    assert discover(tmp_path).written_in == ""


def test_migrations_say_it_together(tmp_path: Path) -> None:
    (tmp_path / "V1__a.sql").write_text(POSTGRES, "utf-8")
    (tmp_path / "V2__b.sql").write_text("ALTER TABLE orders ADD COLUMN note text;", "utf-8")
    catalog = discover(tmp_path)
    assert catalog.written_in == "postgres"
    assert catalog.column("orders", "note") is not None
