"""Where an attempt is made and judged: the student, the executor and the gold answer at one table."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from attrs import field, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.errors import DataSourceError
from understudy_knowledge.execution.executor import Executor
from understudy_knowledge.execution.limits import Limits
from understudy_knowledge.execution.outcome import Outcome, Result, Verdict
from understudy_knowledge.execution.perturbed import neighbors
from understudy_knowledge.execution.verdicts import Judge
from understudy_knowledge.memory.records import DataSource, Example, GeneralInstructions, Lesson, Plan
from understudy_knowledge.models.roles import Completion, Student, StudentRequest
from understudy_knowledge.teaching.endurance import Endurance, NoAnswerError
from understudy_knowledge.teaching.kept_completions import KeptCompletions
from understudy_knowledge.teaching.ledger import Errand, Ledger
from understudy_knowledge.teaching.probe import ExecutorProbe
from understudy_knowledge.teaching.records import NO_ROWS, Attempt
from understudy_knowledge.teaching.together import together

_NOTHING = GeneralInstructions()


@frozen
class Workbench:
    """A student, a way to run code, and a catalog. Every attempt of a run is made here, so that all are judged alike.

    An attempt must be right on `neighbors` perturbed copies of the data too, which are kept in `folder`.
    """

    student: Student
    executor: Executor
    catalog: Catalog
    limits: Limits = field(factory=Limits)
    neighbors: int = 0
    folder: Path | None = None
    ledger: Ledger = field(factory=Ledger)
    endurance: Endurance = field(factory=Endurance)
    in_flight: int = 1
    """How many trials of one thing are begun together, as of a lesson on its siblings; there are never more attempts at once."""
    kept: KeptCompletions | None = None
    """Where completions are kept for the run; only those of a model server are worth it."""
    samples: int = 1
    """How often an example is tried where a rate counts; more than once of a student that samples."""
    permit: Callable[[], None] = field(default=lambda: None, eq=False, repr=False)
    """Is asked before each attempt; raises where none may be made any more."""
    _gate: asyncio.Semaphore | None = field(init=False, eq=False, repr=False)

    @_gate.default
    def _make_gate(self) -> asyncio.Semaphore | None:
        return asyncio.Semaphore(self.in_flight) if self.in_flight > 1 else None

    async def gold(self, example: Example) -> Outcome:
        """The gold answer, or why there is none. The executor remembers it."""
        if example.source is None:
            return Outcome("unavailable", message="no data source is configured for it")
        return await self.executor.run(example.gold, example.source, self.limits)

    async def why_gold_proves_nothing(self, example: Example) -> str:
        """Empty where the gold answer can tell right from wrong; else one sentence."""
        outcome = await self.gold(example)
        if outcome.result is None:
            return f"its own query fails: {outcome.message or outcome.kind}"
        if not outcome.result.rows or all(cell is None for row in outcome.result.rows for cell in row):
            return "its own query answers nothing, so that any empty answer would pass"
        return ""

    async def verdict(self, example: Example, source: DataSource, code: str) -> tuple[Outcome, Verdict]:
        """What the code answers on that data, and whether it is what the gold code does there and on the data's neighbors."""
        judge = Judge(self.executor, example.gold, source, limits=self.limits)
        outcome, verdict = await judge.verdict(code)
        if verdict.passed and self.neighbors and self.folder is not None:
            # Most attempts fail on the data at hand, and then nobody needs its neighbors.
            near = await neighbors(
                self.executor, example.gold, source, self.neighbors, self.folder, self.limits
            )
            verdict = await judge.confirm(code, verdict, near)
        return outcome, verdict

    async def attempt(
        self,
        example: Example,
        *,
        plan: Plan | None = None,
        lessons: Sequence[Lesson] = (),
        general: GeneralInstructions = _NOTHING,
        facts: str = "",
    ) -> Attempt:
        """The student's code for the example, run and compared with the gold answer. `facts` go with its evidence.

        A request that a server which is well otherwise does not answer is a failed attempt.

        Raises BackendError, and DataSourceError where the gold answer is gone: a figure without it would mean nothing.
        """
        return await self._attempt(example, plan, tuple(lessons), general, facts, 0)

    async def passes(self, example: Example, lessons: Sequence[Lesson] = ()) -> int:
        """How many of `samples` attempts pass. Raises what `attempt` raises."""
        if self.samples == 1:
            return int((await self.attempt(example, lessons=lessons)).passed)

        async def one(sample: int) -> Attempt:
            return await self._attempt(example, None, tuple(lessons), _NOTHING, "", sample)

        attempts = await together(self.in_flight, range(self.samples), one)
        return sum(attempt.passed for attempt in attempts)

    async def _attempt(
        self,
        example: Example,
        plan: Plan | None,
        lessons: tuple[Lesson, ...],
        general: GeneralInstructions,
        facts: str,
        sample: int,
    ) -> Attempt:
        evidence = "\n".join(filter(None, (example.evidence, facts)))
        request = self._request(example, plan, lessons, general, evidence)
        purpose = _purpose(plan, lessons, general, facts)
        errand = Errand("student", self.student.name, purpose, example.id, self.ledger.student_price)
        async with self._gate or nullcontext():
            self.permit()
            try:
                completion = await self.endurance.outlast(partial(self._complete, request, errand, sample))
            except NoAnswerError as error:
                came_of = "timeout" if error.slow else "no-answer"
                return Attempt(example.id, "", False, came_of, str(error))
            return await self._judged(example, completion)

    def _request(
        self,
        example: Example,
        plan: Plan | None,
        lessons: tuple[Lesson, ...],
        general: GeneralInstructions,
        evidence: str,
    ) -> StudentRequest:
        return StudentRequest(
            question=example.question,
            catalog=self.catalog,
            dialect=example.dialect,
            plan=plan,
            lessons=lessons,
            general=general,
            evidence=evidence,
            purpose="attempt",
            probe=ExecutorProbe(self.executor, example.source, self.limits) if example.source else None,
        )

    async def _judged(self, example: Example, completion: Completion) -> Attempt:
        """What came of the student's answer. Raises DataSourceError."""
        code = completion.text.strip().rstrip(";").strip()
        tokens = completion.prompt_tokens + completion.completion_tokens
        if not code or example.source is None:
            return Attempt(
                example.id,
                code,
                False,
                "empty",
                "The student wrote nothing.",
                tokens=tokens,
                seconds=completion.seconds,
            )
        gold = await self.gold(example)
        if gold.result is None:
            raise DataSourceError(
                f"{example.origin}: its query does not run any more ({gold.message or gold.kind}); restore the database and resume"
            )
        outcome, verdict = await self.verdict(example, example.source, code)
        return Attempt(
            example.id, code, verdict.passed, outcome.kind, verdict.reason, verdict.weak, completion.lesson_ids, tokens,
            completion.seconds, verdict.difference, "" if verdict.passed else _hash(outcome.result)
        )  # fmt: skip

    async def _complete(self, request: StudentRequest, errand: Errand, sample: int) -> Completion:
        async def ask() -> Completion:
            with self.ledger.call(errand):
                return await self.student.complete(request)

        if self.kept is None:
            return await ask()
        return await self.kept.find_or(request, sample, ask, partial(self.ledger.kept, errand))


def _purpose(plan: Plan | None, lessons: Sequence[Lesson], general: GeneralInstructions, facts: str) -> str:
    """What an attempt is for, as the ledger says it."""
    if plan is not None:
        return "with a plan"
    if facts:
        return "with the catalog"
    if lessons:
        return "with a lesson"
    return "with instructions" if general.text else "alone"


def _hash(result: Result | None) -> str:
    if result is None:
        return ""
    if not result.rows:
        return NO_ROWS
    rows = sorted(map(repr, result.rows))
    return hashlib.sha256("\n".join(rows).encode("utf-8", "replace")).hexdigest()[:16]
