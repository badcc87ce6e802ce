"""The files that keystrokes are measured in are what they are said to be, and the measurement runs."""

import ast

import pytest

from understudy_server.bench.context.keystroke import KINDS, Kind, Typist, measure
from understudy_server.bench.context.long_files import places_of_sql, python_file, sql_file
from understudy_server.bench.part import Terms


def test_the_python_file_has_ten_thousand_lines_of_python_and_two_hundred_queries() -> None:
    text = python_file(10_000, 200, 0)
    assert len(text.splitlines()) == 9_999
    reports = [each for each in ast.parse(text).body if getattr(each, "name", "").startswith("report_")]
    assert len(reports) == 200


def test_the_sql_file_has_a_hundred_kilobytes_in_five_hundred_statements() -> None:
    text = sql_file(500, 0)
    assert 85_000 < len(text) < 115_000
    assert text.count(";\n\n") == 500
    assert ";" not in sql_file(500, 0, end="").replace("it''s", "")


def test_files_are_the_same_for_the_same_seed() -> None:
    assert python_file(1_000, 20, 1) == python_file(1_000, 20, 1) != python_file(1_000, 20, 2)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_typed_is_taken_back(kind: Kind) -> None:
    typist = Typist(kind, 1_000, 3)
    text = typist.document.text()
    for _ in range(60):
        typist.step()
    while typist.document.text() != text:
        typist.step()
        assert len(typist.edit_seconds) < 200
    assert typist.found > 20


def test_most_places_of_sql_are_known_as_such() -> None:
    typist = Typist(KINDS[0], 1_000, 0)
    places = places_of_sql(typist.document.text())
    found = [typist.context_at(place) for place in places]
    assert sum(getattr(context, "region", "") == "python-string" for context in found) > 0.9 * len(places)


def test_the_measurement_says_what_each_goal_came_to() -> None:
    part = measure(Terms(limit=9))
    assert {line.goal for line in part.lines} >= {"≤ 0.5 ms", "≤ 3 ms", "does not grow"}
    assert part.figures["SQL"]["keystrokes"] == 9
    assert 0 < sum(part.figures["Python"]["stages"].values()) <= 1.01
