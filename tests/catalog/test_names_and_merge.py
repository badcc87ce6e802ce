"""Which table a name means, and what several sources make of one table."""

import pytest
import sqlglot
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from sqlglot.optimizer.qualify import qualify

from understudy_knowledge.catalog import Catalog, Column, ForeignKey, Table, merge
from understudy_knowledge.catalog.merge import resolve_keys


def table(path: str, *columns: str, **rest: object) -> Table:
    namespace, _, name = path.rpartition(".")
    made = tuple(Column(column, "INT") for column in columns or ("id",))
    return evolve(Table(name, made, namespace=namespace), **rest)  # type: ignore[arg-type]


def catalog(*tables: Table, **rest: object) -> Catalog:
    return evolve(Catalog(tables), **rest)  # type: ignore[arg-type]


SHOP = catalog(
    table("hr.orders", "a"), table("public.orders", "b"), table("lake.sales.orders", "c"), table("hr.staff")
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("orders", "public.orders"),
        ("ORDERS", "public.orders"),
        ("hr.orders", "hr.orders"),
        ("HR.Orders", "hr.orders"),
        ("sales.orders", "lake.sales.orders"),
        ("lake.sales.orders", "lake.sales.orders"),
        ("shop.hr.orders", "hr.orders"),
        ("staff", "hr.staff"),
        ("public.staff", None),
        ("lake.orders", None),
        ("", None),
        (".orders", None),
    ],
)
def test_a_path_means_the_table_whose_namespace_ends_alike(name: str, found: str | None) -> None:
    known = SHOP.table(name)
    assert (known.path if known else None) == found


def test_a_bare_name_prefers_the_search_path_then_the_default_namespaces_then_the_order() -> None:
    assert [each.path for each in SHOP.tables_named("orders")] == [
        "public.orders",
        "hr.orders",
        "lake.sales.orders",
    ]
    searched = evolve(SHOP, search_path=("sales", "hr"))
    assert [each.path for each in searched.tables_named("orders")] == [
        "lake.sales.orders",
        "hr.orders",
        "public.orders",
    ]


def test_a_table_of_which_nobody_said_the_namespace_fits_any() -> None:
    plain = catalog(table("orders"))
    assert plain.table("main.orders") is plain.tables[0]
    dotted = catalog(table("orders"), Table("my.orders", (Column("x"),)))
    assert dotted.table("my.orders") is dotted.tables[1], "dots may be part of a name"


def test_a_table_is_called_by_its_bare_name_only_where_that_means_it() -> None:
    assert [SHOP.called(each) for each in SHOP.tables] == [
        "hr.orders",
        "orders",
        "lake.sales.orders",
        "hr.staff",
    ]


names = st.sampled_from(("a", "b", "A", "a.b", ""))
paths = st.lists(
    st.tuples(names.filter(bool), names),
    max_size=6,
    unique_by=lambda each: (each[0].lower(), each[1].lower()),
)


@given(paths)
def test_every_table_is_found_by_its_path(made: list[tuple[str, str]]) -> None:
    known = Catalog(tuple(Table(name, (Column("x"),), namespace=namespace) for name, namespace in made))
    for each in known.tables:
        same = [other for other in known.tables if other.path.lower() == each.path.lower()]
        assert known.table(each.path) in same


@given(paths, paths)
def test_merging_twice_is_merging_once(one: list[tuple[str, str]], other: list[tuple[str, str]]) -> None:
    first, second = (
        Catalog(tuple(Table(name, (Column("x"),), namespace=namespace) for name, namespace in made))
        for made in (one, other)
    )
    merged = merge(first, second)
    assert merge(merged, second).tables == merged.tables
    assert {each.path.lower() for each in merge(first).tables} <= {each.path.lower() for each in first.tables}


def test_names_that_differ_in_case_or_default_namespace_are_one_table() -> None:
    live = catalog(table("public.Orders", "id"), complete=True)
    ddl = catalog(table("orders", "id", comment="what was sold"))
    merged = merge(live, ddl, catalog(table("shop.public.ORDERS", "id")))
    assert [(each.path, each.comment) for each in merged.tables] == [("shop.public.Orders", "what was sold")]
    assert merged.complete


