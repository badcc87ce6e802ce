"""What the report of bench teach says in words and charts: comparisons, the legend, the verdict, what a figure cannot tell."""

import re
from typing import Any

import pytest

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.memory.records import Example, GeneralInstructions, Lesson, Origin, Plan, Step
from understudy_knowledge.teaching.records import Attempt
from understudy_server.bench.teach.arm_names import ARMS, DSPY_ARMS
from understudy_server.bench.teach.charts import charts
from understudy_server.bench.teach.comparing import against_others
from understudy_server.bench.teach.curves import turn_curve
from understudy_server.bench.teach.legend import explained
from understudy_server.bench.teach.plots import arms_plot, curve_plot, reliability_plot
from understudy_server.bench.teach.spoken import in_prompt
from understudy_server.bench.teach.summary import chance, summary
from understudy_server.bench.teach.tried import Tried


def _items(count: int) -> list[Item]:
    return [
        Item(
            Example(f"q{n}", "how many", "SELECT 1", Origin("items.jsonl", n)), "sql", "shop", "test", "shop"
        )
        for n in range(count)
    ]


def _passed(*passed: bool) -> dict[str, Tried]:
    return {f"q{n}": Tried(Attempt(f"q{n}", "SELECT 1", each, "ok", "")) for n, each in enumerate(passed)}


def _arm(passed: int, n: int) -> dict[str, Any]:
    return {"passed": passed, "n": n, "interval": [0.0, 100.0 * passed / n], "with_lessons": n}


def _figures(n: int, zero: int, gained: int, lost: int, p: float, student: str = "a-model") -> dict[str, Any]:
    points = 100 * (gained - lost) / n
    rival = {"n": n, "gained": 0, "lost": 0, "points": 0.0, "interval": [0.0, 0.0], "p": 1.0}
    pair = {"n": n, "gained": gained, "lost": lost, "points": points, "interval": [0, 0], "p": p}
    return {
        "arms": {"zero": _arm(zero, n), "gi+rai": _arm(zero + gained - lost, n)},
        "paired": {"gi+rai": {**pair, "against": {"dail": rival}}},
        "settings": {"student": student, "teacher": "another-model", "rehearsal": False},
        "sides": {"tested": n},
        "learned": {"cases": {"admitted": 4}},
    }


def test_ours_is_compared_with_every_other_arm_and_not_only_with_nothing() -> None:
    arms = {
        "zero": _passed(False, False, False, True),
        "dail": _passed(True, False, False, True),
        "rai": _passed(True, True, True, False),
    }
    found = against_others("rai", _items(4), arms)
    assert list(found) == ["dail"]
    pair = found["dail"]
    assert (pair["n"], pair["gained"], pair["lost"], pair["points"], pair["p"]) == (4, 2, 1, 25.0, 1.0)
    assert pair["interval"][0] <= 25.0 <= pair["interval"][1]


@pytest.mark.parametrize("name", [*ARMS, *DSPY_ARMS])
def test_every_arm_is_explained_in_a_plain_sentence(name: str) -> None:
    assert len(explained(name).split()) > 5


def test_a_gain_is_told_in_points_and_in_how_often_chance_does_as_much() -> None:
    said = summary(_figures(100, 20, 29, 2, 4.6e-7))
    assert said["verdict"].startswith("Lessons gained 27 points (29 won, 2 lost, of 100 items")
    assert "1 time in a million" in said["verdict"]
    assert "no provable difference from dail" in said["next"]
    assert chance(0.04) == "chance alone does as much about 1 time in 25"


def test_without_a_gain_the_verdict_says_what_to_do_next() -> None:
    said = summary(_figures(40, 20, 2, 1, 1.0))
    assert said["verdict"].startswith("No gain could be shown")
    assert "test on more than 40 items" in said["next"]


def test_few_items_and_backends_that_are_no_models_and_noise_are_owned_to() -> None:
    few, embedded, noise = (
        " ".join(summary(figures)["cautions"])
        for figures in (
            _figures(12, 4, 2, 1, 1.0),
            _figures(100, 20, 20, 2, 0.001, "embedded-student-4"),
            _figures(100, 0, 1, 0, 1.0),
        )
    )
    assert "Only 12 items were tested: each is worth 8 points" in few
    assert "is no language model" in embedded
    assert "carry no meaning" in noise
    assert summary(_figures(100, 20, 20, 2, 0.001))["cautions"] == []


def test_lessons_stand_at_the_turns_that_the_run_allowed() -> None:
    arms = {"zero": _arm(1, 10), "rai": _arm(4, 10), "turns=3": _arm(4, 10)}
    assert [point["turns"] for point in turn_curve(arms, 2)] == [0, 2]
    assert [point["turns"] for point in turn_curve(arms, 6)] == [0, 3, 6]


def _curves() -> dict[str, Any]:
    point = {"percent": 0, "teacher_calls": 0, "teacher_tokens": 0, **_arm(1, 10)}
    full = {"percent": 100, "teacher_calls": 9, "teacher_tokens": 225_299, **_arm(6, 10)}
    bins = [{"relevance": 0.4, "n": 10, "with_lessons": 6, "without": 1}]
    return {
        "budget": [point, full], "order": [], "turns": [], "solved": [], "abstention": {"bins": bins, "threshold": 0.3},
    }  # fmt: skip


def test_the_curve_of_the_budget_is_over_tokens_and_owns_to_two_points() -> None:
    _, budget, _ = charts({"arms": {"zero": _arm(1, 10)}, "curves": _curves()})
    assert "teacher tokens" in budget.plot.svg
    assert "Only two points were measured" in budget.note
    assert budget.plot.svg.count('class="whisker after"') == 2


def test_charts_have_named_axes_a_legend_and_room_in_a_narrow_window() -> None:
    for chart in charts({"arms": {"zero": _arm(1, 10), "rai": _arm(5, 10)}, "curves": _curves()}):
        assert chart.legend
        assert chart.plot.table is not None
        assert "axis-name" in chart.plot.svg
        width = re.search(r'viewBox="0 0 ([\d.]+) ', chart.plot.svg)
        assert width is not None
        assert float(width[1]) <= 388
    assert arms_plot({}) is None
    assert curve_plot("one", {"after": [(0, _arm(1, 2))]}, "turns") is None


def test_the_reliability_curve_has_its_diagonal_and_its_threshold() -> None:
    plot = reliability_plot(_curves()["abstention"])
    assert plot is not None
    assert 'class="diagonal"' in plot.svg
    assert 'class="threshold"' in plot.svg
    assert "silent below 0.3" in plot.svg


def test_a_lesson_is_shown_word_for_word_as_a_prompt_holds_it() -> None:
    plan = Plan("tea sold", (Step("keep the tea", "product = 'tea'", "condition"),), "SELECT")
    lesson = Lesson("c1", "tea sold", plan, "Only this project knows tea.", "SELECT 1", 1.0, 0.5)
    catalog = Catalog((Table("sales", (Column("product"),)),))
    general = GeneralInstructions("Cancelled sales never count.")
    text = in_prompt((lesson,), catalog, general, "sqlite", "sql")
    assert "1. keep the tea: product = 'tea'" in text
    assert "Only this project knows tea." in text
    assert "Cancelled sales never count." in text
    assert "## Schema" not in text
    assert "## Question" not in text
