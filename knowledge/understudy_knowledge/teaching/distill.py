"""A whole run: check the gold, measure before, explore, admit, instruct, measure after. Resumable at every point."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from attrs import define, evolve, field, frozen

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.evaluation.split import Split, split
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.records import Case, Example, GeneralInstructions
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.retrieval.retriever import Retriever
from understudy_knowledge.teaching.abstaining import learn_abstention
from understudy_knowledge.teaching.admission import admit, leaks, siblings_of
from understudy_knowledge.teaching.candidates import candidate
from understudy_knowledge.teaching.distilling import Instructed, instruct
from understudy_knowledge.teaching.exploring import Explorer
from understudy_knowledge.teaching.paid_answers import PaidTeacher
from understudy_knowledge.teaching.purse import BudgetSpentError
from understudy_knowledge.teaching.records import Attempt, ExampleFigures, Progress, RunFigures, Stage, Trace
from understudy_knowledge.teaching.run_log import RunLog
from understudy_knowledge.teaching.workbench import Workbench

OnProgress = Callable[[Progress], None]
_Record = TypeVar("_Record")


@frozen
class Options:
    """What a run may do. `siblings` bounds the trials behind one lift."""

    turns: int = 3
    siblings: int = 5
    lessons: int = 1
    seed: int = 0
    in_flight: int = 2
    """How many examples are worked on at once; a model server likes more than the embedded student does."""


@define
class Distillation:
    """One run over a project's examples. Cancel its task at any moment: what was done stays done."""

    run_id: str
    bench: Workbench
    teacher: PaidTeacher
    store: KnowledgeStore
    log: RunLog
    options: Options = field(factory=Options)
    on_progress: OnProgress = field(default=lambda progress: None)

    async def run(self, examples: Sequence[Example]) -> RunFigures:
        """The figures of the run. Raises NothingToDoError where no example has gold that proves anything."""
        started = time.monotonic()
        usable, refused_gold = await self._checked(examples)
        if not usable:
            raise NothingToDoError(
                f"none of the {len(examples)} examples has a query that runs and answers something on the configured database"
            )
        sides = split(usable, self.bench.catalog, seed=self.options.seed)
        before = await self._each("before", sides.held_out, Attempt, self.bench.attempt)
        traces = await self._explored(sides.taught)
        cases = await self._admitted(sides.taught, traces)
        general_lift = await self._instructed(sides, cases, traces)
        after = await self._after(sides)
        # Last, so that what is measured is what was in force.
        own = {key: trace.own.passed for key, trace in traces.items()}
        await learn_abstention(self.store, sides.taught, own, self.bench, self.log)
        return RunFigures(
            run_id=self.run_id,
            examples=len(examples),
            taught=len(sides.taught),
            held_out=tuple(
                ExampleFigures(
                    example.id,
                    example.question,
                    example.gold,
                    before[example.id],
                    after[example.id],
                    example.origin,
                )
                for example in sides.held_out
            ),
            refused_gold=refused_gold,
            solved_by_turn=self._by_turn(traces),
            tried=len(traces),
            admitted=sum(case.status == "admitted" for case in cases),
            refused=sum(case.status == "refused" for case in cases),
            quarantined=sum(case.status == "quarantined" for case in cases),
            reasons=_reasons(traces, cases, self.store.forgotten()),
            teacher_calls=sum(trace.cost.teacher_calls for trace in traces.values()),
            teacher_tokens=sum(trace.cost.teacher_tokens for trace in traces.values()),
            seconds=round(time.monotonic() - started, 2),
            general_lift=general_lift,
        )

    async def _checked(
        self, examples: Sequence[Example]
    ) -> tuple[list[Example], tuple[tuple[str, str], ...]]:
        usable, refused = [], []
        for done, example in enumerate(examples):
            self.on_progress(Progress("check", done, len(examples), example.question))
            why = await self.bench.why_gold_proves_nothing(example)
            if why:
                refused.append((str(example.origin), why))
            else:
                usable.append(example)
        return usable, tuple(refused)

    async def _each(
        self,
        stage: Stage,
        examples: Sequence[Example],
        record: type[_Record],
        work: Callable[[Example], Awaitable[_Record]],
    ) -> dict[str, _Record]:
        """The work's result for each example, from the log where it is noted already.

        An example that the teacher's budget no longer covers is left out; those that need no teacher go on.
        """
        gate = asyncio.Semaphore(self.options.in_flight)
        done = 0

        async def one(example: Example) -> _Record | None:
            nonlocal done
            async with gate:
                result = self.log.find(stage, example.id, record)
                if result is None:
                    try:
                        result = await work(example)
                    except BudgetSpentError:
                        return None
                    self.log.note(stage, example.id, result)
            done += 1
            self.on_progress(Progress(stage, done, len(examples), example.question))
            return result

        self.on_progress(Progress(stage, 0, len(examples)))
        tasks = [asyncio.ensure_future(one(example)) for example in examples]
        try:
            results = await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        pairs = zip(examples, results, strict=True)
        return {example.id: result for example, result in pairs if result is not None}

    async def _explored(self, taught: Sequence[Example]) -> dict[str, Trace]:
        explorer = Explorer(self.teacher, self.bench, self.options.turns)

        async def explore(example: Example) -> Trace:
            own = await self.bench.attempt(example)
            return Trace(example.id, own) if own.passed else await explorer.explore(example, own)

        return await self._each("explore", taught, Trace, explore)

    async def _admitted(self, taught: Sequence[Example], traces: dict[str, Trace]) -> list[Case]:
        """Every solved trace as a decided case, stored as soon as it is decided."""
        explored = [example for example in taught if example.id in traces]
        queries = [RetrievalQuery(mask_values(example.question, self.bench.catalog)) for example in explored]
        own = {key: trace.own.passed for key, trace in traces.items()}

        accepted = {case.id: case.accepted for case in self.store.cases()}

        async def decide(example: Example) -> Case:
            case = candidate(example, traces[example.id], self.bench.student.name, self.bench.catalog)
            siblings = siblings_of(case, explored, queries, self.options.siblings)
            decided = await admit(evolve(case, accepted=accepted.get(case.id, 0)), siblings, own, self.bench)
            self.store.put_case(decided)
            return decided

        forgotten = self.store.forgotten()
        solved = [
            example for example in explored if traces[example.id].solved and example.id not in forgotten
        ]
        return list((await self._each("admit", solved, Case, decide)).values())

    async def _instructed(
        self, sides: Split, cases: Sequence[Case], traces: dict[str, Trace]
    ) -> float | None:
        admitted = [case for case in cases if case.status == "admitted"]
        own = {key: trace.own.passed for key, trace in traces.items()}
        explored = [example for example in sides.taught if example.id in traces]
        try:
            result = await instruct(self.teacher, admitted, explored, own, self.bench)
        except BudgetSpentError:
            result = Instructed(GeneralInstructions(), None)
        general = result.general
        leaked = leaks(
            general.text,
            [example.gold for example in sides.held_out],
            [example.gold for example in sides.taught],
        )
        if leaked:
            general = GeneralInstructions()
        self.store.put_general(general)
        return result.lift if general.text else None

    async def _after(self, sides: Split) -> dict[str, Attempt]:
        retriever = Retriever.open(self.store, None)
        general = self.store.general()
        # An earlier run may have taught what is held out now: only what this run taught may help here.
        known = {example.id for example in sides.taught}
        untaught = {case.example_id for case in self.store.cases()} - known

        async def attempt(example: Example) -> Attempt:
            query = RetrievalQuery(mask_values(example.question, self.bench.catalog))
            lessons = retriever.lessons_for(
                query, self.options.lessons, exclude_examples=untaught, catalog=self.bench.catalog
            )
            return await self.bench.attempt(example, lessons=lessons, general=general)

        return await self._each("after", sides.held_out, Attempt, attempt)

    def _by_turn(self, traces: dict[str, Trace]) -> tuple[int, ...]:
        counts = [0] * (self.options.turns + 2)
        for trace in traces.values():
            if trace.own.passed:
                counts[0] += 1
            elif trace.solved:
                counts[len(trace.turns)] += 1
            else:
                counts[-1] += 1
        return tuple(counts)


def _reasons(traces: dict[str, Trace], cases: Sequence[Case], forgotten: frozenset[str]) -> dict[str, int]:
    """Why taught examples did not become lessons, and how often."""
    counts = Counter[str]()
    counts["the student solves it by itself"] = sum(trace.own.passed for trace in traces.values())
    counts["no plan led to the gold answer"] = sum(
        not trace.own.passed and not trace.solved for trace in traces.values()
    )
    counts["you forgot it"] = len(forgotten & {key for key, trace in traces.items() if trace.solved})
    for case in cases:
        if case.status != "admitted":
            counts[case.reason.split(":")[0] if case.lift is not None else case.reason] += 1
    return {reason: count for reason, count in sorted(counts.items()) if count}