def test_tables_of_two_schemas_stay_two() -> None:
    merged = merge(
        catalog(table("sales.orders", "a"), table("hr.orders", "b")), catalog(table("hr.orders", "c"))
    )
    assert [each.path for each in merged.tables] == ["sales.orders", "hr.orders"]
    assert [column.name for column in merged.tables[1].columns] == ["b"]


def test_a_bare_name_in_a_file_is_the_only_table_of_that_name_in_the_database() -> None:
    live = catalog(table("sales.orders", source="shop"), complete=True)
    ddl = catalog(table("orders", comment="what was sold"))
    assert [(each.path, each.comment) for each in merge(live, ddl).tables] == [
        ("sales.orders", "what was sold")
    ]
    archive = catalog(table("archive.orders"))
    assert [each.path for each in merge(ddl, archive).tables] == ["orders", "archive.orders"], (
        "two files, two tables"
    )


def test_a_source_that_need_not_list_all_columns_is_completed_by_the_next() -> None:
    manifest = catalog(
        evolve(
            table("orders", "total", partial=True, source="manifest.json"),
            columns=(Column("total", comment="with tax"),),
        )
    )
    ddl = catalog(table("orders", "id", "total", source="schema.sql"))
    merged = merge(manifest, ddl).tables[0]
    assert [(column.name, column.type, column.comment, column.source) for column in merged.columns] == [
        ("id", "INT", "", "schema.sql"),
        ("total", "INT", "with tax", ""),
    ]
    assert (merged.partial, merged.source, merged.also) == (False, "manifest.json", ("schema.sql",))


def test_a_column_that_only_a_later_source_has_is_not_added_to_a_live_table() -> None:
    merged = merge(
        catalog(table("orders", "id", source="shop.db")),
        catalog(table("orders", "id", "old", source="x.sql")),
    )
    assert [column.name for column in merged.tables[0].columns] == ["id"]
    assert merged.tables[0].also == (), "x.sql gave nothing"


def test_keys_lead_to_the_neighbor_in_the_same_namespace_first() -> None:
    key = ForeignKey(("id",), "staff", ("id",))
    made = catalog(
        table("public.staff"),
        table("hr.staff"),
        table("hr.visits", foreign_keys=(key,)),
        table("public.shifts", foreign_keys=(key, ForeignKey(("id",), "nowhere", ("id",)))),
    )
    resolved = resolve_keys(made)
    assert [each.foreign_keys for each in resolved.tables[2:]] == [
        (ForeignKey(("id",), "hr.staff", ("id",)),),
        (key,),
    ]


def test_the_schema_of_a_statement_has_each_table_as_it_is_written() -> None:
    for sql, columns in (
        ("SELECT * FROM orders", ["b"]),
        ("SELECT * FROM hr.orders", ["a"]),
        ("SELECT * FROM hr.orders JOIN staff ON TRUE", ["a", "id"]),
        ("SELECT * FROM public.orders AS o, hr.orders AS p", ["b", "a"]),
    ):
        tree = sqlglot.parse_one(sql, read="postgres")
        qualified = qualify(tree, schema=SHOP.schema_of(tree, "postgres"), dialect="postgres")
        assert [column.alias for column in qualified.selects] == columns, sql


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", 'SELECT "Id", total FROM "Orders" WHERE "Id" > 1'),
        ("postgres", "SELECT id, Total FROM orders"),
        ("duckdb", 'SELECT o."Id" FROM "Orders" AS o'),
        ("mysql", "SELECT id, `TOTAL` FROM Orders"),
        ("snowflake", "SELECT id, o.total FROM shop.Orders AS o"),
        ("bigquery", "SELECT id, o.Total FROM `lake.shop.Orders` AS o"),
        ("tsql", "SELECT [Id], total FROM [dbo].[Orders]"),
    ],
)
def test_names_resolve_however_they_are_quoted_and_spelled(dialect: str, sql: str) -> None:
    known = catalog(Table("Orders", (Column("Id", "INT"), Column("total", "numeric(10,2)"))))
    tree = sqlglot.parse_one(sql, read=dialect)
    qualified = qualify(tree.copy(), schema=known.schema_of(tree, dialect), dialect=dialect)
    assert all(column.table for column in qualified.find_all(sqlglot.exp.Column))


def test_the_version_tells_namespaces_apart_and_is_as_it_was_without_them() -> None:
    assert catalog(table("a.t")).version != catalog(table("b.t")).version
    assert catalog(table("t", "x")).version == "d9bda8138e202afc"
