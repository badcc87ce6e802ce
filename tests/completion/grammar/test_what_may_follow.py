"""What a grammar lets a model write at a cursor, and what it does not."""

import pytest

from understudy_knowledge.catalog.model import Catalog, Column, Table


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        ("SELECT |", "name FROM customers"),
        ("SELECT |", "customers.name, orders.total_cents FROM customers JOIN orders ON customers.customer_id = orders.customer_id"),
        ("SELECT name, |", "city FROM customers WHERE name LIKE 'a%' ORDER BY city DESC LIMIT 5"),
        ("SELECT | FROM orders", "order_id, SUM(total_cents) AS total"),
        ("SELECT COUNT(| FROM orders", "DISTINCT customer_id)"),
        ("SELECT COUNT(|) FROM orders", "*"),
        ("SELECT o.| FROM orders o", "total_cents"),
        ("SELECT na| FROM customers", "me"),
        ("select NA| from customers", "me"),
        ("SELECT name FROM |", "customers GROUP BY name HAVING COUNT(*) > 3"),
        ("SELECT name FROM customers |", "JOIN orders ON customers.customer_id = orders.customer_id WHERE orders.total_cents > 10"),
        ("SELECT c.name FROM customers c JOIN |", "orders ON c.customer_id = orders.customer_id"),
        ("SELECT c.name FROM customers c JOIN | ON c.customer_id = orders.customer_id", "orders"),
        ("SELECT name FROM customers WHERE |", "city IN ('Lyon', 'Graz') AND name IS NOT NULL"),
        ("SELECT name FROM customers WHERE city |", "BETWEEN 'A' AND 'B'"),
        ("SELECT name FROM customers WHERE city IS |", "NOT NULL"),
        ("SELECT name FROM customers WHERE city NOT |", "LIKE 'L%'"),
        ("SELECT name FROM customers WHERE city = '|", "Lyon'"),
        ("SELECT name FROM customers WHERE customer_id IN (|", "SELECT customer_id FROM orders)"),
        ("SELECT name FROM customers WHERE EXISTS (|)", "SELECT order_id FROM orders"),
        ("SELECT CASE WHEN | FROM orders", "total_cents > 5 THEN 1 ELSE 0 END AS high_total"),
        ("SELECT CASE WHEN total_cents > 5 THEN | END FROM orders", "1"),
        ("SELECT SUM(total_cents) OVER (|) FROM orders", "PARTITION BY customer_id ORDER BY ordered_on"),
        ("SELECT name FROM customers ORD|", "ER BY name"),
        ("SELECT name FROM customers GROUP |", "BY name"),
        ("SELECT name AS n FROM customers ORDER BY |", "n"),
        ("SELECT T1.name, T2.|", "total_cents FROM customers AS T1 JOIN orders AS T2 ON T1.customer_id = T2.customer_id"),
        ("WITH big AS (SELECT order_id FROM orders) SELECT |", "order_id FROM big"),
        ("WITH big AS (SELECT order_id FROM orders|", ") SELECT * FROM big"),
        ("SELECT n FROM (SELECT name AS n FROM customers|", ") AS sub"),
        ("SELECT name FROM customers WHERE customer_id BETWEEN |", "1 AND 5"),
        ("SELECT CAST(name | FROM customers", "AS TEXT)"),
        ("SELECT name FROM customers UNION SELECT |", "product FROM order_lines"),
        ("-- the cities\n|", "SELECT city FROM customers"),
    ],
)  # fmt: skip
def test_what_belongs_there_may_be_written(accepts, marked, text):
    assert accepts(marked, text)


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        ("SELECT |", "surname FROM customers"),
        ("SELECT |", "total_cents FROM customers"),
        ("SELECT name, |", "product FROM order_lines"),
        ("SELECT | FROM orders", "name"),
        ("SELECT | FROM orders", "order_id FROM orders"),
        ("SELECT o.| FROM orders o", "name"),
        ("SELECT o.| FROM orders o", "o.total_cents"),
        ("SELECT name FROM |", "orders"),
        ("SELECT name FROM |", "clients"),
        ("SELECT name FROM customers |", "JOIN orders ON customers.customer_id = orders.client_id"),
        ("SELECT customer_id FROM customers |", "JOIN orders ON customers.customer_id = orders.customer_id"),
        ("SELECT name FROM customers WHERE |", "customers.total_cents > 1"),
        ("SELECT name FROM customers WHERE |", "SUM(customer_id) > 1"),
        ("SELECT name FROM customers WHERE city = '|", "Lyon"),
        ("SELECT name FROM customers WHERE city = '|", "Ly\non'"),
        ("SELECT name FROM customers WHERE customer_id IN (|", "SELECT customer_id FROM orders"),
        ("SELECT COUNT(|) FROM orders", "*)"),
        ("SELECT COUNT(| FROM orders", "*"),
        ("SELECT CASE WHEN | FROM orders", "total_cents > 5 THEN 1"),
        ("SELECT | FROM orders WHERE total_cents > 1", "order_id WHERE order_id = 2"),
        ("SELECT name FROM customers UNION SELECT product FROM order_lines |", "ORDER BY quantity"),
        ("SELECT name FROM customers; |", "DROP TABLE customers"),
    ],
)  # fmt: skip
def test_what_does_not_belong_there_cannot_be_written(accepts, marked, text):
    assert not accepts(marked, text)


