"""What is learned from the taught items: explored, admitted on siblings that are taught items too, instructed by database."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from attrs import evolve, field, frozen

from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.memory.records import Case, Example, GeneralInstructions
from understudy_knowledge.models.roles import Teacher
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.teaching.admission import admit, siblings_of
from understudy_knowledge.teaching.candidates import candidate
from understudy_knowledge.teaching.distilling import instruct
from understudy_knowledge.teaching.exploring import Explorer
from understudy_knowledge.teaching.records import Attempt, Trace
from understudy_knowledge.teaching.run_log import RunLog
from understudy_server.bench.teach.benches import DatasetBench
from understudy_server.bench.teach.settings import TeachSettings

_Record = TypeVar("_Record")


@frozen
class Learned:
    """All that the taught items gave, before any arm chooses from it."""

    traces: Mapping[str, Trace]
    """By example id; of every taught item."""
    cases: tuple[Case, ...]
    """Of every solved item, whatever admission says."""
    general: Mapping[str, GeneralInstructions] = field(factory=dict)
    """By database."""


@frozen
class Steps:
    """Does each item of a stage once: what the log has is not done again. Says how far it is."""

    log: RunLog
    in_flight: int
    say: Callable[[str, int, int], None]

    async def each(
        self,
        stage: str,
        items: Sequence[Item],
        record: type[_Record],
        work: Callable[[Item], Awaitable[_Record]],
    ) -> list[_Record]:
        """The work's results in the items' order."""
        gate = asyncio.Semaphore(self.in_flight)
        done = 0

        async def one(item: Item) -> _Record:
            nonlocal done
            async with gate:
                result = self.log.find(stage, item.example.id, record)
                if result is None:
                    result = await work(item)
                    self.log.note(stage, item.example.id, result)
            done += 1
            self.say(stage, done, len(items))
            return result

        tasks = [asyncio.ensure_future(one(item)) for item in items]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def learn(
    items: Sequence[Item],
    bench: DatasetBench,
    teacher: Teacher,
    queries: Mapping[str, RetrievalQuery],
    steps: Steps,
    settings: TeachSettings,
) -> Learned:
    """Explore every item, then decide on each success. `queries` is what siblings are compared by, by example id."""

    async def explore(item: Item) -> Trace:
        own = await bench.attempt(item.example)
        explorer = Explorer(teacher, bench.of(item.example), settings.turns)
        return Trace(item.example.id, own) if own.passed else await explorer.explore(item.example, own)

    traces = {trace.example_id: trace for trace in await steps.each("explore", items, Trace, explore)}
    own = {key: trace.own.passed for key, trace in traces.items()}
    same_task = {task: [item.example for item in items if item.task == task] for task in settings.tasks}

    async def decide(item: Item) -> Case:
        examples = same_task[item.task]
        case = candidate(
            item.example, traces[item.example.id], bench.student.name, bench.of(item.example).catalog
        )
        case = evolve(case, masked_question=queries[item.example.id].question, created="")
        siblings = siblings_of(case, examples, [queries[each.id] for each in examples], settings.siblings)
        return await admit(case, siblings, own, bench)

    solved = [item for item in items if traces[item.example.id].solved]
    cases = tuple(await steps.each("admit", solved, Case, decide))
    return Learned(traces, cases, await _instructed(items, cases, own, bench, teacher))


async def _instructed(
    items: Sequence[Item],
    cases: Sequence[Case],
    own: Mapping[str, bool],
    bench: DatasetBench,
    teacher: Teacher,
) -> dict[str, GeneralInstructions]:
    """General instructions for each database of which at least two cases were admitted."""
    admitted = {case.example_id: case for case in cases if case.status == "admitted"}
    examples: dict[str, list[Example]] = {}
    for item in items:
        if item.task == "sql":
            examples.setdefault(item.database, []).append(item.example)
    found = {}
    for database, own_examples in examples.items():
        theirs = [admitted[example.id] for example in own_examples if example.id in admitted]
        if len(theirs) >= 2:
            here = bench.of(own_examples[0])
            found[database] = (await instruct(teacher, theirs, own_examples, own, here)).general
    return found


def own_attempts(traces: Mapping[str, Trace]) -> dict[str, Attempt]:
    """What the student wrote for each taught item without any help."""
    return {key: trace.own for key, trace in traces.items()}
