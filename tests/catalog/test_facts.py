"""understudy.facts.toml: what people wrote about a symbol stands wherever the symbol does."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from understudy_knowledge.catalog.engines import Database
from understudy_knowledge.catalog.facts import NAME, read_facts
from understudy_knowledge.catalog.keeper import Keeper
from understudy_knowledge.catalog.model import ForeignKey
from understudy_knowledge.models.vllm.schema_text import SchemaText

FACTS = """
[orders]
note = "canceled orders stay in the table"
joins = ["customer = customers.customer_id"]

[orders.total]
unit = "cents"
note = "shipping included"

[orders.Status]
values = { P = "paid", X = "canceled" }
"""


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.executescript(
            "CREATE TABLE customers (customer_id INTEGER PRIMARY KEY);"
            "CREATE TABLE orders (customer INTEGER, status TEXT, -- where it stands\n total INTEGER);"
        )
    return Keeper(tmp_path, Database("sqlite", tmp_path / "shop.db"))


def read(keeper: Keeper, text: str):
    (keeper.root / NAME).write_text(text, encoding="utf-8")
    keeper.read_database()
    return keeper.read_files()


def test_facts_go_before_the_schemas_comments_and_into_prompts(keeper: Keeper) -> None:
    catalog = read(keeper, FACTS)
    assert catalog.notes == ()
    orders = catalog.table("orders")
    assert orders is not None
    assert orders.comment == "canceled orders stay in the table"
    assert orders.foreign_keys == (ForeignKey(("customer",), "customers", ("customer_id",)),)
    assert {column.name: column.comment for column in orders.columns} == {
        "customer": "",
        "status": "P = paid, X = canceled; where it stands",
        "total": "shipping included; in cents",
    }
    prompt = SchemaText().render(catalog, about="totals", visible=(), budget=500)
    assert "in cents" in prompt
    assert "X = canceled" in prompt


def test_an_edited_fact_is_read_again_and_a_deleted_file_says_nothing(keeper: Keeper) -> None:
    read(keeper, FACTS)
    assert not keeper.refresh_files()
    (keeper.root / NAME).write_text('[orders.total]\nunit = "euros and no cents"\n', encoding="utf-8")
    assert keeper.refresh_files()
    assert keeper.catalog.column("orders", "total").comment == "in euros and no cents"
    (keeper.root / NAME).unlink()
    assert keeper.refresh_files()
    assert keeper.catalog.column("orders", "total").comment == ""
    assert keeper.catalog.table("orders").foreign_keys == ()


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("[order]\nnote = 'x'", "the schema has no order"),
        ("[orders.totals]\nunit = 'x'", "orders has no column totals"),
        ("[orders.total]\nunits = 'x'", "orders.total has note, unit, values, not units"),
        ("[orders]\nunit = 'x'", "orders has note, joins and columns, not unit"),
        ("orders = 3", "orders is no table with facts"),
        (
            "[orders]\njoins = ['customer ~ customers.customer_id']",
            "is written as `column = other_table.column`",
        ),
        ("[orders]\njoins = ['customer = clients.id']", "the schema has no clients"),
        ("[orders]\njoins = ['client = customers.customer_id']", "orders has no column client"),
        ("[orders", "cannot be read"),
    ],
)
def test_what_is_wrong_in_the_file_is_a_note_and_no_table(keeper: Keeper, text: str, note: str) -> None:
    catalog = read(keeper, text)
    assert any(note in each for each in catalog.notes), catalog.notes
    assert {table.name for table in catalog.tables} == {"orders", "customers"}
    assert catalog.table("orders").foreign_keys == ()


def test_a_file_that_is_no_text_is_a_note(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in read_facts(tmp_path / NAME).notes[0]