@pytest.mark.parametrize(
    "marked",
    [
        "SELECT | FROM read_csv('x.csv')",
        "SELECT | FROM nobody_knows",
        "SELECT nothing_has_this, |",
        "SELECT a FROM customers WHERE na|me = 1",
        "SELECT |name FROM customers",
        "SELECT name FROM customers WHERE city = 'Ly|on'",
        "UPDATE customers SET |",
        "SELECT EXTRACT(YEAR FROM |",
        "SELECT (name FROM customers)) |",
    ],
)
def test_where_nothing_is_certain_there_is_no_grammar(grammar_at, marked):
    assert grammar_at(marked) is None


def test_keywords_have_the_case_of_the_document(grammar_at, derivations):
    import random

    grammar = grammar_at("select name from customers |")
    words = {word for text in derivations(grammar, random.Random(1), 60) for word in text.split()}
    assert "where" in words
    assert not words & {"WHERE", "GROUP", "ORDER", "JOIN"}


def test_a_name_that_is_a_keyword_is_quoted_as_the_dialect_does():
    from understudy_server.completion.grammar.style import Style

    assert [Style(dialect, False, False).name("order") for dialect in ("sqlite", "mysql", "tsql")] == [
        '"order"',
        "`order`",
        "[order]",
    ]
    assert Style("sqlite", False, False).name("total cents") == '"total cents"'
    assert Style("postgres", False, False).name("Total") == '"Total"'
    assert Style("sqlite", False, False).name("Total") == "Total"


def test_names_are_quoted_where_the_document_quotes_them(accepts):
    assert accepts('SELECT "name", | FROM "customers"', '"city"')
    assert not accepts('SELECT "name", | FROM "customers"', "city")


def test_a_raw_string_in_single_quotes_gets_no_literal(accepts):
    marked = "db.execute(r'SELECT name FROM customers WHERE city = |')"
    assert not accepts(marked, "'Lyon'", name="q.py")
    assert accepts(marked.replace("r'", 'r"').replace("|'", '|"'), "'Lyon'", name="q.py")


def test_a_table_of_another_namespace_is_named_by_its_path(accepts):
    tables = tuple(
        Table("orders", (Column(column),), namespace=space)
        for space, column in (("main", "id"), ("archive", "old_id"))
    )
    assert accepts("SELECT old_id FROM |", "archive.orders", catalog=Catalog(tables))
    assert not accepts("SELECT old_id FROM |", "orders", catalog=Catalog(tables))
