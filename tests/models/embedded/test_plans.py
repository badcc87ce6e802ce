"""The code in a plan's steps: read, written, compared, put together as a skeleton."""

import pytest
from sqlglot import parse_one
from sqlglot.expressions import Ordered, Select

from understudy_knowledge.memory.records import Hole, Plan, Step
from understudy_knowledge.models.embedded.plans import filled, match, parse_code, sketch_of
from understudy_knowledge.models.embedded.sketch import parse


@pytest.mark.parametrize(
    "code",
    [
        "orders.total",
        "SUM(lines.quantity * products.price) / 100.0",
        "orders.status IN ('shipped', 'it''s')",
        "NOT orders.status IN ('shipped')",
        "orders.total BETWEEN 1 AND 2",
        "orders.customer_id IS NULL",
        "CASE WHEN orders.total > 1 THEN 'a' ELSE 'b' END",
        "STRFTIME('%Y-%m', orders.ordered_on)",
        "EXISTS(SELECT 1 FROM orders AS o WHERE o.id = 1)",
        "orders.total DESC",
        "SUM(orders.total) DESC",
        "withdrawals.status",
        "withdrawals.amount DESC",
        "selections.made_on >= '2024-01-01'",
        "orders.name = 'X DESC'",
        "10",
        "SELECT * FROM orders JOIN lines ON lines.order_id = orders.id",
        "WITH a AS (SELECT 1) SELECT 1",
    ],
)
def test_code_of_a_step_is_read_as_it_is_written(code: str) -> None:
    tree = parse_code(code)
    assert tree is not None
    assert tree.sql(dialect="sqlite") == code
    assert isinstance(tree, Ordered) == code.endswith(" DESC")
    assert isinstance(tree, Select) == code.startswith(("SELECT ", "WITH "))
    assert tree.parent is None


@pytest.mark.parametrize("code", ["", "   ", "(", "SELECT FROM WHERE", "a b c d", "x; DROP TABLE y"])
def test_what_does_not_parse_is_no_code(code: str) -> None:
    assert parse_code(code) is None


def test_match_finds_what_stands_in_the_holes() -> None:
    template = parse_one(":h1 >= :h2", dialect="sqlite")
    found = match(template, parse_one("orders.total >= 10"))
    assert found is not None
    assert {name: code.sql() for name, code in found.items()} == {"h1": "orders.total", "h2": "10"}


@pytest.mark.parametrize("code", ["orders.total > 10", "orders.total >= 10 OR 1 = 1", "orders.total"])
def test_match_refuses_code_that_differs_outside_the_holes(code: str) -> None:
    assert match(parse_one(":h1 >= :h2", dialect="sqlite"), parse_one(code)) is None


def test_a_pinned_hole_wins_over_a_value_and_a_value_over_what_a_success_had() -> None:
    hole = Hole("h1", "value", "a value", filled="1")
    step = Step("Keep some.", "orders.total > :h1", "condition", (hole,))
    value = {"h1": parse_one("2")}
    pinned = Step("Keep some.", "orders.total > :h1", "condition", (Hole("h1", "value", "", pinned="3"),))
    assert filled(step, {}).sql() == "orders.total > 1"
    assert filled(step, value).sql() == "orders.total > 2"
    assert filled(pinned, value).sql() == "orders.total > 3"


def test_steps_that_stay_open_are_left_out_and_without_outputs_there_is_no_sketch() -> None:
    output = Step("Show it.", "orders.status", "dimension")
    unfilled = Step("Keep some.", ":h1", "condition", (Hole("h1", "expression", "a condition"),))
    broken = Step("Keep some.", "((", "condition")
    unknown = Step("Dance.", "1", "dance")
    sketch = sketch_of(Plan("q", (output, unfilled, broken, unknown), ""), {})
    assert sketch is not None
    assert sketch.conditions == ()
    assert sketch_of(Plan("q", (unfilled,), ""), {}) is None
    assert sketch_of(Plan("q", (), ""), {}) is None


def test_every_skeleton_parses_with_its_placeholders(explored) -> None:
    for item in explored:
        for plan in item.plans:
            tree = (
                parse(plan.skeleton, "sqlite")
                if plan.steps[0].clause != "whole"
                else parse_code(plan.skeleton)
            )
            assert tree is not None, plan.skeleton
            for hole in plan.holes:
                shown = f":{hole.id}" if hole.pinned is None else ""
                assert shown in plan.skeleton, (hole, plan.skeleton)
