"""Exploration of one project, from its files to the report: what `distill` and `demo` have in common."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from attrs import asdict, define, evolve, field, frozen
from cattrs.preconf.json import make_converter

from understudy_knowledge.errors import BackendError
from understudy_knowledge.execution import Executor, snapshot
from understudy_knowledge.memory.records import Case, Example
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.models.roles import Student, Teacher
from understudy_knowledge.teaching.distill import Distillation, Options
from understudy_knowledge.teaching.endurance import Endurance
from understudy_knowledge.teaching.kept_completions import KeptCompletions
from understudy_knowledge.teaching.ledger import Ledger
from understudy_knowledge.teaching.ledger_book import Book, read_ledger
from understudy_knowledge.teaching.paid_answers import PaidTeacher, paid_since
from understudy_knowledge.teaching.price import Price
from understudy_knowledge.teaching.purse import Allowance, Purse, Spent
from understudy_knowledge.teaching.records import Progress, RunFigures, Suspect
from understudy_knowledge.teaching.run_log import RunLog
from understudy_knowledge.teaching.workbench import Workbench
from understudy_server.cli.estimate import estimate
from understudy_server.cli.examples import chosen_from, mined_from, source_of
from understudy_server.cli.runs import Terms, Wish, choose_run, gone_on_with, terms_of
from understudy_server.cli.spending import Spending
from understudy_server.cli.tidying import tidy
from understudy_server.mining import Skipped
from understudy_server.project import Project
from understudy_server.report.html import write_report
from understudy_server.report.latest import evidence_of
from understudy_server.workspace import exploring_alone, prepare

OnProgress = Callable[[str, int, int, str, Spending | None], None]
_SERVED_IN_FLIGHT = 8
"""Examples at once where a model server works on them: each has one request under way, and a server batches those."""
_EMBEDDED_IN_FLIGHT = 2
_SAMPLES = 3
"""Attempts behind each rate of a student that samples."""


@frozen
class Explored:
    """What a run came to, and where its report lies. `mined` counts what mining found before any gold query ran."""

    figures: RunFigures
    skipped: tuple[Skipped, ...]
    report: Path
    cases: tuple[Case, ...]
    allowance: Allowance = field(factory=Allowance)


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
    _purse: Purse | None = field(default=None, init=False)
    _run: Distillation | None = field(default=None, init=False)

    async def run(self) -> Explored:
        """Raises an UnderstudyError when there is nothing to explore or no place to keep it; cancel it at any moment."""
        source, folder = source_of(self.project), self.project.folder
        if self.project.has_knowledge and (known := self.project.knowledge) is not None:
            self.wish = gone_on_with(known, self.wish)
        self.on_progress("mine", 0, 0, "", None)
        mined = mined_from(self.project, source, self.wish)
        chosen = chosen_from(mined, self.wish)
        found = len(chosen or mined.examples)
        self.on_progress("mine", found, found, "", None)
        prepare(folder)
        store = self.project.knowledge
        assert store is not None, "a strict project has a store or raises"
        student, teachers = self.project.build_student(), self.project.build_teachers()
        try:
            with exploring_alone(folder), self.project.precedence.observed():
                catalog = self.project.catalog
                for note in catalog.notes:
                    self.say(note)
                copy = await asyncio.to_thread(snapshot, source, folder / "cache")
                examples = [evolve(example, source=copy) for example in mined.examples]
                return await self._explored(store, student, teachers, examples, chosen, mined.skipped)
        finally:
            await student.close()
            for teacher, _ in teachers:
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

    @property
    def spending(self) -> Spending | None:
        """What was spent on teachers so far; None before the first may be asked."""
        purse, lessons = self._purse, self._run.admitted if self._run is not None else 0
        return None if purse is None else Spending(purse.spent, purse.allowance, purse.minutes, lessons)

    async def _explored(
        self,
        store: KnowledgeStore,
        student: Student,
        teachers: Sequence[tuple[Teacher, Price]],
        examples: Sequence[Example],
        chosen: frozenset[str],
        skipped: tuple[Skipped, ...],
    ) -> Explored:
        settings = self.project.settings
        new = terms_of(
            self.wish,
            settings.distill,
            lessons=settings.completion.lessons,
            student=student.name,
            teacher=", ".join(teacher.name for teacher, _ in teachers),
        )
        run_id, terms = choose_run(store, self.wish, new, self.say)
        # A server that is away now may be back when it is needed.
        with suppress(BackendError):
            cost = await estimate(examples, chosen, self.project.catalog, terms, teachers)
            self.on_progress("mine", cost.examples, cost.examples, cost.words(), None)
        doubted = _doubted_before(store, examples, chosen)
        runs = self.project.folder / "runs"
        self._log = RunLog(runs / f"{run_id}.jsonl")
        ledger, book = self._ledger(runs / f"{run_id}.ledger.jsonl")
        purse = self._purse = self._purse_of(store, run_id, terms, book, teachers)
        give_way = self.project.precedence.give
        paid = [
            PaidTeacher(teacher, store, purse, ledger, price, endurance=Endurance(give_way=give_way))
            for teacher, price in teachers
        ]
        limits = self.project.limits
        try:
            async with Executor(limits=limits) as executor:
                run = self._run = Distillation(
                    run_id,
                    Workbench(
                        student,
                        executor,
                        self.project.catalog,
                        limits,
                        settings.execution.neighbors,
                        self.project.folder / "cache",
                        ledger,
                        Endurance(give_way=give_way),
                        kept=KeptCompletions(self._log) if settings.student.base_url else None,
                        samples=_SAMPLES if settings.student.base_url and settings.student.temperature else 1,
                    ),
                    paid[0],
                    store,
                    self._log,
                    self._options(terms),
                    self._pass_on,
                    paid[1:],
                    chosen,
                )
                figures = await run.run(examples)
                figures = evolve(figures, suspects=(*figures.suspects, *doubted))
        finally:
            self._log.close()
            ledger.close()
        cases = store.cases()
        report = write_report(
            runs / f"{run_id}.html",
            figures,
            cases,
            store.general(),
            self.title or self.project.root.name,
            evidence_of(self.project.folder, run_id, asdict(terms), cases),
        )
        store.finish_run(run_id, make_converter().unstructure(figures))
        await asyncio.to_thread(tidy, self.project.folder, store)
        return Explored(figures, skipped, report, cases, terms.allowance)

    def _ledger(self, path: Path) -> tuple[Ledger, Book]:
        """The run's ledger, and what stands in it from before the run was cut off."""
        settings, book = self.project.settings, read_ledger(path)
        student = settings.student
        ledger = Ledger(
            path,
            self.project.catalog,
            settings.distill.values_in_ledger,
            Price(student.prompt_price, student.completion_price),
            {"student": book.taken("student"), "teacher": book.taken("teacher")},
            max((entry.call for entry in book.entries), default=0),
        )
        return ledger, book

    def _purse_of(
        self,
        store: KnowledgeStore,
        run_id: str,
        terms: Terms,
        book: Book,
        teachers: Sequence[tuple[Teacher, Price]],
    ) -> Purse:
        """What the run may spend; what it spent before it was cut off counts, on calls without an answer too."""
        run = store.last_run()
        paid = Spent()
        if run is not None and run.id == run_id:
            paid = paid_since(store, run.started, {teacher.name: price for teacher, price in teachers})
        known = book.spent
        # The ledger also knows of calls that brought nothing; what was kept is certain even without it.
        spent = known if known.usage.total >= paid.usage.total else paid
        spent = evolve(spent, calls=max(known.calls, paid.calls))
        return Purse(terms.allowance, teachers[0][1], spent, paid, book.minutes)

    def _pass_on(self, progress: Progress) -> None:
        self.on_progress(progress.stage, progress.done, progress.total, progress.message, self.spending)

    def _options(self, terms: Terms) -> Options:
        settings = self.project.settings
        served = any(role.base_url for role in (settings.student, settings.teacher, *settings.teachers))
        in_flight = settings.distill.in_flight or (_SERVED_IN_FLIGHT if served else _EMBEDDED_IN_FLIGHT)
        return Options(
            terms.turns,
            terms.siblings,
            terms.lessons,
            terms.seed,
            in_flight,
            terms.order,
            terms.rephrased,
            terms.invented,
            terms.reanswered,
            terms.help,
            terms.tau,
        )


def _doubted_before(
    store: KnowledgeStore, examples: Sequence[Example], chosen: frozenset[str]
) -> tuple[Suspect, ...]:
    """What the run before came to doubt of examples that a run on chosen ones does not explore."""
    last = store.last_run(finished=True) if chosen else None
    untouched = {example.gold for example in examples if example.id not in chosen}
    found = (last.figures or {}).get("suspects", ()) if last is not None else ()
    suspects = make_converter().structure(found, tuple[Suspect, ...])
    return tuple(each for each in suspects if each.gold in untouched)
