"""A server that was there is waited for; one that never was is a mistake; one bad answer costs one example."""

from collections.abc import Awaitable, Callable

import pytest

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.vllm.failures import Kind, ServerError, UnusableAnswerError
from understudy_knowledge.teaching import endurance
from understudy_knowledge.teaching.endurance import Endurance, NoAnswerError


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endurance, "_SHORTEST", 0.0)


def scripted(*came: Kind | str) -> Callable[[], Awaitable[str]]:
    left = list(came)

    async def ask() -> str:
        what = left.pop(0)
        if what == "answer":
            return what
        raise ServerError(what, what)  # type: ignore[arg-type]

    return ask


async def test_a_server_that_was_there_is_waited_for() -> None:
    waiting = Endurance()
    await waiting.outlast(scripted("answer"))
    assert await waiting.outlast(scripted("away", "busy", "away", "broken", "away", "answer")) == "answer"


async def test_a_server_that_was_there_is_not_waited_for_without_end() -> None:
    waiting = Endurance(seconds=0.0)
    await waiting.outlast(scripted("answer"))
    with pytest.raises(ServerError, match="away"):
        await waiting.outlast(scripted("away", "away", "away"))


@pytest.mark.parametrize("kinds", [("away",), ("unusable",), ("broken", "broken", "broken")])
async def test_a_server_that_never_answered_is_a_mistake_that_is_said(kinds: tuple[Kind, ...]) -> None:
    with pytest.raises(ServerError, match=kinds[0]):
        await Endurance().outlast(scripted(*kinds))


async def test_a_garbled_first_answer_is_asked_for_again() -> None:
    assert await Endurance().outlast(scripted("broken", "answer")) == "answer"


async def test_a_request_that_keeps_failing_is_given_up_once_others_are_answered() -> None:
    waiting = Endurance()
    await waiting.outlast(scripted("answer"))
    tries = 0

    async def poison() -> str:
        nonlocal tries
        tries += 1
        await waiting.outlast(scripted("answer"))
        raise ServerError("slow", "slow")

    with pytest.raises(NoAnswerError) as given_up:
        await waiting.outlast(poison)
    assert (tries, given_up.value.slow) == (3, True)


async def test_one_refusal_costs_one_example_and_refusal_after_refusal_ends_the_run() -> None:
    waiting = Endurance()
    for _ in range(8):
        with pytest.raises(NoAnswerError):
            await waiting.outlast(scripted("request"))
    with pytest.raises(ServerError):
        await waiting.outlast(scripted("request"))


async def test_answers_that_are_no_plan_never_end_the_run_and_say_what_they_took() -> None:
    async def ramble() -> str:
        raise UnusableAnswerError("no plan", prompt_tokens=7, completion_tokens=3)

    waiting = Endurance()
    for _ in range(20):
        with pytest.raises(NoAnswerError) as rambled:
            await waiting.outlast(ramble)
    assert (rambled.value.prompt_tokens, rambled.value.completion_tokens) == (7, 3)


async def test_what_is_no_fault_of_a_server_is_raised_as_it_is() -> None:
    async def no_key() -> str:
        raise BackendError("the environment variable KEY is not set")

    with pytest.raises(BackendError, match="KEY"):
        await Endurance().outlast(no_key)
