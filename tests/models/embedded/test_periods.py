"""Periods of time in a question."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from understudy_knowledge.models.embedded.periods import condition, find_periods, is_period


@pytest.mark.parametrize(
    ("question", "start", "end"),
    [
        ("Orders in 2024", "2024-01-01", "2025-01-01"),
        ("Orders in March 2024", "2024-03-01", "2024-04-01"),
        ("Orders in Dec. 2024", "2024-12-01", "2025-01-01"),
        ("Orders in Sept 2024", "2024-09-01", "2024-10-01"),
        ("Orders in May of 2024", "2024-05-01", "2024-06-01"),
        ("Orders in 2024-02", "2024-02-01", "2024-03-01"),
        ("Orders on 2024-02-29", "2024-02-29", "2024-03-01"),
        ("Orders on 2024-12-31", "2024-12-31", "2025-01-01"),
        ("Q4 2024 revenue", "2024-10-01", "2025-01-01"),
        ("Revenue in 2024 Q1", "2024-01-01", "2024-04-01"),
        ("Revenue in the second quarter of 2024", "2024-04-01", "2024-07-01"),
        ("Revenue in the 3rd quarter of 2024", "2024-07-01", "2024-10-01"),
        ("H1 2024", "2024-01-01", "2024-07-01"),
        ("the second half of 2024", "2024-07-01", "2025-01-01"),
        ("Orders since 2024", "2024-01-01", None),
        ("Orders since March 2024", "2024-03-01", None),
        ("Orders since 2024-03", "2024-03-01", None),
        ("Orders since Q2 2024", "2024-04-01", None),
        ("Orders after 2024-03-01", "2024-03-02", None),
        ("Orders after the second half of 2023", "2024-01-01", None),
        ("Orders before 2024", None, "2024-01-01"),
        ("Orders before 2024-03", None, "2024-03-01"),
        ("Orders until June 2024", None, "2024-07-01"),
        ("Customers as of 2024", None, "2025-01-01"),
        ("Orders between 2023 and 2024", "2023-01-01", "2025-01-01"),
        ("Orders from 2024 to 2023", "2023-01-01", "2025-01-01"),
        ("Orders between 2024-01-15 and 2024-03-31", "2024-01-15", "2024-04-01"),
        ("Orders from 2024-01-15 to 2024-03-31", "2024-01-15", "2024-04-01"),
        ("Orders between March 2024 and May 2024", "2024-03-01", "2024-06-01"),
        ("Orders from March 2024 through Q4 2024", "2024-03-01", "2025-01-01"),
    ],
)
def test_a_period_is_read_as_a_person_means_it(question: str, start: str | None, end: str | None) -> None:
    (period,) = find_periods(question)
    assert (period.start, period.end) == (start, end)


def test_two_periods_that_are_compared_stay_two() -> None:
    assert len(find_periods("Orders in March 2024 and March 2025")) == 2
    assert len(find_periods("Growth between categories in March 2024 and May 2025")) == 2
    assert len(find_periods("between May 2025 and March 2024")) == 2


@pytest.mark.parametrize(
    "question", ["", "Orders last year", "Product 19", "ID 202405", "room 20245", "2024-13-45", "mayor of 12"]
)
def test_what_is_no_period_of_the_calendar_is_none(question: str) -> None:
    assert find_periods(question) == ()


@pytest.mark.parametrize(
    "question", ["Lots of more than 2000 grams", "top 2000 customers", "at least 2000 bags"]
)
def test_a_number_that_is_compared_is_no_year(question: str) -> None:
    assert find_periods(question) == ()


def test_places_point_into_the_question_even_where_lowering_changes_its_length() -> None:
    question = "İstanbul İzmir in 2024"
    (period,) = find_periods(question)
    assert question[period.first : period.last].strip() == "2024"


_PARTS = st.sampled_from(
    "between and from to since before after until as of the year q1 q5 h2 first second half quarter of 2024 2023 1999 2024-02 "
    "2024-02-30 2024-00-10 2023-12-31 march mar. may sept december İ , - in 20 99 2024-13".split()
)


@given(st.one_of(st.lists(_PARTS, max_size=8).map(" ".join), st.text(max_size=60)))
def test_every_period_starts_before_it_ends_on_real_days(question: str) -> None:
    for period in find_periods(question):
        assert 0 <= period.first < period.last <= len(question)
        assert (period.start or period.end) is not None
        for day in (period.start, period.end):
            assert day is None or date.fromisoformat(day)
        if period.start and period.end:
            assert period.start < period.end


@given(st.dates(date(1950, 1, 1), date(2049, 12, 31)))
def test_a_single_day_is_one_day_long(day: date) -> None:
    (period,) = find_periods(f"on {day.isoformat()}")
    assert period.start is not None
    assert period.end is not None
    assert (date.fromisoformat(period.end) - date.fromisoformat(period.start)).days == 1
    code = condition(exp.column("ordered_on"), period)
    assert is_period(code, period.span)
