"""Which comments ask something: questions in any language do, directives and code that was commented out do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_server.context.extract import extract
from understudy_server.context.sql.question_lines import as_question, words_of_name
from understudy_server.context.text.document import Document


@pytest.mark.parametrize(
    "comment",
    [
        "How many orders are there?",
        "Orders per day, newest first",
        "Select the customers from Lyon",
        "select customers who live in Lyon",
        "Group by city and count",
        "order by date, then by name",
        "From here on only paid orders",
        "Update the totals of last month",
        "where do the customers live",
        "Join customers with their orders",
        "With the highest revenue first",
        "and the ones that were never paid",
        "Case when nobody paid: what then?",
        "Top 10 customers by revenue",
        "orders > 100 EUR per customer",
        "Revenue (net) by city",
        "Wie viele Bestellungen gab es im März?",
        "Kunden, die nie bestellt haben",
        "¿Cuántos pedidos hay por ciudad?",
        "Clientes sin pedidos en 2024",
        "Combien de commandes par jour ?",
        "顧客ごとの注文数",
        "每个城市的订单数量",
        "Сколько заказов в день?",
        "كم عدد الطلبات",
        "Monthly revenue; returns are left out",
        "set of customers with two orders",
        "limit to the ten newest",
        "Delete old sessions",
        "Create a list of all cities",
    ],
)
def test_words_ask(comment: str) -> None:
    assert as_question([f" {comment} "]) == comment


@pytest.mark.parametrize(
    "comment",
    [
        "SELECT name FROM customers",
        "select name, city from customers",
        "select * from orders",
        "select name from customers where city = 'Lyon'",
        "WHERE total > 5",
        "where total > 5",
        "and status = 'paid'",
        "and o.status in ('paid', 'sent')",
        "or total is not null",
        "left join orders o on o.customer_id = c.customer_id",
        "join customers c using (customer_id)",
        "group by 1, 2",
        "group by city",
        "order by total desc",
        "ORDER BY total",
        "limit 10",
        "from orders o",
        "from shop.orders",
        ", total_cents",
        "sum(total) as total,",
        "o.total,",
        "count(*)",
        "total_cents AS cents",
        "drop table if exists x",
        "insert into orders values (1)",
        "delete from orders where id = 1;",
        "update orders set total = 1",
        "create table x (id int)",
        "case when a then b end",
        "with x as (",
        ")",
        "union all",
        "having count(*) > 1",
        "cur.execute(query)",
        "rows = cur.fetchall()",
        "print(rows)",
        "return df",
        "df = df[df.total > 1]",
        "import sqlite3",
        "from x import y",
        "for row in rows:",
        "if debug:",
        "noqa: S608",
        "noqa",
        "type: ignore[arg-type]",
        "pragma: no cover",
        "nosec B608",
        "fmt: off",
        "isort: skip",
        "pyright: ignore",
        "pylint: disable=x",
        "ruff: noqa",
        "language=SQL",
        "dialect: postgres",
        "sqlfluff:dialect:bigquery",
        "coding: utf-8",
        "%% [markdown]",
        "In[3]:",
        "COMMAND ----------",
        "MAGIC %sql",
        "Databricks notebook source",
        "!/usr/bin/env python",
        "-*- mode: sql -*-",
        "TODO: faster",
        "FIXME",
        "XXX this is slow",
        "TODO(ada): index",
        "region Orders",
        "endregion",
        "migrate:up",
        "+goose Up",
        "liquibase formatted sql",
        "changeset ada:1",
        "depends_on: {{ ref('orders') }}",
        "SPDX-License-Identifier: MIT",
        "Copyright 2024 Ada",
        "https://example.com/orders",
        "=====================",
        "-----",
        "1",
        "",
        "+ BROADCAST(orders)",
        "! SET NAMES utf8",
        "vim: set ft=sql:",
        "@formatter:off",
        "begin;",
        "go",
    ],
)
def test_directives_and_code_ask_nothing(comment: str) -> None:
    assert as_question([f" {comment} "]) == ""


@pytest.mark.parametrize(
    ("comment", "question"),
    [
        ("Question 3: How many?", "How many?"),
        ("Q3. How many?", "How many?"),
        ("3) How many?", "How many?"),
        ("Frage 2: Wie viele?", "Wie viele?"),
        ("Aufgabe 4: Wie viele?", "Wie viele?"),
        ("Pregunta 1: ¿Cuántos?", "¿Cuántos?"),
        ("Exercice 7 : Combien ?", "Combien ?"),
        ("Exercise 7 - Paid orders", "Paid orders"),
        ("問題1：注文数", "注文数"),  # noqa: RUF001
        ("name: get_paid_orders :many", "get paid orders"),
        ("name: get-paid-orders^", "get paid orders"),
        ("@name paidOrders", "paid orders"),
        ("Revenue by city -- see below", "Revenue by city -- see below"),
        ("10 newest orders", "10 newest orders"),
    ],
)
def test_labels_are_no_part_of_the_question(comment: str, question: str) -> None:
    assert as_question([comment]) == question


def test_a_comment_of_many_lines_is_one_question_without_its_stars() -> None:
    assert (
        as_question(["*", " * Revenue by city,", " * best first.", " */"]) == "Revenue by city, best first."
    )


def test_a_question_goes_before_a_directive_below_it() -> None:
    assert as_question(["Revenue by city", "noqa: S608"]) == "Revenue by city"


def test_words_of_names() -> None:
    assert words_of_name("paidOrdersByCity") == "paid orders by city"
    assert words_of_name("HTTPServerErrors") == "http server errors"
    assert words_of_name("orders-per_day") == "orders per day"


def question(text: str, name: str = "a.sql") -> tuple[str, str, str]:
    """(question, source, what its span holds) at ⎸."""
    before, after = text.split("⎸")
    document = Document(name, before + after)
    context = extract(document, len(before.encode()), language="sql")
    assert context is not None
    span = context.question.span
    shown = document.text(span.start, span.end) if span else ""
    return context.question.text, context.question.source, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{# Revenue by city #}\nselect ⎸", ("Revenue by city", "comment", "{# Revenue by city #}")),
        ("{#- Revenue\n   by city -#}\nselect ⎸ from {{ ref('x') }}",
         ("Revenue by city", "comment", "{#- Revenue\n   by city -#}")),
        ("/* Umsatz je Stadt */\nSELECT ⎸", ("Umsatz je Stadt", "comment", "/* Umsatz je Stadt */")),
        ("/*+ PARALLEL(4) */\nSELECT ⎸", ("", "none", "")),
        ("-- Umsatz 😀\nSELECT ⎸", ("Umsatz 😀", "comment", "-- Umsatz 😀")),
        ("# Paid orders\nSELECT ⎸", ("Paid orders", "comment", "# Paid orders")),
        ("SELECT a -- the name\n, ⎸", ("", "none", "")),
        ("-- Paid orders\n-- noqa\nSELECT ⎸", ("Paid orders", "comment", "-- Paid orders\n-- noqa")),
    ],
)  # fmt: skip
def test_the_comment_above_a_statement_asks_from_its_place(text: str, expected: tuple[str, str, str]) -> None:
    assert question(text) == expected


def test_the_name_of_a_dbt_model_asks_where_nothing_else_does() -> None:
    model = "select ⎸ from {{ ref('stg_orders') }}"
    assert question(model, "file:///shop/models/fct_monthly_revenue.sql") == ("monthly revenue", "model", "")
    assert question(model, "shop/models/customers.sql") == ("", "none", "")
    assert question("select ⎸ from orders", "shop/fct_monthly_revenue.sql") == ("", "none", "")
    assert question("-- By city\n" + model, "models/fct_monthly_revenue.sql")[0] == "By city"


@given(st.lists(st.text(max_size=40), max_size=4))
def test_any_comment_is_one_line_or_nothing(lines: list[str]) -> None:
    found = as_question(lines)
    assert found == found.strip()
    assert "\n" not in found
