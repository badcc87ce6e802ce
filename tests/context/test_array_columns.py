"""What UNNEST makes of a column that is an array of structs has the struct's fields."""

import pytest

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_server.context.extract import extract
from understudy_server.context.sql.array_columns import struct_fields
from understudy_server.context.text.document import Document

CATALOG = Catalog(
    (
        Table(
            "visits",
            (
                Column("id", "INT64"),
                Column("hits", "ARRAY<STRUCT<page STRING, t INT64>>"),
                Column("tags", "ARRAY<STRING>"),
            ),
        ),
    )
)


def relations(sql: str, catalog: Catalog = CATALOG) -> dict[str, tuple[str, ...] | None]:
    before, _, after = sql.partition("¦")
    document = Document("x.sql", before + after)
    found = extract(document, len(before.encode()), language="sql", catalog=catalog, dialect="bigquery")
    assert found is not None
    return {relation.name: relation.columns for relation in found.relations}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT ¦ FROM visits v, UNNEST(v.hits) AS h",
        "SELECT ¦ FROM visits v CROSS JOIN UNNEST(hits) h",
        "SELECT ¦ FROM visits AS v LEFT JOIN UNNEST(v.hits) AS h WITH OFFSET AS o",
        "SELECT ¦ FROM visits v, v.hits h",
        "SELECT (SELECT MAX(h.¦) FROM UNNEST(v.hits) h) FROM visits v",
        "SELECT id FROM visits v WHERE EXISTS (SELECT 1 FROM UNNEST(hits) AS h WHERE ¦)",
    ],
)
def test_an_array_of_structs_has_the_fields_of_its_structs(sql: str) -> None:
    assert relations(sql)["h"] == ("page", "t")


@pytest.mark.parametrize(
    "source", ["UNNEST(v.tags)", "UNNEST([1, 2])", "UNNEST(other.hits)", "UNNEST(f(hits))"]
)
def test_what_else_is_unnested_is_one_column_of_the_alias(source: str) -> None:
    assert relations(f"SELECT ¦ FROM visits v, {source} AS h")["h"] == ("h",)


def test_a_table_of_the_file_keeps_the_commas_of_its_types() -> None:
    sql = "CREATE TABLE w (id INT64, hits ARRAY<STRUCT<page STRING, t INT64>>, n INT64);\nSELECT ¦ FROM w, UNNEST(w.hits) AS h"
    assert relations(sql) == {"w": ("id", "hits", "n"), "h": ("page", "t")}


def test_a_type_that_is_being_written_takes_the_rest_of_its_list() -> None:
    assert relations("CREATE TABLE w (id INT64, hits ARRAY<STRUCT<page STRING);\nSELECT ¦ FROM w")["w"] == (
        "id",
        "hits",
    )


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        ("ARRAY<STRUCT<page STRING, t INT64>>", ("page", "t")),
        (
            "array < struct < `a b` numeric(10, 2), inner_ STRUCT<x INT64, y INT64>, l ARRAY<STRING> > >",
            ("a b", "inner_", "l"),
        ),
        ("ARRAY<STRUCT<STRING, INT64>>", None),
        ("ARRAY<STRUCT<", None),
        ("ARRAY<STRUCT<>>", None),
        ("ARRAY<INT64>", None),
        ("STRUCT<a INT64>", None),
        ("", None),
    ],
)
def test_the_fields_of_a_type_are_those_of_its_outermost_struct(
    written: str, fields: tuple[str, ...] | None
) -> None:
    assert struct_fields(written) == fields
