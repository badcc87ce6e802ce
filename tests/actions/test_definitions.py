"""A name leads to where it is defined: in its statement, in the file that makes the table, nowhere where only a database says it."""

from pathlib import Path
from typing import Any

import pytest

from understudy_knowledge.catalog.model import Catalog, Column, Table
from understudy_server.actions.definitions import definition, model_file, read_file, referenced_model

DDL = """\
-- CREATE TABLE parcels is made below
CREATE TABLE IF NOT EXISTS "ship"."parcels" (
  parcel_id INTEGER,
  weight REAL
);
create or replace view heavy as select * from parcels;
"""
CATALOG = Catalog(
    tables=(
        Table("parcels", (Column("parcel_id", "INTEGER"), Column("weight", "REAL")), source="schema.sql"),
        Table("heavy", (Column("weight", "REAL"),), source="schema.sql:6", kind="view"),
        Table("customers", (Column("name", "TEXT"),), source="shop.db"),
    )
)


@pytest.mark.parametrize(
    ("marked", "language", "leads_to"),
    [
        ("WITH ^big AS (SELECT 1 AS n) SELECT n FROM bi|g", "sql", "big"),
        ("WITH ^big AS (SELECT 1 AS n) SELECT big|.n FROM big", "sql", "big"),
        ("WITH ^a(n) AS (SELECT 1), b AS (SELECT n FROM a|) SELECT n FROM b", "sql", "a"),
        ("WITH b AS (SELECT 1 AS ^n) SELECT b.n| FROM b", "sql", "n"),
        ("WITH b(^n) AS (SELECT 1) SELECT n| FROM b", "sql", "n"),
        ("WITH RECURSIVE ^r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM |r) SELECT n FROM r", "sql", "r"),
        ("WITH ^parcels AS (SELECT 1 AS n) SELECT n FROM parcels|", "sql", "parcels"),
        ("SELECT p|.weight FROM parcels AS ^p", "sql", "p"),
        ("SELECT p|.weight FROM parcels ^p WHERE p.weight > 1", "sql", "p"),
        ("SELECT d|.n FROM (SELECT 1 AS n) AS ^d", "sql", "d"),
        ("SELECT d.n| FROM (SELECT 1 AS ^n) AS d", "sql", "n"),
        (
            "SELECT 1;\nSELECT p.weight FROM parcels AS ^p JOIN heavy AS h ON h.weight = p|.weight;",
            "sql",
            "p",
        ),
        ("f('SELECT \\'é\\', p|.weight '\n  'FROM parcels AS ^p')", "python", "p"),
    ],
)
def test_what_the_statement_defines_is_found_in_it(
    read_at: Any, marked: str, language: str, leads_to: str
) -> None:
    expected = len(marked.partition("^")[0].replace("|", "").encode())
    text = marked.replace("^", "")
    found = definition(read_at(text, language, CATALOG), CATALOG, Path("/w"), lambda path: None)
    assert found is not None
    assert found.path is None
    assert (found.span.start, found.span.end) == (expected, expected + len(leads_to))


@pytest.mark.parametrize(
    ("marked", "line", "name"),
    [
        ("SELECT * FROM par|cels", 1, "parcels"),
        ("SELECT * FROM ship.par|cels", 1, "parcels"),
        ("INSERT INTO par|cels (weight) VALUES (1)", 1, "parcels"),
        ("SELECT wei|ght FROM parcels", 3, "weight"),
        ("SELECT p.wei|ght FROM parcels AS p", 3, "weight"),
        ("SELECT * FROM hea|vy", 5, "heavy"),
    ],
)
def test_a_table_and_its_columns_lead_to_the_file_that_makes_them(
    read_at: Any, tmp_path: Path, marked: str, line: int, name: str
) -> None:
    (tmp_path / "schema.sql").write_text(DDL)
    found = definition(read_at(marked, catalog=CATALOG), CATALOG, tmp_path, read_file)
    assert found is not None
    assert found.path == tmp_path / "schema.sql"
    assert DDL[found.span.start : found.span.end] == name
    assert DDL.count("\n", 0, found.span.start) == line


@pytest.mark.parametrize(
    "marked",
    [
        "SELECT * FROM cust|omers",
        "SELECT nothing| FROM parcels",
        "SELECT * FROM no|where",
        "SEL|ECT 1",
        "SELECT 'par|cels' FROM parcels",
    ],
)
def test_what_only_a_database_says_or_nobody_leads_nowhere(read_at: Any, tmp_path: Path, marked: str) -> None:
    (tmp_path / "schema.sql").write_text(DDL)
    (tmp_path / "shop.db").write_bytes(b"SQLite format 3\0")
    context = read_at(marked, catalog=CATALOG)
    assert context is None or definition(context, CATALOG, tmp_path, read_file) is None


@pytest.mark.parametrize(
    ("line", "model"),
    [
        ("FROM {{ ref('da|ily') }}", "daily"),
        ('FROM {{ ref("shop", "da|ily") }}', "daily"),
        ("FROM {{ re|f( 'daily' ) }} JOIN {{ ref('other') }}", "daily"),
        ("FROM {{ ref('daily') }} JOIN {{ ref('o|ther') }}", "other"),
        ("FROM {{ source('raw', 'da|ily') }}", None),
        ("FROM da|ily", None),
    ],
)
def test_a_reference_leads_to_its_model(line: str, model: str | None) -> None:
    before, _, after = line.partition("|")
    assert referenced_model((before + after).encode(), len(before)) == model
    found = model_file(model or "", ("models/daily.sql", "seeds/other.csv"), Path("/w"))
    assert (found.path if found else None) == {
        "daily": Path("/w/models/daily.sql"), "other": Path("/w/seeds/other.csv"),
    }.get(model or "")  # fmt: skip
