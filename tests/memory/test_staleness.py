"""Shared text against the schema of the moment: what is about a column that is gone is left out, and comes back whole."""

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.memory.records import Definition, GeneralInstructions
from understudy_knowledge.memory.rules import rules_of, sentence, with_rules, without
from understudy_knowledge.memory.staleness import SharedText

REVENUE = Definition(
    "revenu",
    "SUM(orders.total)",
    "metric",
    2,
    conditions=("orders.status = 'paid'",),
    dated="orders.day",
    said="revenue",
)
OPEN = Definition("open", "tickets.closed IS NULL", "condition", 2, said="open")


def schema(*columns: str, complete: bool = True) -> Catalog:
    orders = Table("orders", tuple(Column(name, "TEXT") for name in columns))
    return Catalog((orders, Table("tickets", (Column("closed", "TEXT"),))), complete=complete)


def defined(*items: Definition) -> SharedText:
    general = GeneralInstructions("\n".join(map(sentence, items)), items)
    return SharedText(general, rules_of(general))


def test_a_definition_goes_with_any_column_that_it_names() -> None:
    shared = defined(REVENUE, OPEN)
    assert shared.fitting(schema("total", "status", "day")) == shared.general
    for columns in (("status", "day"), ("total", "day"), ("total", "status")):
        assert shared.fitting(schema(*columns)) == defined(OPEN).general


def test_free_text_goes_with_a_column_that_it_names_with_its_table() -> None:
    lines = ["- Money is `orders.total`, see e.g. docs.md", "- Be kind"]
    general = GeneralInstructions("\n".join(lines))
    shared = SharedText(general, rules_of(general))
    assert shared.fitting(schema("total")) == general
    assert shared.fitting(schema("status")).text == "- Be kind"
    assert SharedText(general, rules_of(general)).fitting(Catalog()) == general, (
        "nothing is known, nothing is missed"
    )


def test_rules_that_were_taken_out_can_be_put_back() -> None:
    shared = defined(REVENUE, OPEN)
    (revenue, _) = shared.rules
    back = with_rules(without(shared.general, [revenue]), [revenue])
    assert set(back.definitions) == {REVENUE, OPEN}
    assert sorted(back.text.splitlines()) == sorted(shared.general.text.splitlines())


def test_conditions_that_make_up_one_meaning_go_together() -> None:
    ended = Definition("complet", "orders.status = 'done'", "condition", 2, said="completed")
    long_enough = Definition("complet", "orders.minutes >= 2", "condition", 2, said="completed")
    shared = defined(ended, long_enough, OPEN)
    assert shared.fitting(schema("status", "minutes")) == shared.general
    assert shared.fitting(schema("status")) == defined(OPEN).general, "half of a meaning is another one"
