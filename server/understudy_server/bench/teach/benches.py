"""A workbench for a whole dataset: each example is attempted over its own database, programs by running them as such."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.catalog.duckdb import read_duckdb
from understudy_knowledge.catalog.sqlite import read_sqlite
from understudy_knowledge.errors import DataSourceError
from understudy_knowledge.evaluation.items import CODE_HERE, Item
from understudy_knowledge.execution import Executor, Limits, Outcome, judge
from understudy_knowledge.memory.records import Example, GeneralInstructions, Lesson, Plan
from understudy_knowledge.models.roles import Student, StudentRequest
from understudy_knowledge.teaching.endurance import NoAnswerError
from understudy_knowledge.teaching.records import Attempt
from understudy_knowledge.teaching.workbench import Workbench

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

    async def gold(self, example: Example) -> Outcome:
        """What the gold program leaves as its answer."""
        return await self._run(example.gold)

    async def attempt(
        self,
        example: Example,
        *,
        plan: Plan | None = None,
        lessons: Sequence[Lesson] = (),
        general: GeneralInstructions = _NOTHING,
        facts: str = "",
    ) -> Attempt:
        """The student's program for the example, run and compared with the gold answer. Raises BackendError."""
        request = StudentRequest(
            question=example.question,
            catalog=self.catalog,
            dialect=example.dialect,
            language="python",
            file_context=self.setup,
            plan=plan,
            lessons=tuple(lessons),
            general=general,
            evidence="\n".join(filter(None, (example.evidence, facts))),
            purpose="attempt",
        )
        try:
            completion = await self.endurance.outlast(partial(self.student.complete, request))
        except NoAnswerError as error:
            came_of = "timeout" if error.slow else "no-answer"
            return Attempt(example.id, "", False, came_of, str(error))
        code, tokens = completion.text.strip(), completion.prompt_tokens + completion.completion_tokens
        if not code:
            return Attempt(example.id, "", False, "empty", "The student wrote nothing.", tokens=tokens)
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


@frozen
class DatasetBench(Workbench):
    """Every example at the workbench of its own database; `catalog` is empty, for there is no one catalog."""

    items: Mapping[str, Item] = field(factory=dict)
    catalogs: Mapping[str, Catalog] = field(factory=dict)
    """By database, where more is known of it than it says itself."""
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
    ) -> "DatasetBench":
        """A workbench for these items; perturbed copies of their data are kept below `folder`."""
        by_id = {item.example.id: item for item in items}
        return cls(
            student, executor, Catalog(), limits, neighbors, folder, items=by_id, catalogs=catalogs or {}
        )

    def of(self, example: Example) -> Workbench:
        """The workbench of the example's database. Raises DataSourceError."""
        item = self.items[example.id]
        key = (item.database, item.table, item.setup, item.harness)
        if key not in self._benches:
            self._benches[key] = self._made(item)
        return self._benches[key]

    async def gold(self, example: Example) -> Outcome:
        """The gold answer, or why there is none."""
        try:
            return await self.of(example).gold(example)
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
        return await self.of(example).attempt(
            example, plan=plan, lessons=lessons, general=general, facts=facts
        )

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
                endurance=self.endurance,
            )
        return ProgramBench(
            self.student,
            self.executor,
            catalog,
            self.limits,
            setup=item.setup,
            inputs=item.inputs,
            harness=item.harness,
            endurance=self.endurance,
        )


def _catalog_of(item: Item) -> Catalog:
    """The catalog of the item's database, of its one table where it has one; empty for data that is no database."""
    if item.example.source is not None:
        read = read_duckdb if item.example.dialect == "duckdb" else read_sqlite
        return read(item.example.source.path)
    if item.inputs is None or not item.table:
        return Catalog()
    whole = read_sqlite(item.inputs.folder / item.database)
    return evolve(whole, tables=tuple(table for table in whole.tables if table.name == item.table))
