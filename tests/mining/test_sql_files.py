"""Commented statements of SQL files become examples."""

import hashlib
from typing import Any

import pytest


def test_the_comment_above_a_statement_is_its_question(mined: Any) -> None:
    found = mined({"q/report.sql": "-- Orders of each\n-- customer\n  SELECT a,\n         b\n  FROM t;\n"})
    (example,) = found.examples
    assert example.question == "Orders of each customer"
    assert example.gold == "SELECT a,\n       b\nFROM t"
    assert (example.origin.path, example.origin.line, example.origin.column) == ("q/report.sql", 3, 3)
    assert example.origin.kind == "sql"
    assert example.id == hashlib.sha256(f"{example.question}\0{example.gold}".encode()).hexdigest()[:12]
    assert found.skipped == ()


def test_statements_need_no_semicolon_between_comments(mined: Any) -> None:
    found = mined({"a.sql": "-- All of a\nSELECT a FROM t\n\n-- All of b\nSELECT b FROM t\n"})
    assert [example.gold for example in found.examples] == ["SELECT a FROM t", "SELECT b FROM t"]


def test_a_header_with_a_blank_line_below_is_no_question(mined: Any) -> None:
    found = mined({"a.sql": "-- Reports of the sales team\n\nSELECT a FROM t;"})
    assert not found.examples
    assert [(str(skipped.origin), skipped.reason) for skipped in found.skipped] == [
        ("a.sql:3", "no comment, docstring or name says what it answers")
    ]


def test_changes_and_definitions_are_passed_over_in_silence(mined: Any) -> None:
    text = (
        "-- make a table\nCREATE TABLE t (a INT);\n-- fill it up\nINSERT INTO t VALUES (1);\n-- tidy it up\nDELETE FROM t;\n"
        "PRAGMA foreign_keys = ON;\n-- a trigger\nCREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END;\n"
        "-- with a change\nWITH x AS (SELECT 1) DELETE FROM t;"
    )
    found = mined({"a.sql": text})
    assert found.examples == ()
    assert found.skipped == ()


def test_a_syntax_error_is_named_with_its_line(mined: Any) -> None:
    found = mined(
        {"a.sql": "-- two broken things\nSELECT a\nFROM t\nWHERE (b = ;\n\n-- all of t\nSELECT a FROM t;"}
    )
    assert len(found.examples) == 1
    (skipped,) = found.skipped
    assert skipped.origin.path == "a.sql"
    assert 2 <= skipped.origin.line <= 4
    assert skipped.reason.startswith("syntax error in sqlite: ")


@pytest.mark.parametrize(
    ("gold", "reason"),
    [
        ("SELECT * FROM WHERE a = 1", "Expected table name"),
        ("SELECT a FROM (", "Expected table name"),
        ("SELECT a FROM t WHERE", "something is missing after WHERE"),
    ],
)
def test_a_syntax_error_is_told_without_the_parsers_own_objects(mined: Any, gold: str, reason: str) -> None:
    (skipped,) = mined({"a.sql": f"-- what is asked\n{gold};"}).skipped
    assert skipped.reason == f"syntax error in sqlite: {reason}"


def test_a_broken_insert_is_told_although_no_insert_is_an_example(mined: Any) -> None:
    (skipped,) = mined({"a.sql": "INSERT INTO t VALUES (1, ;"}).skipped
    assert "syntax error" in skipped.reason


def test_thin_questions_are_skipped(mined: Any) -> None:
    found = mined(
        {"a.sql": "-- revenue\nSELECT 1;\n-- TODO make faster\nSELECT 2;\n-- SELECT a, b FROM t;\nSELECT 3;"}
    )
    assert not found.examples
    assert [skipped.reason.split(":")[0] for skipped in found.skipped] == [
        "its question is one word",
        "no comment, docstring or name says what it answers",
        "no comment, docstring or name says what it answers",
    ]


def test_parameters_need_values(mined: Any) -> None:
    found = mined({"a.sql": "-- orders of one customer\nSELECT a FROM t WHERE b = :customer;"})
    assert [skipped.reason for skipped in found.skipped] == ["needs values for its parameters"]


def test_the_same_question_with_the_same_gold_counts_once(mined: Any) -> None:
    text = "-- All of A?\nselect a\nfrom t;\n"
    found = mined(
        {"a.sql": "-- all of a\nSELECT a FROM t;", "b.sql": text, "c.sql": "-- all of a\nSELECT a FROM u;"}
    )
    assert [str(example.origin) for example in found.examples] == ["a.sql:2", "c.sql:2"]


def test_letter_case_inside_a_value_tells_two_golds_apart(mined: Any) -> None:
    found = mined(
        {
            "a.sql": "-- the open ones\nSELECT a FROM t WHERE s = 'open';\n-- the open ones\nSELECT a FROM t WHERE s = 'OPEN';"
        }
    )
    assert len(found.examples) == 2


def test_a_value_with_a_line_end_keeps_its_spaces(mined: Any) -> None:
    found = mined({"a.sql": "-- the odd value\n  SELECT 'a\n   b' AS c,\n  d FROM t;"})
    assert found.examples[0].gold == "SELECT 'a\n   b' AS c,\n  d FROM t"


def test_absurd_nesting_is_refused_instead_of_parsed(mined: Any) -> None:
    found = mined({"a.sql": "-- very deep thing\nSELECT " + "(" * 5_000 + "1" + ")" * 5_000 + ";"})
    assert [skipped.reason for skipped in found.skipped] == ["is nested more than 100 parentheses deep"]
