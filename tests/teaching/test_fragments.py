"""The leak guard for structure: a part of evaluation code in shared text is found, however it is spelled there."""

import pytest

from understudy_knowledge.teaching.fragments import fragments, leaked_fragments

SECRET = "SELECT ROUND(SUM(l.quantity * l.unit_price) / COUNT(DISTINCT o.id), 2) FROM lines l JOIN orders o ON o.id = l.order_id"
TAUGHT = "SELECT SUM(quantity * unit_price) FROM lines WHERE status = 'paid'"
EVALUATED, KNOWN = [(SECRET, "sqlite")], [(TAUGHT, "sqlite")]


@pytest.mark.parametrize(
    "shared",
    [
        "Average order value is ROUND(SUM(lines.quantity * lines.unit_price) / COUNT(DISTINCT orders.id), 2).",
        "The shop's average is round(sum(quantity*unit_price)/count(distinct id), 3) of a day's orders",
        "- “order value” is computed as ROUND(SUM(x.quantity * x.unit_price) / COUNT(DISTINCT y.id), 2), only where z",
    ],
)
def test_a_part_of_evaluation_code_is_found_whatever_its_spelling_and_values(shared: str) -> None:
    assert leaked_fragments(shared, EVALUATED, KNOWN)


@pytest.mark.parametrize(
    "shared",
    [
        "Revenue is SUM(quantity * unit_price), only of paid lines.",
        "Divide by COUNT(DISTINCT orders.id) for an average.",
        "lines and orders are joined by orders.id = lines.order_id",
        "",
    ],
)
def test_small_parts_and_parts_that_were_taught_are_no_leak(shared: str) -> None:
    assert not leaked_fragments(shared, EVALUATED, KNOWN)


def test_a_part_that_a_taught_example_has_too_is_no_secret() -> None:
    shared = "ROUND(SUM(quantity * unit_price) / COUNT(DISTINCT id), 2)"
    assert not leaked_fragments(shared, EVALUATED, [(SECRET.replace("2)", "1)"), "sqlite")])


@pytest.mark.parametrize("code", ["", "SELECT", "not sql at all (", "SELECT " + "(" * 500 + "1" + ")" * 500])
def test_code_that_does_not_parse_has_no_parts(code: str) -> None:
    assert fragments(code) == frozenset()
