"""The orchestration loop for one example."""

import pytest

from understudy_knowledge.errors import DataSourceError
from understudy_knowledge.models.embedded import EmbeddedStudent, EmbeddedTeacher
from understudy_knowledge.teaching.exploring import Explorer
from understudy_knowledge.teaching.workbench import Workbench

GOLD = "SELECT SUM(amount) FROM sales WHERE canceled = 0"


def succeeds_in(turn: int):
    def answer(request) -> str:
        asked = request.plan is not None and request.plan.skeleton == f"turn {turn}"
        return GOLD if asked else "SELECT SUM(amount) FROM sales"

    return answer


async def test_exploration_stops_at_the_first_success(bench_with, make_example, scripted_teacher) -> None:
    bench = bench_with(succeeds_in(2))
    example = make_example("What did we sell?", GOLD)
    trace = await Explorer(scripted_teacher, bench, 4).explore(example, await bench.attempt(example))
    assert [turn.attempt.passed for turn in trace.turns] == [False, True]
    assert trace.solved
    assert trace.plan == trace.turns[-1].plan
    assert scripted_teacher.calls == trace.cost.teacher_calls == trace.cost.turns == 2
    assert (trace.cost.teacher_tokens, trace.cost.student_tokens) == (30, 21)


async def test_exploration_gives_up_after_its_last_turn(bench_with, make_example, scripted_teacher) -> None:
    bench = bench_with(succeeds_in(9))
    example = make_example("What did we sell?", GOLD)
    trace = await Explorer(scripted_teacher, bench, 3).explore(example, await bench.attempt(example))
    assert (len(trace.turns), trace.solved, trace.plan) == (3, False, None)
    assert "values" in trace.turns[0].attempt.diagnosis or trace.turns[0].attempt.diagnosis


async def test_code_that_is_missing_broken_or_forbidden_is_a_failed_attempt(bench_with, make_example) -> None:
    example = make_example("What did we sell?", GOLD)
    for code, outcome in (("", "empty"), (" ; ", "empty"), ("SELECT (", "syntax"), ("SELECT x FROM y", "unknown-name"), ("DELETE FROM sales", "refused")):  # fmt: skip
        attempt = await bench_with(lambda request, code=code: code).attempt(example)
        assert (attempt.passed, attempt.outcome) == (False, outcome)
        assert attempt.diagnosis


async def test_an_example_without_a_database_is_never_passed(bench_with, make_example) -> None:
    from attrs import evolve

    example = evolve(make_example("What did we sell?", GOLD), source=None)
    bench = bench_with(lambda request: GOLD)
    assert not (await bench.attempt(example)).passed
    assert "data source" in await bench.why_gold_proves_nothing(example)


async def test_gold_that_fails_or_answers_nothing_proves_nothing(bench_with, make_example) -> None:
    bench = bench_with(lambda request: "")
    for gold, why in (
        ("SELECT nothing FROM sales", "fails"),
        ("SELECT * FROM sales WHERE 0", "answers nothing"),
        ("SELECT NULL, NULL", "answers nothing"),
        (GOLD, ""),
    ):
        said = await bench.why_gold_proves_nothing(make_example("q", gold))
        assert (why in said) if why else said == ""


async def test_the_symbolic_pair_learns_what_a_shop_calls_sales(executor, catalog, make_example) -> None:
    """The real student cannot know that canceled sales do not count; the real teacher tells it and it succeeds."""
    bench = Workbench(EmbeddedStudent(), executor, catalog)
    example = make_example("Turnover by region", f"{GOLD.replace('SUM', 'region, SUM')} GROUP BY region")
    own = await bench.attempt(example)
    assert not own.passed
    trace = await Explorer(EmbeddedTeacher(), bench, 4).explore(example, own)
    assert trace.solved
    assert trace.plan is not None
    assert "canceled" in str(trace.plan.steps)


async def test_no_attempt_is_judged_without_its_gold_answer(bench_with, make_example) -> None:
    bench = bench_with(lambda request: GOLD)
    example = make_example("What did we sell?", GOLD)
    assert (await bench.attempt(example)).passed
    example.source.path.unlink()
    with pytest.raises(
        DataSourceError, match=r"a\.sql:1: its query does not run any more .*; restore the database"
    ):
        await bench.attempt(example)
