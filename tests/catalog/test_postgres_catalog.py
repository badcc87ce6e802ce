"""What is read from a real PostgreSQL server, and what is said when it cannot be read."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from understudy_knowledge.catalog import Catalog, Column, ForeignKey
from understudy_knowledge.catalog.postgres import mark_of_postgres, read_postgres
from understudy_knowledge.catalog.postgres_connection import connected
from understudy_knowledge.catalog.postgres_url import holds_secret, shown
from understudy_knowledge.errors import DataSourceError

psycopg = pytest.importorskip("psycopg", reason="pip install 'understudy[postgres]'")
if TYPE_CHECKING:
    from tests.conftest import PostgresServer
else:
    PostgresServer = Any

SHOP = """
CREATE SCHEMA sales;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE customers (
  id serial PRIMARY KEY, name varchar(40) NOT NULL, city text, is_member boolean, feeling mood, tags text[], notes jsonb
);
COMMENT ON TABLE customers IS 'who buys';
COMMENT ON COLUMN customers.city IS 'where they live';
CREATE TABLE sales.orders (
  region int, number int, customer_id int REFERENCES customers, total numeric(10, 2), placed_on date,
  PRIMARY KEY (number, region)
);
CREATE TABLE sales.lines (line int PRIMARY KEY, r int, n int, FOREIGN KEY (n, r) REFERENCES sales.orders (number, region));
CREATE TABLE sales.customers (id int);
CREATE VIEW big_orders AS SELECT number, total FROM sales.orders WHERE total > 100;
CREATE MATERIALIZED VIEW cities AS SELECT DISTINCT city FROM customers;
CREATE TABLE events (at timestamptz, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE "Odd ""Names%" ("größe (cm)" text, "%s" int);
INSERT INTO customers (name, city, is_member, feeling)
  SELECT 'name ' || n, (ARRAY['Lyon', 'Lyon', 'Graz'])[1 + n % 3], n % 2 = 0, 'ok' FROM generate_series(1, 300) AS n;
INSERT INTO sales.orders SELECT 1, n, 1, n * 1.5, date '2024-01-01' + n FROM generate_series(1, 20) AS n;
INSERT INTO "Odd ""Names%" VALUES ('klein', 7);
ANALYZE customers;
"""


@pytest.fixture(scope="module")
def shop(postgres: PostgresServer) -> PostgresServer:
    postgres.run(SHOP, "shop")
    return postgres


@pytest.fixture(autouse=True)
def _password(shop: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", shop.password)


def read(shop: PostgresServer, **options: Any) -> Catalog:
    return read_postgres(shop.url("shop"), password_env="SHOP_PASSWORD", **options)


def column(catalog: Catalog, table: str, name: str) -> Column:
    found = catalog.column(table, name)
    assert found is not None
    return found


def test_tables_views_and_comments_of_every_schema(shop: PostgresServer) -> None:
    catalog = read(shop)
    assert [(table.path, table.kind) for table in catalog.tables] == [
        ('public.Odd "Names%', "table"),
        ("public.big_orders", "view"),
        ("public.cities", "view"),
        ("public.customers", "table"),
        ("public.events", "table"),
        ("sales.customers", "table"),
        ("sales.lines", "table"),
        ("sales.orders", "table"),
    ], "partitions are their parent's"
    assert (catalog.dialect, catalog.complete, catalog.search_path, catalog.notes) == (
        "postgres",
        True,
        ("public",),
        (),
    )
    customers = catalog.table("customers")
    assert customers is not None
    assert (customers.namespace, customers.comment, customers.rows) == ("public", "who buys", 300)
    assert customers.source == f"shop on 127.0.0.1:{shop.port}"
    assert column(catalog, "customers", "city").comment == "where they live"


def test_types_nullability_and_families(shop: PostgresServer) -> None:
    customers = read(shop).table("public.customers")
    assert customers is not None
    assert [(each.name, each.type, each.nullable, each.family) for each in customers.columns] == [
        ("id", "integer", False, "integer"),
        ("name", "character varying(40)", False, "text"),
        ("city", "text", True, "text"),
        ("is_member", "boolean", True, "boolean"),
        ("feeling", "mood", True, "text"),
        ("tags", "text[]", True, "text"),
        ("notes", "jsonb", True, "text"),
    ]


def test_keys_keep_their_pairs_and_may_lead_into_another_schema(shop: PostgresServer) -> None:
    catalog = read(shop)
    orders, lines = catalog.table("orders"), catalog.table("lines")
    assert orders is not None
    assert lines is not None
    assert orders.primary_key == ("region", "number")
    assert lines.foreign_keys == (ForeignKey(("n", "r"), "orders", ("number", "region")),)
    assert orders.foreign_keys == (ForeignKey(("customer_id",), "customers", ("id",)),)
    parent = catalog.table(orders.foreign_keys[0].ref_table)
    assert parent is not None
    assert parent.namespace == "public", "not sales.customers, which has the same name"


def test_samples_come_from_the_statistics_of_an_analyzed_table(shop: PostgresServer) -> None:
    catalog = read(shop)
    city = column(catalog, "customers", "city")
    assert (city.samples, city.samples_complete) == (("Lyon", "Graz"), True)
    name = column(catalog, "customers", "name")
    assert len(name.samples) >= 8, "all values are rare; some show their form"
    assert not name.samples_complete


def test_samples_come_from_first_rows_where_nobody_analyzed(shop: PostgresServer) -> None:
    catalog = read(shop)
    odd = catalog.table('Odd "Names%')
    assert odd is not None
    assert [(each.name, each.samples) for each in odd.columns] == [("größe (cm)", ("klein",)), ("%s", (7,))]
    assert column(catalog, "sales.orders", "placed_on").samples[0] == "2024-01-02"


def test_without_samples_only_the_labels_of_enumerations_are_known(shop: PostgresServer) -> None:
    catalog = read(shop, samples=False)
    sampled = {each.name for table in catalog.tables for each in table.columns if each.samples}
    assert sampled == {"feeling"}
    assert column(catalog, "customers", "feeling").samples == ("sad", "ok", "happy")


def test_schemas_can_be_chosen_and_then_the_catalog_is_not_complete(shop: PostgresServer) -> None:
    catalog = read(shop, schemas=("sales",))
    assert {table.namespace for table in catalog.tables} == {"sales"}
    assert not catalog.complete


def test_the_mark_changes_with_a_column_and_not_with_a_row(shop: PostgresServer) -> None:
    shop.run("CREATE TABLE IF NOT EXISTS marked (a int)", "marks")

    def mark() -> str:
        return mark_of_postgres(shop.url("marks"), password_env="SHOP_PASSWORD")

    first = mark()
    shop.run("INSERT INTO marked VALUES (1)", "marks")
    assert mark() == first
    shop.run("ALTER TABLE marked ADD COLUMN b int", "marks")
    assert mark() != first


def test_nothing_can_be_written(shop: PostgresServer) -> None:
    with (
        pytest.raises(DataSourceError, match="read-only transaction"),
        connected(shop.url("shop"), password_env="SHOP_PASSWORD") as connection,
    ):
        connection.execute("CREATE TABLE mine (a int)")


def test_a_table_that_is_locked_does_not_hold_up_the_others(shop: PostgresServer) -> None:
    shop.run("CREATE TABLE held (a text); CREATE TABLE free (a text); INSERT INTO free VALUES ('x')", "locks")
    with psycopg.connect(shop.url("locks"), password=shop.password) as other:
        other.execute("LOCK TABLE held IN ACCESS EXCLUSIVE MODE")
        catalog = read_postgres(shop.url("locks"), password_env="SHOP_PASSWORD")
    assert column(catalog, "held", "a").samples == ()
    assert column(catalog, "free", "a").samples == ("x",)


def test_a_wrong_password_is_said_without_repeating_it(
    shop: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "opensesame")
    with pytest.raises(DataSourceError, match=r"refuses the login .*data\.password_env") as caught:
        read(shop)
    assert "opensesame" not in str(caught.value)


def test_an_unset_variable_is_named(shop: PostgresServer) -> None:
    with pytest.raises(DataSourceError, match="environment variable NO_SUCH is not set"):
        read_postgres(shop.url("shop"), password_env="NO_SUCH")


def test_pgpassword_is_used_as_libpq_does(shop: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", shop.password)
    assert read_postgres(shop.url("shop")).tables


def test_a_missing_database_and_a_closed_port_are_one_sentence_each(shop: PostgresServer) -> None:
    with pytest.raises(DataSourceError, match=r'nothing on 127.* cannot be read .*"nothing" does not exist'):
        read_postgres(shop.url("nothing"), password_env="SHOP_PASSWORD")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(DataSourceError, match=r"cannot be read .*refused"):
        read_postgres(f"postgresql://u@127.0.0.1:{port}/db")


def test_a_server_that_accepts_and_says_nothing_is_given_up(silent_server: int) -> None:
    with pytest.raises(DataSourceError, match=r"db on 127.* did not answer within 1 s"):
        read_postgres(f"postgresql://u@127.0.0.1:{silent_server}/db", seconds=1)


def test_a_server_that_falls_silent_later_is_given_up(shop: PostgresServer) -> None:
    # A relay that stops after the login: libpq itself would wait for ever.
    with (
        relay_that_stops(shop.port) as port,
        pytest.raises(DataSourceError, match="did not answer within 2 s"),
    ):
        read_postgres(
            f"postgresql://understudy@127.0.0.1:{port}/shop", password_env="SHOP_PASSWORD", seconds=2
        )


@pytest.mark.parametrize(
    ("url", "secret", "name"),
    [
        ("postgresql://me:pw@db.example/shop", True, "shop on db.example"),
        ("postgres://me@db.example:5433/shop?sslmode=require", False, "shop on db.example:5433"),
        ("postgresql:///shop?host=/var/run/postgresql&password=pw", True, "shop on /var/run/postgresql"),
        ("postgresql://?service=warehouse", False, "warehouse on this machine"),
        ("postgresql://me:@db.example/shop", False, "shop on db.example"),
        ("postgresql://me:pw@[::1/shop", True, "PostgreSQL"),
        ("postgresql://[::1/shop?password=pw", True, "PostgreSQL"),
    ],
)
def test_addresses_are_shown_without_secrets(url: str, secret: bool, name: str) -> None:
    assert holds_secret(url) is secret
    assert shown(url) == name


@contextmanager
def relay_that_stops(port: int) -> Iterator[int]:
    """Passes the login on, and not a byte from the server once the first query for tables was asked."""
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as opened:

        def pump(source: socket.socket, sink: socket.socket, stopped: threading.Event) -> None:
            with suppress(OSError):
                while data := source.recv(65536):
                    if b"pg_class" in data:
                        stopped.set()
                    if not stopped.is_set():
                        sink.sendall(data)

        def accept() -> None:
            with suppress(OSError):
                client = opened.enter_context(listening.accept()[0])
                server = opened.enter_context(socket.create_connection(("127.0.0.1", port)))
                stopped = threading.Event()
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=pump, args=(*ends, stopped), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]


def test_statements_over_its_types_can_be_analyzed(shop: PostgresServer) -> None:
    catalog = read(shop)
    for table in catalog.tables:
        tree = exp.select("*").from_(exp.table_(table.name, db=table.namespace, quoted=True))
        schema = catalog.schema_of(tree, "postgres")
        qualified = annotate_types(qualify(tree, schema=schema, dialect="postgres"), schema=schema)
        assert qualified.named_selects == [each.name for each in table.columns]
