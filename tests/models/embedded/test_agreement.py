"""What a question's wording asks for, held against what a statement does."""

import pytest
from sqlglot import parse_one

from understudy_knowledge.models.embedded.agreement import Disagreement, Wording
from understudy_knowledge.models.embedded.tokens import tokenize


def against(question: str, sql: str) -> Disagreement:
    return Wording.of(tokenize(question)).against(parse_one(sql, read="sqlite"))


@pytest.mark.parametrize(
    ("sign", "question", "does_not", "does"),
    [
        (
            "counts",
            "Which city is the capital?",
            "SELECT COUNT(city) FROM t",
            "SELECT city FROM t",
        ),
        ("sums", "How many points did Ida make?", "SELECT SUM(points) FROM t", "SELECT points FROM t"),
        ("averages", "What is the highest price?", "SELECT AVG(price) FROM t", "SELECT MAX(price) FROM t"),
        ("groups", "Who lives in Oslo?", "SELECT name FROM t GROUP BY city", "SELECT name FROM t"),
        ("computes", "What is the price of a lamp?", "SELECT price - 1 FROM t", "SELECT price FROM t"),
        (
            "chooses",
            "What comes from Oslo?",
            "SELECT a FROM t WHERE city IN ('Oslo', 'Bergen')",
            "SELECT a FROM t WHERE city = 'Oslo'",
        ),
        ("keys", "Who lives in Oslo?", "SELECT name, person_id FROM t", "SELECT name FROM t"),
        (
            "not_negated",
            "Which programs are not from Oslo?",
            "SELECT a FROM t WHERE city = 'Oslo'",
            "SELECT a FROM t WHERE city <> 'Oslo'",
        ),
        (
            "not_grouped",
            "The number of tweets of each user",
            "SELECT COUNT(*) FROM t",
            "SELECT name, COUNT(*) FROM t GROUP BY name",
        ),
        (
            "not_compared",
            "Which parks are larger than 100?",
            "SELECT a FROM t WHERE size = 100",
            "SELECT a FROM t WHERE size > 100",
        ),
        ("not_distinct", "Name the different cities", "SELECT city FROM t", "SELECT DISTINCT city FROM t"),
        (
            "turned",
            "Which park is the smallest?",
            "SELECT a FROM t ORDER BY size DESC LIMIT 1",
            "SELECT a FROM t ORDER BY size ASC LIMIT 1",
        ),
    ],
)
def test_a_statement_that_does_not_do_what_the_question_says_bears_a_sign(
    sign: str, question: str, does_not: str, does: str
) -> None:
    wrong, right = against(question, does_not), against(question, does)
    assert getattr(wrong, sign) > 0 == getattr(right, sign)
    assert wrong.weight < right.weight


def test_what_is_asked_for_bears_no_sign() -> None:
    assert not against("How many parks are there?", "SELECT COUNT(*) FROM parks").counts
    assert not against("Show the ids of all parks", "SELECT park_id FROM parks").keys
    assert not against("Who wasn't there?", "SELECT name FROM t WHERE NOT there").not_negated
    assert not against("The most or the least?", "SELECT MIN(a) FROM t").turned


def test_both_sides_of_a_union_count_as_one_list_of_outputs() -> None:
    assert against("Who and where?", "SELECT a, b FROM t UNION SELECT c, d FROM u").outputs == 2
