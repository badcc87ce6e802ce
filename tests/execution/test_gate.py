"""The static gate, before any worker."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.execution.gate import refusal


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1;",
        "(SELECT 1) UNION SELECT 2",
        "WITH c AS (SELECT 1) SELECT * FROM c",
        "VALUES (1), (2)",
        "-- a comment; with a semicolon\nselect ';' /* ; */",
        "SELECT replace(a, 'insert', 'delete') AS \"update\" FROM t",
        "SELECT u & 1 FROM t",
        "SELECT FROM WHERE",
    ],
)
def test_queries_pass(sql: str) -> None:
    assert refusal(sql) is None


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("SELECT 1; SELECT 2", "one statement"),
        ("WITH c AS (SELECT 1) UPDATE t SET a = 1", "UPDATE"),
        ("DELETE FROM t", "'DELETE'"),
        ('"SELECT" 1', "begins with"),
        ("SELECT u&'\\0041'", "U&"),
        ("SELECT 'open", "not closed"),
        ("SELECT '\0'", "NUL"),
        (" ; ;", "no statement"),
        ("SELECT " + "1," * 60_000, "longer"),
    ],
)
def test_everything_else_gets_a_sentence(sql: str, word: str) -> None:
    reason = refusal(sql)
    assert reason is not None
    assert word in reason


@given(st.text(max_size=300))
def test_no_text_makes_the_gate_fail(text: str) -> None:
    refusal(text)
    refusal("SELECT " + text)


@pytest.mark.parametrize("piece", ["(", "NOT ", "-+", "CASE WHEN 1 THEN ", " JOIN a", "[", "'a'||"])
def test_hostile_nesting_costs_no_time(piece: str) -> None:
    started = time.process_time()
    refusal("SELECT 1 FROM a" + piece * (90_000 // len(piece)))
    assert (
        time.process_time() - started < 5
    )  # a quarter of a second; what grows with the square takes minutes
