"""A workbench for a whole dataset: each example is attempted over its own database, programs by running them as such."""

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.catalog.duckdb import read_duckdb
from understudy_knowledge.catalog.sqlite import read_sqlite
from understudy_knowledge.errors import DataSourceError
from understudy_knowledge.evaluation.items import CODE_HERE, Item
from understudy_knowledge.execution import Executor, Limits, Outcome, judge
from understudy_knowledge.memory.records import Example, GeneralInstructions, Lesson, Plan
from understudy_knowledge.models.roles import Completion, Student, StudentRequest
from understudy_knowledge.models.vllm.student import MOST_PROMPT_TOKENS
from understudy_knowledge.models.vllm.student_prompts import StudentPrompts
from understudy_knowledge.teaching.records import Attempt
from understudy_knowledge.teaching.workbench import Workbench
from understudy_server.bench.teach.workers import Workers

if TYPE_CHECKING:
    from understudy_knowledge.execution.inputs import Inputs

_NOTHING = GeneralInstructions()


@frozen
class ProgramBench(Workbench):
    """A workbench for one Python question: the answer is a program's, run after `setup` beside its `inputs`."""

    setup: str = ""
    inputs: "Inputs | None" = None
    harness: str = ""
    """A program that judges the code it holds; empty where the code's own answer is compared."""
    _golds: dict[str, Outcome] = field(factory=dict, init=False)
    """Outcomes of gold programs that answered."""

    async def gold(self, example: Example) -> Outcome:
        """What the gold program leaves as its answer."""
        if example.id in self._golds:
            return self._golds[example.id]
        outcome = await self._run(example.gold)
        if outcome.result is not None:
            self._golds[example.id] = outcome
        return outcome

    def _request(
        self,
        example: Example,
        plan: Plan | None,
        lessons: tuple[Lesson, ...],
        general: GeneralInstructions,
        evidence: str,
    ) -> StudentRequest:
        asked = super()._request(example, plan, lessons, general, evidence)
        return evolve(asked, language="python", file_context=self.setup)

    async def _judged(self, example: Example, completion: Completion) -> Attempt:
        code, tokens = completion.text.strip(), completion.prompt_tokens + completion.completion_tokens
        if not code:
            return Attempt(
                example.id, "", False, "empty", "The student wrote nothing.", tokens=tokens, seconds=completion.seconds
            )  # fmt: skip
        outcome = await self._run(code)
        verdict = judge(outcome, await self.gold(example), ordered=True)
        return Attempt(
            example.id, code, verdict.passed, outcome.kind, verdict.reason, verdict.weak, completion.lesson_ids, tokens, completion.seconds
        )  # fmt: skip

    async def _run(self, code: str) -> Outcome:
        if self.inputs is None:
            return Outcome("unavailable", message="it names nothing that it runs on")
        program = self.harness.replace(CODE_HERE, repr(code)) if self.harness else f"{self.setup}\n{code}"
        return await self.executor.run_python(program, self.inputs, self.limits)


@define
class Made:
    """Attempts made by this process and those that work for it: how many, and the student's tokens and seconds."""

    attempts: int = 0
    tokens: int = 0
    seconds: float = 0.0

    def add(self, attempt: Attempt) -> None:
        """One more."""
        self.attempts += 1
        self.tokens += attempt.tokens
        self.seconds += attempt.seconds

    def since(self, before: "Made") -> "Made":
        """What was made after that."""
        return Made(
            self.attempts - before.attempts, self.tokens - before.tokens, self.seconds - before.seconds
        )


