import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.catalog.model import Catalog, Column, Table
from understudy_knowledge.models.vllm.schema_text import SchemaText, tokens_of, words


def render(catalog, about="", visible=(), budget=2000):
    return SchemaText().render(catalog, about=about, visible=visible, budget=budget)


def test_keys_comments_and_samples_are_written_as_ddl(catalog):
    text = render(catalog)
    assert "id INTEGER PRIMARY KEY," in text
    assert "customer_id INTEGER NOT NULL REFERENCES customers(id)" in text
    assert "PRIMARY KEY (order_id, line)" in text
    assert "name TEXT,  -- as printed on invoices" in text
    assert "tier TEXT  -- one of 'gold', 'it''s new'" in text
    assert "status TEXT,  -- e.g. 'paid', 'open', 'void'" in text
    assert '"placed at" TEXT' in text


def test_what_fits_keeps_the_order_of_the_catalog_whatever_is_asked(catalog):
    assert render(catalog, "order items price") == render(catalog, "customers")


def wide(count):
    return Catalog(
        tuple(Table(f"t{n:03}", tuple(Column(f"c{k}", "TEXT") for k in range(8))) for n in range(count))
    )


def test_tables_that_are_visible_or_asked_for_come_in_when_not_all_fit():
    catalog = wide(300)
    text = render(catalog, about="what is in t 250", visible=["T007"], budget=400)
    assert "CREATE TABLE t007" in text
    assert tokens_of(text) <= 400
    assert "more tables" in text


def test_what_a_wanted_table_refers_to_comes_in_before_the_rest(catalog):
    crowd = attrs.evolve(catalog, tables=(*wide(50).tables, *catalog.tables))
    text = render(crowd, visible=["order_items"], budget=160)
    assert "CREATE TABLE order_items" in text
    assert "CREATE TABLE orders" in text


def test_a_table_too_large_in_full_is_written_briefly():
    table = Table("big", tuple(Column(f"c{n}", "TEXT", comment="x" * 100) for n in range(10)))
    text = render(Catalog((table,)), budget=60)
    assert text == f"CREATE TABLE big ({', '.join(f'c{n}' for n in range(10))});"


def test_no_tables_make_no_text():
    assert render(Catalog()) == ""


@pytest.mark.parametrize("text", ["OrderItems", "order_items", "order items", "Order-Item"])
def test_words_are_the_same_however_names_are_written(text):
    assert words(text) == {"order", "item"}


@given(
    st.lists(st.tuples(st.text(max_size=30), st.text(max_size=300), st.text(max_size=60)), max_size=8),
    st.integers(0, 400),
)
def test_whatever_the_catalog_holds_the_budget_and_the_lines_hold(tables, budget):
    catalog = Catalog(
        tuple(
            Table(
                name,
                (Column(name, "TEXT", samples=(sample,), comment=comment, family="text"),),
                comment=comment,
            )
            for name, comment, sample in tables
        )
    )
    text = render(catalog, budget=budget)
    assert tokens_of(text) <= max(budget, 12)
