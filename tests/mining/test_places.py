"""What stands at a place of a file is found there, by any line of the query or of its question."""

import json
from typing import Any

import pytest

from understudy_knowledge.memory.records import Example
from understudy_server.mining.mined import Lines

SQL = "-- Total of orders\nSELECT SUM(a)\nFROM t;\n\n-- Names of all\nSELECT b FROM t;\nSELECT c FROM t;\n"
PYTHON = '''def totals(c):
    """Totals of orders by day."""
    return c.execute(
        "SELECT d, SUM(a) "
        "FROM t GROUP BY d"
    )


# All the names
NAMES = "SELECT b FROM t"
# Two of them
BOTH = """
-- Number of orders
SELECT COUNT(*) FROM t;
-- Number of names
SELECT COUNT(b) FROM t
"""
'''


@pytest.mark.parametrize(
    ("path", "text", "first", "last", "expected"),
    [
        ("a.sql", SQL, 1, 1, ["Total of orders"]),
        ("a.sql", SQL, 3, 3, ["Total of orders"]),
        ("a.sql", SQL, 4, 4, []),
        ("a.sql", SQL, 3, 5, ["Total of orders", "Names of all"]),
        ("a.sql", SQL, 7, 9, ["no comment, docstring or name says what it answers"]),
        ("a.py", PYTHON, 2, 2, ["Totals of orders by day."]),
        ("a.py", PYTHON, 5, 5, ["Totals of orders by day."]),
        ("a.py", PYTHON, 9, 9, ["All the names"]),
        ("a.py", PYTHON, 10, 10, ["All the names"]),
        ("a.py", PYTHON, 13, 14, ["Number of orders"]),
        ("a.py", PYTHON, 15, 16, ["Number of names"]),
        ("m.sql", "-- Orders by day\nSELECT d FROM {{ ref('t') }}\n", 2, 2, ["Orders by day"]),
    ],
)
def test_a_line_of_the_query_or_of_its_question_finds_it(
    mined: Any, path: str, text: str, first: int, last: int, expected: list[str]
) -> None:
    found = mined({path: text}).at(Lines(path, first, last))
    assert [_said(each) for each in found] == expected


def test_in_a_notebook_lines_are_those_of_the_cell(mined: Any) -> None:
    cells = (
        ("markdown", "How many orders a day?"),
        ("code", "%%sql conn\nSELECT day, COUNT(*)\nFROM orders GROUP BY day"),
        ("code", "%%sql\n-- Days of all\nSELECT day FROM orders;\n-- Orders of all\nSELECT id FROM orders"),
    )
    text = json.dumps({"cells": [{"cell_type": kind, "source": source} for kind, source in cells]})
    found = mined({"n.ipynb": text})
    assert [_said(each) for each in found.at(Lines("n.ipynb", 1, 1, cell=2))] == ["How many orders a day?"]
    assert [_said(each) for each in found.at(Lines("n.ipynb", 3, 3, cell=3))] == ["Days of all"]
    assert [_said(each) for each in found.at(Lines("n.ipynb", 4, 4, cell=3))] == ["Orders of all"]
    assert found.at(Lines("n.ipynb", 1, 99, cell=1)) == []


def test_a_query_that_stands_twice_is_one_example_at_both_places(mined: Any) -> None:
    found = mined({"a.sql": SQL, "b.sql": SQL})
    (here,), (there,) = (found.at(Lines(path, 1, 1)) for path in ("a.sql", "b.sql"))
    assert here is there


def _said(found: Any) -> str:
    return str(found.question if isinstance(found, Example) else found.reason)
