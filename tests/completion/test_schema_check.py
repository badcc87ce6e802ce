"""The schema check: what passes, what is repaired once, what is not shown."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from understudy_knowledge.catalog.model import Catalog
from understudy_server.completion.schema_check import verify
from understudy_server.context.query_context import QueryContext

MakeContext = Callable[..., QueryContext]


def checked(marked: str, catalog: Catalog, make_context: MakeContext) -> str | None:
    prefix, _, rest = marked.partition("├")
    text, _, suffix = rest.partition("┤")
    found = verify(text, make_context(prefix, suffix), catalog)
    return None if found is None else f"{prefix}├{found}┤{suffix}"


@pytest.mark.parametrize(
    "marked",
    [
        "├SELECT name FROM customers┤",
        "SELECT ├o.total_cents FROM orders AS o┤",
        "SELECT name├┤ FROM customers",
        "SELECT c.name, ├SUM(o.total_cents) AS spent┤ FROM customers AS c JOIN orders AS o USING (customer_id) GROUP BY c.name ORDER BY spent",
        "├WITH big AS (SELECT customer_id FROM orders WHERE total_cents > 5) SELECT COUNT(*) FROM big┤",
        "├WITH RECURSIVE d(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM d WHERE n < 9) SELECT n FROM d┤",
        "SELECT name FROM customers AS c WHERE EXISTS (├SELECT 1 FROM orders WHERE customer_id = c.customer_id┤)",
        "├SELECT value FROM orders, json_each(orders.ordered_on)┤",
        "SELECT ├COUNT(*)┤ FROM a_table_of_mine WHERE my_column = 1",
        "SELECT my_column, ├name┤ FROM customers",
        "SELECT ├total_cents FROM orders WHERE┤) AND",
        "├SELECT Name FROM CUSTOMERS┤",
        "UPDATE orders SET ├total_cents = 0 WHERE order_id = 1┤",
    ],
)
def test_what_the_catalog_knows_passes_unchanged(
    marked: str, shop: Catalog, make_context: MakeContext
) -> None:
    if marked.endswith(") AND"):
        marked = marked.replace(" WHERE┤", "┤")
    assert checked(marked, shop, make_context) == marked


@pytest.mark.parametrize(
    ("marked", "repaired"),
    [
        ("├SELECT name FROM customer┤", "├SELECT name FROM customers┤"),
        ("SELECT ├o.total_cent FROM orders AS o┤", "SELECT ├o.total_cents FROM orders AS o┤"),
        (
            "├SELECT ordered_at, nam FROM orders JOIN customers USING (customer_id)┤",
            "├SELECT ordered_on, name FROM orders JOIN customers USING (customer_id)┤",
        ),
        (
            "├SELECT city, COUNT(*) AS buyers FROM customers GROUP BY city ORDER BY buyer┤",
            "├SELECT city, COUNT(*) AS buyers FROM customers GROUP BY city ORDER BY buyers┤",
        ),
        ("SELECT ├orders.total_cents┤ FROM orders AS o", "SELECT ├o.total_cents┤ FROM orders AS o"),
    ],
)
def test_a_name_that_is_nearly_right_is_repaired(
    marked: str, repaired: str, shop: Catalog, make_context: MakeContext
) -> None:
    assert checked(marked, shop, make_context) == repaired


@pytest.mark.parametrize(
    "marked",
    [
        "├SELECT name FROM warehouses_abroad┤",
        "SELECT ├o.weather FROM orders AS o┤",
        "├SELECT weather FROM orders┤",
        "├SELECT x.name FROM customers AS c┤",
        "├SELECT customer_id FROM orders JOIN customers ON 1 = 1┤",
        "├SELECT b.total_cents FROM (SELECT name FROM customers) AS b┤",
        "├SELECT name FROM customers WHERE┤",
        "├SELECT name FROM customers; DROP TABLE customers┤",
        "├Here is┤",
        "├PRAGMA writable_schema = 1┤",
        "├SELECT 'a FROM customers┤",
        "├┤",
    ],
)
def test_what_is_wrong_and_resembles_nothing_is_not_shown(
    marked: str, shop: Catalog, make_context: MakeContext
) -> None:
    assert checked(marked, shop, make_context) is None


def test_without_a_catalog_whatever_parses_passes(make_context: MakeContext) -> None:
    assert verify("SELECT a FROM b", make_context(), Catalog()) == "SELECT a FROM b"
    assert verify("SELECT a FROM WHERE", make_context(), Catalog()) is None


def test_a_very_deep_statement_is_not_shown_and_does_no_harm(
    shop: Catalog, make_context: MakeContext
) -> None:
    assert verify("SELECT " + "(" * 20_000 + "1" + ")" * 20_000, make_context(), shop) is None


words = st.sampled_from(
    [
        "SELECT",
        "FROM",
        "WHERE",
        "customers",
        "orders",
        "o",
        "c",
        "name",
        "total_cents",
        "nam",
        ".",
        ",",
        "(",
        ")",
        "=",
        "'x'",
        '"',
        "AS",
        "JOIN",
        "ON",
        "USING",
        "WITH",
        ";",
        "*",
        "1",
        "\n",
    ]
)


@given(st.lists(words, max_size=14).map(" ".join), st.lists(words, max_size=14).map(" ".join))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_gets_an_answer(shop: Catalog, make_context: MakeContext, prefix: str, text: str) -> None:
    verify(text, make_context(prefix), shop)


def test_a_column_of_a_qualifier_that_names_nothing_is_not_shown(make_context, shop):
    assert verify("whatever", make_context("SELECT t1."), shop) is None
    assert verify("_city", make_context("SELECT t1.a"), shop) is None
    assert verify("name FROM customers", make_context("SELECT customers."), shop) == "name FROM customers"


@pytest.mark.parametrize("sign", ["\ufffd", "\u2603", "\U0001f600", "\u2019"])
def test_a_sign_that_no_name_holds_is_not_shown(sign: str, shop: Catalog, make_context: MakeContext) -> None:
    assert checked(f"SELECT ├na{sign}me(name) (city)┤ FROM customers", shop, make_context) is None
    in_quotes = f"SELECT name FROM customers WHERE ├name = 'na{sign}me' -- {sign}┤"
    assert checked(in_quotes, shop, make_context) == in_quotes
