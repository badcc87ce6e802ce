"""What is inserted follows what was typed."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.catalog import Catalog, Column, ForeignKey, Table
from understudy_knowledge.models.embedded import EmbeddedStudent
from understudy_knowledge.models.embedded.continuation import insertion_after
from understudy_knowledge.models.roles import Relation, StudentRequest

STATEMENT = """SELECT
  c.name,
  COUNT(*) AS order_count
FROM orders AS o
JOIN customers AS c
  ON o.customer_id = c.id
WHERE
  c.region = 'New York' AND o."group" >= 10.5 AND o.note = 'it''s'
GROUP BY
  c.name"""


@pytest.fixture
def orders_catalog() -> Catalog:
    customers = Table(
        "customers", (Column("id", "INTEGER", primary_key=True), Column("region", "TEXT", family="text"))
    )
    orders = Table(
        "orders",
        (Column("id", "INTEGER", primary_key=True), Column("customer_id", "INTEGER")),
        (ForeignKey(("customer_id",), "customers", ("id",)),),
    )
    return Catalog((customers, orders))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text).lower()


def request(prefix: str, **more: Any) -> StudentRequest:
    return StudentRequest(more.pop("question", ""), more.pop("catalog", Catalog()), prefix=prefix, **more)


@given(st.integers(0, len(STATEMENT)))
def test_any_cut_of_a_statement_is_completed_to_the_statement(at: int) -> None:
    prefix = STATEMENT[:at]
    whole = prefix + insertion_after(request(prefix), STATEMENT)
    assert squeezed(whole) == squeezed(STATEMENT)
    assert "New York" in whole


@given(st.integers(0, len(STATEMENT)), st.sampled_from([str.lower, str.upper, str.title]))
def test_a_prefix_typed_in_another_case_is_followed_too(at: int, spelled: Any) -> None:
    prefix = spelled(STATEMENT[:at])
    assert squeezed(prefix + insertion_after(request(prefix), STATEMENT)) == squeezed(STATEMENT)


@given(st.text(max_size=40), st.sampled_from([STATEMENT, "", "SELECT 1"]))
def test_any_prefix_is_followed_or_left_alone(prefix: str, sql: str) -> None:
    inserted = insertion_after(request(prefix), sql)
    if inserted:
        typed = re.sub(r"--[^\n]*", "", prefix)
        assert squeezed(typed + inserted) == squeezed(sql)


@pytest.mark.parametrize(
    ("prefix", "start"),
    [
        ("select   C . name ,\n count(", "*)"),
        ("SELECT -- the customer\n  c.na", "me,"),
        ("SELECT c.name, ", "COUNT(*)"),
        ("SELECT c.name,", "\n  COUNT(*)"),
        ("SEL", "ECT"),
        ("   \n", "SELECT"),
    ],
)
def test_spaces_comments_and_half_words_are_no_obstacle(prefix: str, start: str) -> None:
    assert insertion_after(request(prefix), STATEMENT).startswith(start)


@pytest.mark.parametrize(
    "prefix",
    ["SELECT o.", "UPDATE ", "SELECT c.name c", "SELECT c.na ", "-- a comment", "SELECT c.name -- and"],
)
def test_a_prefix_that_goes_another_way_gets_nothing(prefix: str) -> None:
    assert insertion_after(request(prefix), STATEMENT) == ""


ORDERS, CUSTOMERS = Relation("o", "orders"), Relation("customers", "customers")


@pytest.mark.parametrize(
    ("prefix", "clause", "relations", "question", "text"),
    [
        ("SELECT 1, o.id FROM orders o JOIN ", "join", (ORDERS,), "by customer", "customers ON o.customer_id = customers.id"),
        ("SELECT 1, o.id FROM orders o JOIN ", "join", (ORDERS,), "how many lines", "lines ON lines.order_id = o.id"),
        ("SELECT 1 FROM customers JOIN ", "from", (CUSTOMERS,), "", "orders ON orders.customer_id = customers.id"),
        ('SELECT 1 FROM "order" o JOIN ', "from", (Relation("order", "order"),), "", 'customers ON "order".customer_id = customers.id'),
        ("SELECT 1 FROM orders o JOIN customers ON ", "on", (ORDERS, CUSTOMERS), "", "o.customer_id = customers.id"),
        ("SELECT o.status, COUNT(*) AS n, UPPER(o.id) u FROM orders o GROUP BY ", "group by", (ORDERS,), "", "o.status, UPPER(o.id) u"),
        ("SELECT 1 FROM orders o WHERE ", "where", (ORDERS,), "orders on hold", "status = 'on_hold'"),
        ("SELECT 1 FROM orders o JOIN customers WHERE o.id > 1 AND ", "where", (ORDERS, CUSTOMERS), "on hold", "o.status = 'on_hold'"),
        ("SELECT 1 FROM orders o WHERE status = 'on_hold' AND ", "where", (ORDERS,), "on hold", ""),
        ("SELECT 1 FROM orders o WHERE", "where", (ORDERS,), "on hold", ""),
        ("SELECT 1 FROM weather w JOIN ", "join", (Relation("w", "weather"),), "", ""),
        ("SELECT 1 FROM elsewhere e JOIN ", "join", (Relation("e", None),), "", ""),
    ],
)  # fmt: skip
async def test_a_statement_that_goes_its_own_way_is_continued_from_keys_and_words(
    shop: Catalog, prefix: str, clause: str, relations: tuple[Relation, ...], question: str, text: str
) -> None:
    asked = StudentRequest(question, shop, prefix=prefix, clause=clause, relations=relations)
    assert (await EmbeddedStudent().complete(asked)).text == text


@settings(max_examples=40, deadline=None)
@given(at=st.integers(0, 400), number=st.integers(0, 10**6))
async def test_a_cut_gold_statement_is_never_answered_with_what_does_not_fit(
    mined: Any, roastery: Catalog, at: int, number: int
) -> None:
    """Whatever the student inserts after half a statement, the text before the cursor stays the text before it."""
    example = mined[number % len(mined)]
    prefix = example.gold[:at]
    completion = await EmbeddedStudent().complete(StudentRequest(example.question, roastery, prefix=prefix))
    assert isinstance(completion.text, str)
    assert completion.text == "" or completion.text.strip()


async def test_a_statement_that_goes_on_after_the_cursor_gets_only_what_is_missing(
    orders_catalog: Catalog,
) -> None:
    asked = request(
        "SELECT ",
        question="Number of orders per region",
        catalog=orders_catalog,
        suffix="\nFROM orders o JOIN customers c ON c.id = o.customer_id",
        clause="select",
        relations=(Relation("o", "orders"), Relation("c", "customers")),
    )
    text = (await EmbeddedStudent().complete(asked)).text
    assert text == "c.region, COUNT(*)"


async def test_of_several_statements_one_that_fits_the_typed_words_is_taken(orders_catalog: Catalog) -> None:
    question = "Number of orders per region"
    whole = (await EmbeddedStudent().complete(request("", question=question, catalog=orders_catalog))).text
    begun = whole[: whole.index("COUNT")]
    rest = (await EmbeddedStudent().complete(request(begun, question=question, catalog=orders_catalog))).text
    assert squeezed(begun + rest) == squeezed(whole)
