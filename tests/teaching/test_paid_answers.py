"""No answer is paid for twice, and no more than the budget is paid."""

import pytest
from attrs import evolve

from understudy_knowledge.errors import BackendError
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.models.roles import Failure, TeacherRequest
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.teaching.paid_answers import PaidTeacher, paid_since, request_hash
from understudy_knowledge.teaching.purse import Allowance, BudgetSpentError, Purse, Spent

GOLD = "SELECT SUM(amount) FROM sales"


async def test_the_same_request_is_paid_once_even_by_another_process(
    scripted_teacher, store, catalog, make_example
) -> None:
    request = TeacherRequest(make_example("q", GOLD), catalog)
    paid = PaidTeacher(scripted_teacher, store)
    first = await paid.plan(request)
    assert await paid.plan(request) == first
    with KnowledgeStore.open(store.path) as reopened:
        assert await PaidTeacher(scripted_teacher, reopened).plan(request) == first
    assert (scripted_teacher.calls, paid.purse.calls, paid.purse.usage) == (1, 1, Usage(10, 5))


async def test_instructions_for_the_same_cases_are_paid_once(
    scripted_teacher, store, catalog, make_example, make_case
) -> None:
    paid = PaidTeacher(scripted_teacher, store)
    case = make_case(make_example("q", GOLD))
    assert await paid.instruct([case], catalog) == await paid.instruct([case], catalog)
    assert scripted_teacher.instruct_calls == 1
    await paid.instruct([case, evolve(case, id="other")], catalog)
    assert scripted_teacher.instruct_calls == 2


async def test_the_budget_is_never_exceeded_and_what_is_kept_costs_nothing(
    scripted_teacher, store, catalog, make_example
) -> None:
    paid = PaidTeacher(scripted_teacher, store, Purse(Allowance(calls=2)))
    requests = [TeacherRequest(make_example(f"q{number}", GOLD), catalog) for number in range(4)]
    for request in (*requests[:2], *requests[:2]):
        await paid.plan(request)
    for request in requests[2:]:
        with pytest.raises(BudgetSpentError, match="budget of 2"):
            await paid.plan(request)
    await paid.plan(requests[0])
    assert scripted_teacher.calls == paid.purse.calls == 2


async def test_a_teacher_that_is_away_leaves_nothing_behind(
    scripted_teacher, store, catalog, make_example
) -> None:
    class Away:
        name = scripted_teacher.name

        async def identify(self) -> str:
            return self.name

        async def at_most(self) -> Usage:
            return Usage()

        async def plan(self, request):
            raise BackendError("nobody is there")

    request = TeacherRequest(make_example("q", GOLD), catalog)
    with pytest.raises(BackendError):
        await PaidTeacher(Away(), store).plan(request)
    assert (await PaidTeacher(scripted_teacher, store).plan(request)).plan.skeleton == "turn 1"


async def test_an_answer_of_an_older_version_is_asked_again(
    scripted_teacher, store, catalog, make_example
) -> None:
    request = TeacherRequest(make_example("q", GOLD), catalog)
    for stale in ({"plan": 1}, [], "text", None):
        store.keep_answer(
            request_hash(scripted_teacher.name, request), role="teacher", model="m", response=stale
        )
        paid = PaidTeacher(scripted_teacher, store)
        assert (await paid.plan(request)).plan.skeleton == "turn 1"
        assert (await paid.plan(request)).plan.skeleton == "turn 1"
        assert paid.purse.calls == 1, "the new answer takes the stale one's place"


def test_requests_are_equal_only_when_they_would_be_asked_in_the_same_words(catalog, make_example) -> None:
    request = TeacherRequest(make_example("q", GOLD), catalog)
    from understudy_knowledge.memory.records import Plan

    failed = Failure(Plan("q", (), "SELECT :h1"), "SELECT 1", "wrong")
    variants = [
        request,
        evolve(request, example=make_example("q?", GOLD)),
        evolve(request, example=make_example("q", GOLD + " ")),
        evolve(request, example=evolve(request.example, evidence="e")),
        evolve(request, failures=(failed,)),
        evolve(request, failures=(evolve(failed, diagnosis="still wrong"),)),
        evolve(request, failures=(failed, failed)),
    ]
    hashes = {request_hash("teacher", variant) for variant in variants}
    assert len(hashes) == len(variants)
    assert request_hash("other", request) not in hashes
    assert request_hash("teacher", evolve(request)) in hashes


async def test_what_was_answered_counts_against_a_run_that_goes_on(
    scripted_teacher, store, catalog, make_example, make_case
) -> None:
    store.start_run("r1", {})
    paid = PaidTeacher(scripted_teacher, store)
    example = make_example("q", GOLD)
    await paid.plan(TeacherRequest(example, catalog))
    await paid.instruct([make_case(example)], catalog)
    assert paid_since(store, store.last_run().started) == Spent(2, Usage(30, 9))
    assert paid_since(store, "2999-01-01T00:00:00+00:00") == Spent()