@frozen
class DatasetBench(Workbench):
    """Every example at the workbench of its own database; `catalog` is empty, for there is no one catalog."""

    items: Mapping[str, Item] = field(factory=dict)
    catalogs: Mapping[str, Catalog] = field(factory=dict)
    """By database, where more is known of it than it says itself."""
    workers: Workers | None = None
    """Processes that make the attempts; None: this one does."""
    made: Made = field(factory=Made)
    repeats: bool = False
    """Whether the student answers what it is asked again as it did before: then it is not asked, and the attempt counts all the same."""
    _answered: dict[Hashable, Attempt] = field(factory=dict, init=False)
    _benches: dict[tuple[str, str, str, str], Workbench] = field(factory=dict, init=False)

    @classmethod
    def over(
        cls,
        items: Sequence[Item],
        student: Student,
        executor: Executor,
        limits: Limits,
        neighbors: int,
        folder: Path,
        catalogs: Mapping[str, Catalog] | None = None,
        workers: Workers | None = None,
        *,
        repeats: bool = False,
    ) -> "DatasetBench":
        """A workbench for these items; perturbed copies of their data are kept below `folder`."""
        by_id = {item.example.id: item for item in items}
        return cls(
            student, executor, Catalog(), limits, neighbors, folder, items=by_id, catalogs=catalogs or {}, workers=workers, repeats=repeats
        )  # fmt: skip

    def of(self, example: Example) -> Workbench:
        """The workbench of the example's database, whose attempts are made wherever this one's are. Raises DataSourceError."""
        return _Of(self.student, self.executor, self.at_home(example).catalog, self.limits, whole=self)

    def at_home(self, example: Example) -> Workbench:
        """The workbench of the example's database in this process. Raises DataSourceError."""
        item = self.items[example.id]
        key = (item.database, item.table, item.setup, item.harness)
        if key not in self._benches:
            self._benches[key] = self._made(item)
        return self._benches[key]

    async def gold(self, example: Example) -> Outcome:
        """The gold answer, or why there is none."""
        try:
            return await self.at_home(example).gold(example)
        except DataSourceError as error:
            return Outcome("unavailable", message=str(error))

    async def attempt(
        self,
        example: Example,
        *,
        plan: Plan | None = None,
        lessons: Sequence[Lesson] = (),
        general: GeneralInstructions = _NOTHING,
        facts: str = "",
    ) -> Attempt:
        """As the workbench of the example's database attempts it."""
        # How relevant a lesson was found is in no prompt.
        shown = tuple(evolve(lesson, score=0.0) for lesson in lessons)
        asked = (example.id, plan, shown, general, facts)
        attempt = self._answered.get(asked) if self.repeats else None
        if attempt is None:
            attempt = await self._attempted(example, plan, tuple(lessons), general, facts)
            if self.repeats:
                self._answered[asked] = attempt
        self.made.add(attempt)
        return attempt

    def rendered(
        self, example: Example, lessons: Sequence[Lesson], general: GeneralInstructions = _NOTHING
    ) -> str:
        """The prompt of an attempt as a conversing model reads it, where no model is asked too. Raises DataSourceError."""
        there = self.at_home(example)
        request = there._request(example, None, tuple(lessons), general, example.evidence)
        # New prompts each time: what they remember of other requests would change what is said of this one.
        return StudentPrompts().message(request, MOST_PROMPT_TOKENS)

    async def _attempted(
        self,
        example: Example,
        plan: Plan | None,
        lessons: tuple[Lesson, ...],
        general: GeneralInstructions,
        facts: str,
    ) -> Attempt:
        if self.workers is not None:
            return await self.workers.attempt(example.id, plan, lessons, general, facts)
        there = self.at_home(example)
        return await there.attempt(example, plan=plan, lessons=lessons, general=general, facts=facts)

    def _made(self, item: Item) -> Workbench:
        catalog = self.catalogs.get(item.database) or _catalog_of(item)
        if item.task == "sql":
            return Workbench(
                self.student,
                self.executor,
                catalog,
                self.limits,
                self.neighbors,
                self.folder,
                self.ledger,
                self.endurance,
            )
        return ProgramBench(
            self.student,
            self.executor,
            catalog,
            self.limits,
            ledger=self.ledger,
            endurance=self.endurance,
            setup=item.setup,
            inputs=item.inputs,
            harness=item.harness,
        )


@frozen
class _Of(Workbench):
    """One database of a dataset, for those who know of no other."""

    whole: DatasetBench = field(kw_only=True)

    async def gold(self, example: Example) -> Outcome:
        return await self.whole.gold(example)

    async def attempt(
        self,
        example: Example,
        *,
        plan: Plan | None = None,
        lessons: Sequence[Lesson] = (),
        general: GeneralInstructions = _NOTHING,
        facts: str = "",
    ) -> Attempt:
        return await self.whole.attempt(example, plan=plan, lessons=lessons, general=general, facts=facts)


def _catalog_of(item: Item) -> Catalog:
    """The catalog of the item's database, of its one table where it has one; empty for data that is no database."""
    if item.example.source is not None:
        read = read_duckdb if item.example.dialect == "duckdb" else read_sqlite
        return read(item.example.source.path)
    if item.inputs is None or not item.table:
        return Catalog()
    whole = read_sqlite(item.inputs.folder / item.database)
    return evolve(whole, tables=tuple(table for table in whole.tables if table.name == item.table))
