"""A query sampled several times: what is run, what is dropped, and what the vote is on."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from attrs import define, field

from understudy_knowledge.catalog.model import Catalog
from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.roles import Completion, ProbeResult, StudentRequest
from understudy_server.completion.consistent import generate
from understudy_server.completion.suggest import Toolbox
from understudy_server.context.query_context import QueryContext

MakeContext = Callable[..., QueryContext]
COUNT, COUNTED = "SELECT COUNT(*) FROM customers", "SELECT COUNT(customer_id) FROM customers"
NAMES = "SELECT name FROM customers"


@define
class Drawing:
    """A student that gives its answers in order, and leaves something to chance when it is asked to."""

    answers: list[str]
    can_vary: bool = True
    name: str = "drawing"
    asked: list[StudentRequest] = field(factory=list)

    async def complete(self, request: StudentRequest) -> Completion:
        self.asked.append(request)
        text = self.answers[len(self.asked) - 1]
        if text == "away":
            raise BackendError("the student is away")
        if text == "forever":
            await asyncio.Event().wait()
        return Completion(text, self.name, can_vary=self.can_vary)

    async def stream(self, request: StudentRequest) -> AsyncIterator[str]:
        yield (await self.complete(request)).text

    async def close(self) -> None: ...


@define
class Data:
    """Three customers, of whom two have a name."""

    run_of: list[str] = field(factory=list)

    async def run(self, sql: str) -> ProbeResult:
        self.run_of.append(sql)
        if "LIKE" in sql:
            return ProbeResult(error="it took too long")
        rows = ((3,),) if "COUNT" in sql else (("Ada",), ("Ben",))
        return ProbeResult(("c",), tuple(reversed(rows)) if "DESC" in sql else rows)


async def test_samples_that_answer_alike_count_together_however_they_are_written(
    shop: Catalog, make_context: MakeContext
) -> None:
    student, data = Drawing([NAMES, COUNT, COUNTED, COUNT, NAMES + " ORDER BY name DESC"]), Data()
    found = await generate(make_context(question="how many?"), Toolbox(student, shop, probe=data))
    assert found is not None
    assert (found.text, found.agreeing, found.sampled, found.executed) == (COUNT, 3, 5, True)
    assert found.confidence == "3 of 5 samples agree on its result"
    assert sorted(data.run_of) == sorted({NAMES, COUNT, COUNTED, NAMES + " ORDER BY name DESC"})


async def test_the_first_is_the_likeliest_and_the_others_are_drawn(
    shop: Catalog, make_context: MakeContext
) -> None:
    student = Drawing([COUNT] * 5)
    await generate(make_context(question="how many?"), Toolbox(student, shop))
    assert [request.temperature for request in student.asked] == [None, 0.8, 0.8, 0.8, 0.8]
    assert {request.purpose for request in student.asked} == {"action"}


async def test_what_names_the_unknown_or_does_not_run_is_dropped_and_counts_against(
    shop: Catalog, make_context: MakeContext
) -> None:
    slow = "SELECT name FROM customers WHERE name LIKE 'A'"
    student, data = Drawing(["SELECT x FROM spaceships", slow, slow, COUNT, "not SQL"]), Data()
    found = await generate(make_context(question="how many?"), Toolbox(student, shop, probe=data))
    assert found is not None
    assert (found.text, found.agreeing, found.sampled) == (COUNT, 1, 5)
    assert sorted(data.run_of) == [COUNT, slow]


async def test_without_data_the_vote_is_on_the_text_and_says_so(
    shop: Catalog, make_context: MakeContext
) -> None:
    student = Drawing([NAMES, COUNT, "select count(*)\nfrom customers", COUNT, COUNTED])
    found = await generate(make_context(question="how many?"), Toolbox(student, shop))
    assert found is not None
    assert (found.text, found.agreeing) == (COUNT, 3)
    assert found.confidence == "3 of 5 samples agree on its text, nothing was run"


async def test_a_student_without_chance_is_asked_once_and_claims_no_agreement(
    shop: Catalog, make_context: MakeContext
) -> None:
    student = Drawing([COUNT], can_vary=False)
    found = await generate(make_context(question="how many?"), Toolbox(student, shop, probe=Data()))
    assert found is not None
    assert found.confidence == "the only candidate, it runs"


async def test_nothing_that_stands_is_nothing(shop: Catalog, make_context: MakeContext) -> None:
    student = Drawing(["SELECT x FROM spaceships"] * 5)
    assert await generate(make_context(question="how many?"), Toolbox(student, shop, probe=Data())) is None


async def test_a_sample_that_fails_is_no_sample_and_an_absent_student_is_told(
    shop: Catalog, make_context: MakeContext
) -> None:
    found = await generate(
        make_context(question="how many?"), Toolbox(Drawing([COUNT, "away", COUNT, COUNT, COUNT]), shop)
    )
    assert found is not None
    assert (found.agreeing, found.sampled) == (4, 4)
    with pytest.raises(BackendError, match="away"):
        await generate(make_context(question="how many?"), Toolbox(Drawing(["away"]), shop))


async def test_cancelling_cancels_every_sample(shop: Catalog, make_context: MakeContext) -> None:
    student = Drawing([COUNT, *["forever"] * 4])
    task = asyncio.ensure_future(generate(make_context(question="how many?"), Toolbox(student, shop)))
    while len(student.asked) < 5:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert {each.get_coro() for each in asyncio.all_tasks()} - {asyncio.current_task().get_coro()} == set()  # type: ignore[union-attr]
