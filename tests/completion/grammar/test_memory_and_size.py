"""A grammar is made once for a situation, and stays small however large the catalog is."""

import random

from understudy_knowledge.catalog.model import Catalog, Column, Table
from understudy_server.completion.grammar import Grammars
from understudy_server.completion.grammar.grammars import LARGEST, LONGEST_STATEMENT
from understudy_server.context.extract import extract
from understudy_server.context.text.document import Document

TYPED = (
    "SELECT c.name, COUNT(*) AS n FROM customers AS c JOIN orders AS o ON o.customer_id = c.customer_id "
    "WHERE o.total_cents > 100 AND c.city = 'Lyon' GROUP BY c.name ORDER BY n DESC LIMIT 5"
)


def test_most_keystrokes_of_a_session_find_their_grammar_in_memory(at, shop):
    grammars = Grammars()
    for place in range(7, len(TYPED) + 1):
        grammars.text_for(at(TYPED[:place] + "|"), shop)
    assert grammars.found > 2 * grammars.made


def test_another_catalog_forgets_the_grammars_of_the_one_before(at, shop):
    grammars = Grammars()
    context = at("SELECT | FROM orders")
    grammars.text_for(context, shop)
    grammars.text_for(context, Catalog(shop.tables))
    assert (grammars.found, grammars.made) == (0, 2)


def test_a_thousand_tables_make_no_larger_a_grammar_than_a_server_reads_at_once():
    draw = random.Random(1)
    words = ("order", "customer", "line", "price", "city", "date", "stock", "store", "item", "tax")
    catalog = Catalog(
        tuple(
            Table(
                f"{draw.choice(words)}_{draw.choice(words)}_{number}",
                tuple(Column(f"{draw.choice(words)}_{column}") for column in range(50)),
            )
            for number in range(1_000)
        )
    )
    sql = "-- the price of each item in stock\nSELECT "
    context = extract(Document("q.sql", sql), len(sql), language="sql", catalog=catalog, dialect="sqlite")
    assert context is not None
    text = Grammars().text_for(context, catalog)
    assert text is not None
    assert len(text) <= LARGEST
    assert any(table.name in text for table in catalog.tables if "item" in table.name)


def test_a_statement_too_long_to_be_read_between_two_keystrokes_gets_none(at, shop):
    long = "SELECT " + ", ".join(["name"] * LONGEST_STATEMENT) + ", | FROM customers"
    assert Grammars().text_for(at(long), shop) is None


def test_behind_a_magic_of_one_line_no_line_begins():
    from understudy_server.completion.grammar.lark import Writer
    from understudy_server.completion.grammar.nodes import BREAK, Text, seq

    root = seq(Text("a"), BREAK, Text("b"))
    assert "\\n" in Writer({}).text(root)
    assert "\\n" not in Writer({}, one_line=True).text(root).split("WS:")[1]
