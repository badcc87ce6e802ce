"""Exploration of one project, from its files to the report: what `distill` and `demo` have in common."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from attrs import asdict, define, evolve, field, frozen
from cattrs.preconf.json import make_converter

from understudy_knowledge.errors import ConfigurationError, NothingToDoError
from understudy_knowledge.execution import Executor, snapshot
from understudy_knowledge.memory.records import Case, DataSource, Example
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.models.roles import Student, Teacher
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.teaching.distill import Distillation, Options
from understudy_knowledge.teaching.paid_answers import PaidTeacher, paid_since
from understudy_knowledge.teaching.purse import Price, Purse
from understudy_knowledge.teaching.records import Progress, RunFigures
from understudy_knowledge.teaching.run_log import RunLog
from understudy_knowledge.teaching.workbench import Workbench
from understudy_server.cli.runs import Terms, Wish, choose_run, terms_of
from understudy_server.mining import Mined, Skipped, mine
from understudy_server.project import Project
from understudy_server.report.html import write_report
from understudy_server.workspace import exploring_alone, prepare

OnProgress = Callable[[str, int, int, str], None]


@frozen
class Explored:
    """What a run came to, and where its report lies. `mined` counts what mining found before any gold query ran."""

    figures: RunFigures
    skipped: tuple[Skipped, ...]
    report: Path
    cases: tuple[Case, ...]


@frozen
class SoFar:
    """What a run that was cut off has done: examples explored, cases decided."""

    tried: int = 0
    admitted: int = 0
    refused: int = 0


@define
class Exploration:
    """One run over a project. `so_far` may be asked at any moment, also after the run was cut off."""

    project: Project
    wish: Wish
    on_progress: OnProgress
    say: Callable[[str], None]
    """Takes sentences that are worth a line while the run goes on."""
    title: str = ""
    _log: RunLog | None = field(default=None, init=False)

    async def run(self) -> Explored:
        """Raises an UnderstudyError when there is nothing to explore or no place to keep it; cancel it at any moment."""
        source = self._source()
        self.on_progress("mine", 0, 0, "")
        mined = self._mined(source)
        self.on_progress("mine", len(mined.examples), len(mined.examples), "")
        folder = self.project.folder
        prepare(folder)
        store = self.project.knowledge
        assert store is not None, "a strict project has a store or raises"
        student, teacher = self.project.build_student(), self.project.build_teacher()
        try:
            with exploring_alone(folder):
                catalog = self.project.catalog
                for note in catalog.notes:
                    self.say(note)
                copy = await asyncio.to_thread(snapshot, source, folder / "cache")
                examples = [evolve(example, source=copy) for example in mined.examples]
                return await self._explored(store, student, teacher, examples, mined.skipped)
        finally:
            await student.close()
            await teacher.close()

    def so_far(self) -> SoFar:
        """Figures of a run that is not over."""
        if self._log is None:
            return SoFar()
        cases = [self._log.find("admit", key, Case) for key in self._log.keys("admit")]
        return SoFar(
            tried=sum(1 for _ in self._log.keys("explore")),
            admitted=sum(case is not None and case.status == "admitted" for case in cases),
            refused=sum(case is not None and case.status == "refused" for case in cases),
        )

    async def _explored(
        self,
        store: KnowledgeStore,
        student: Student,
        teacher: Teacher,
        examples: Sequence[Example],
        skipped: tuple[Skipped, ...],
    ) -> Explored:
        settings = self.project.settings
        new = terms_of(
            self.wish,
            settings.distill,
            lessons=settings.completion.lessons,
            student=student.name,
            teacher=teacher.name,
        )
        run_id, terms = choose_run(store, self.wish, new, self.say)
        runs = self.project.folder / "runs"
        self._log = RunLog(runs / f"{run_id}.jsonl")
        limits = self.project.limits
        try:
            async with Executor(limits=limits) as executor:
                run = Distillation(
                    run_id,
                    Workbench(
                        student,
                        executor,
                        self.project.catalog,
                        limits,
                        settings.execution.neighbors,
                        self.project.folder / "cache",
                    ),
                    PaidTeacher(teacher, store, self._purse(store, run_id, terms)),
                    store,
                    self._log,
                    _options(terms),
                    self._pass_on,
                )
                figures = await run.run(examples)
        finally:
            self._log.close()
        cases = store.cases()
        report = write_report(
            runs / f"{run_id}.html",
            figures,
            cases,
            store.general(),
            self.title or self.project.root.name,
            settings=asdict(terms),
        )
        store.finish_run(run_id, make_converter().unstructure(figures))
        return Explored(figures, skipped, report, cases)

    def _purse(self, store: KnowledgeStore, run_id: str, terms: Terms) -> Purse:
        """What the run may spend; what it was answered before it was cut off counts."""
        teacher, run = self.project.settings.teacher, store.last_run()
        calls, usage = (
            paid_since(store, run.started) if run is not None and run.id == run_id else (0, Usage())
        )
        price = Price(teacher.prompt_price, teacher.completion_price)
        return Purse(terms.allowance, price, calls, usage)

    def _source(self) -> DataSource:
        """What the project's SQL runs on. Raises ConfigurationError, DataSourceError."""
        source, database = self.project.source, self.project.database
        if source is None and database is not None and database.engine != "sqlite":
            raise ConfigurationError(
                f"{database.name} is a {database.engine} database, and what is taught is proved by running it, which only works "
                "on SQLite yet; completion, hover and diagnostics know its tables already"
            )
        if source is None:
            raise ConfigurationError(
                'no database is configured; write `database = "…"` under [tool.understudy.data] in pyproject.toml, '
                "or under [data] in understudy.toml"
            )
        return source

    def _mined(self, source: DataSource) -> Mined:
        """The project's examples, those below the paths that were asked for. Raises NothingToDoError."""
        project = self.project
        found = mine(project.root, source=source, dialect=project.dialect, exclude=project.settings.exclude)
        if self.wish.paths:
            found = Mined(
                tuple(each for each in found.examples if _below(each.origin.path, self.wish.paths)),
                tuple(each for each in found.skipped if _below(each.origin.path, self.wish.paths)),
            )
        if not found.examples:
            where = ", ".join(str(project.root / path) for path in self.wish.paths) or str(project.root)
            passed_over = (
                f" ({len(found.skipped)} were skipped: {found.skipped[0].origin} {found.skipped[0].reason})"
                if found.skipped
                else ""
            )
            raise NothingToDoError(
                f"no examples were found in {where}{passed_over}; an example is a query with a comment above it that says "
                "what it answers, in a .sql file, a Python string or a notebook"
            )
        return found

    def _pass_on(self, progress: Progress) -> None:
        self.on_progress(progress.stage, progress.done, progress.total, progress.message)


def _options(terms: Terms) -> Options:
    return Options(terms.turns, terms.siblings, terms.lessons, terms.seed)


def _below(path: str, folders: Sequence[str]) -> bool:
    return any(PurePosixPath(path).is_relative_to(folder) for folder in folders)
