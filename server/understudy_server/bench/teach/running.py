"""A whole run: read, check the gold, learn, test every arm, write the figures. Goes on where a killed run stopped."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.evaluation.bundles import read_bundle
from understudy_knowledge.evaluation.items import Dataset, Item, Reader, Refused
from understudy_knowledge.execution import Executor, Limits
from understudy_knowledge.memory.patterns import pattern
from understudy_knowledge.memory.records import Example
from understudy_knowledge.models.roles import Student, Teacher
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.teaching.records import Attempt
from understudy_knowledge.teaching.run_log import RunLog
from understudy_knowledge.teaching.steps import Steps
from understudy_server.bench.teach.arms import Arm, ArmMaker
from understudy_server.bench.teach.benches import DatasetBench
from understudy_server.bench.teach.figures import Attempts, arm_figures, paired_figures, turn_figures
from understudy_server.bench.teach.learning import Learned, learn
from understudy_server.bench.teach.settings import TeachSettings

_LIMITS = Limits(seconds=20.0)
"""Generous, so that a busy machine does not change the figures."""


@frozen
class Checked:
    """Why an item's gold proves nothing; empty where it does."""

    why: str


@define
class TeachRun:
    """One run with its student and teacher. What is kept for a later run lies in `folder`."""

    settings: TeachSettings
    student: Student
    teacher: Teacher
    folder: Path
    say: Callable[[str, int, int], None] = lambda stage, done, total: None
    refused: list[Refused] = field(factory=list)

    async def run(self) -> dict[str, Any]:
        """The figures. Raises NothingToDoError where nothing can be taught or tested, DataSourceError, BackendError."""
        reader = Reader(self.settings.tasks, self.settings.evidence)
        taught_from = read_bundle(self.settings.taught, self.folder, reader)
        same = self.settings.taught.resolve() == self.settings.tested.resolve()
        tested_from = taught_from if same else read_bundle(self.settings.tested, self.folder, reader)
        self.refused = [*taught_from.refused, *(() if same else tested_from.refused)]
        taught = self._bounded(taught_from.of("train"))
        tested = taught if self.settings.rehearse else self._bounded(tested_from.of("test", "valid"))
        log = RunLog(self.folder / f"teach-{self._key(taught_from, tested_from)}.jsonl")
        try:
            async with Executor(self.settings.in_flight) as executor:
                everything = list({item.example.id: item for item in (*taught, *tested)}.values())
                bench = DatasetBench.over(
                    everything, self.student, executor, _LIMITS, self.settings.neighbors, self.folder
                )
                steps = Steps(
                    log,
                    self.settings.in_flight,
                    lambda progress: self.say(progress.stage, progress.done, progress.total),
                )
                usable = await self._checked(everything, bench, steps)
                taught = [item for item in taught if item.example.id in usable]
                tested = [item for item in tested if item.example.id in usable]
                if not taught or not tested:
                    raise NothingToDoError(
                        f"{self.settings.taught} has {len(taught)} items to teach and {self.settings.tested} "
                        f"{len(tested)} to test; both need some whose gold code runs"
                    )
                return await self._measured(taught, tested, bench, steps, taught_from, tested_from)
        finally:
            log.close()

    async def _measured(
        self,
        taught: Sequence[Item],
        tested: Sequence[Item],
        bench: DatasetBench,
        steps: Steps,
        taught_from: Dataset,
        tested_from: Dataset,
    ) -> dict[str, Any]:
        queries = {
            item.example.id: RetrievalQuery(pattern(item.example.question, bench.of(item.example).catalog))
            for item in (*taught, *tested)
        }
        learned = await learn(taught, bench, self.teacher, queries, steps, self.settings)
        tokens = sum(trace.cost.teacher_tokens for trace in learned.traces.values())
        makers = ArmMaker(learned, taught, tested, bench, queries, self.settings)
        attempts: dict[str, Attempts] = {}
        for name in self.settings.arms:
            with makers.make(name) as arm:
                attempts[name] = await self._tried(name, arm, tested, bench, steps)
        arms = {
            name: arm_figures(tested, tried, 0 if name == "zero" else tokens)
            for name, tried in attempts.items()
        }
        return {
            "arms": arms,
            "paired": self._paired(tested, attempts),
            "learned": self._learned(learned, taught),
            "refused": [str(refused) for refused in self.refused],
            "settings": self._settings(taught_from, tested_from),
        }

    async def _tried(
        self, name: str, arm: Arm, tested: Sequence[Item], bench: DatasetBench, steps: Steps
    ) -> Attempts:
        async def attempt(example: Example) -> Attempt:
            given = arm(bench.items[example.id])
            return await bench.attempt(example, lessons=given.lessons, general=given.general)

        return await steps.each(f"arm {name}", [item.example for item in tested], Attempt, attempt)

    def _bounded(self, items: Sequence[Item]) -> list[Item]:
        """At most `limit` items, chosen by the seed, in their own order."""
        limit = self.settings.limit
        if limit is None or len(items) <= limit:
            return list(items)
        ranked = sorted(
            items,
            key=lambda item: hashlib.sha256(f"{self.settings.seed}\0{item.example.id}".encode()).hexdigest(),
        )
        kept = {item.example.id for item in ranked[:limit]}
        return [item for item in items if item.example.id in kept]

    async def _checked(self, items: Sequence[Item], bench: DatasetBench, steps: Steps) -> frozenset[str]:
        """Ids of the items whose gold answers something; the others are refused by name."""

        async def check(example: Example) -> Checked:
            return Checked(await bench.why_gold_proves_nothing(example))

        checked = await steps.each("check", [item.example for item in items], Checked, check)
        for item in items:
            if why := checked[item.example.id].why:
                self.refused.append(Refused(str(item.example.origin), item.example.id, why))
        return frozenset(key for key, found in checked.items() if not found.why)

    def _paired(self, tested: Sequence[Item], attempts: dict[str, Attempts]) -> dict[str, Any]:
        zero = attempts.get("zero")
        if zero is None:
            return {}
        return {name: paired_figures(tested, zero, arm) for name, arm in attempts.items() if name != "zero"}

    def _learned(self, learned: Learned, taught: Sequence[Item]) -> dict[str, Any]:
        return {
            "taught": len(taught),
            "solved_by": turn_figures(learned.traces, self.settings.turns),
            "cases": dict(sorted(Counter(case.status for case in learned.cases).items())),
            "instructed_databases": sum(bool(general.text) for general in learned.general.values()),
            "teacher_calls": sum(trace.cost.teacher_calls for trace in learned.traces.values()),
        }

    def _settings(self, taught: Dataset, tested: Dataset) -> dict[str, Any]:
        given = self.settings
        return {
            "taught": taught.name,
            "tested": tested.name,
            "data": {taught.name: taught.digest, tested.name: tested.digest},
            "student": self.student.name,
            "teacher": self.teacher.name,
            "arms": list(given.arms),
            "tasks": list(given.tasks),
            "turns": given.turns,
            "siblings": given.siblings,
            "lessons": given.lessons,
            "seed": given.seed,
            "limit": given.limit,
            "neighbors": given.neighbors,
            "evidence": given.evidence,
            "rehearsal": given.rehearse,
        }

    def _key(self, taught: Dataset, tested: Dataset) -> str:
        """Equal for runs that would do the same; the arms need not be the same ones."""
        settings = self._settings(taught, tested)
        settings.pop("arms")
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
