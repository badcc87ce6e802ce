"""A whole run: read, check the gold, learn, test every arm, write the figures. Goes on where a killed run stopped."""

import hashlib
import json
import platform
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from attrs import asdict, define, field, frozen

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.evaluation.items import Item, Refused, Rule, by_rule
from understudy_knowledge.evaluation.sides import crossing
from understudy_knowledge.execution import Executor, Limits
from understudy_knowledge.memory.patterns import pattern
from understudy_knowledge.memory.records import Example
from understudy_knowledge.models.roles import Student, Teacher
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.teaching.price import Price
from understudy_knowledge.teaching.run_log import RunLog
from understudy_knowledge.teaching.steps import Steps
from understudy_server.bench.teach.benches import DatasetBench
from understudy_server.bench.teach.budgets import drawn
from understudy_server.bench.teach.ceiling import Ceiling
from understudy_server.bench.teach.counting import Counting
from understudy_server.bench.teach.curves import abstention, budget_curve, solved_curve, turn_curve
from understudy_server.bench.teach.estimate import Plan, Sample, estimate
from understudy_server.bench.teach.examples import examples
from understudy_server.bench.teach.figures import (
    TIMINGS,
    Attempts,
    arm_figures,
    gain_per_1000,
    paired_figures,
    seeds_figures,
    turn_figures,
)
from understudy_server.bench.teach.leaking import Guarded, guarded
from understudy_server.bench.teach.learning import Learned, learn
from understudy_server.bench.teach.measuring import Measuring, prompts_digest
from understudy_server.bench.teach.reading import Sides, read_sides
from understudy_server.bench.teach.settings import BY_TEACHER, SAMPLED, TeachSettings

_LIMITS = Limits(seconds=20.0)
"""Generous, so that a busy machine does not change the figures."""
_SAMPLED_FIRST = 8
"""Attempts made before the estimate; they are kept, so that nothing is done twice."""


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
    tell: Callable[[str], None] = lambda sentence: None
    """Takes sentences worth a line while the run goes on."""
    alone: Student | None = None
    """The teacher's model in the student's role, where there is one."""
    prices: tuple[Price, Price] = (Price(), Price())
    """The student's and the teacher's."""
    counting: Counting = field(factory=Counting)
    refused: list[Refused] = field(factory=list)

    async def run(self) -> dict[str, Any]:
        """The figures. Raises NothingToDoError where nothing can be taught or tested, DataSourceError, BackendError."""
        began = time.monotonic()
        sides = read_sides(self.settings, self.folder)
        self.refused = list(sides.refused)
        taught = self._bounded(sides.teachable)
        if self.settings.teacher_tokens is not None or self.settings.rollouts is not None:
            # What comes too late is left out, and that is not to be the dataset's last source.
            place = {
                key: n
                for n, key in enumerate(drawn((item.example.id for item in taught), self.settings.seed))
            }
            taught.sort(key=lambda item: place[item.example.id])
        tested = taught if self.settings.rehearse else self._bounded(sides.tested.of("test", "valid"))
        log = RunLog(self.folder / f"teach-{self._key(sides)}.jsonl")
        try:
            async with Executor(self.settings.in_flight) as executor:
                everything = list({item.example.id: item for item in (*taught, *tested)}.values())
                bench = DatasetBench.over(
                    everything,
                    self.student,
                    executor,
                    _LIMITS,
                    self.settings.neighbors,
                    self.folder,
                    sides.catalogs,
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
                figures = await self._measured(taught, tested, bench, steps, sides)
        finally:
            log.close()
        figures["digest"] = digest(figures)
        figures["timing"] |= {"seconds": round(time.monotonic() - began, 1), "megabytes": _megabytes()}
        return figures

    async def _measured(
        self, taught: Sequence[Item], tested: Sequence[Item], bench: DatasetBench, steps: Steps, sides: Sides
    ) -> dict[str, Any]:
        ceiling = Ceiling(self.teacher, self.alone, self.settings.turns)
        measuring = Measuring(self.settings, bench, steps, ceiling, _LIMITS, self.counting)
        expected = await self._expected(taught, tested, measuring)
        queries = {
            item.example.id: RetrievalQuery(pattern(item.example.question, bench.of(item.example).catalog))
            for item in (*taught, *tested)
        }
        with self.counting.under("learning", steps.log):
            learned = await learn(taught, bench, self.teacher, queries, steps, self.settings)
        guard = guarded(learned, taught, () if self.settings.rehearse else tested)
        for sentence in guard.found:
            self.tell(sentence)
        attempts, seeds = await measuring.all_arms(guard.learned, taught, tested, queries)
        return self._figures(taught, tested, guard, attempts, seeds, sides) | {
            "calls": {
                label: {
                    role: asdict(calls, filter=lambda at, _: at.name != "seconds")
                    for role, calls in roles.items()
                }
                for label, roles in Counting.kept(steps.log).items()
            },
            "timing": {"expected": expected},
        }

    async def _expected(
        self, taught: Sequence[Item], tested: Sequence[Item], measuring: Measuring
    ) -> dict[str, Any]:
        """What the run will take, told before it starts."""
        began = time.monotonic()
        first = await measuring.first(tested[:: max(1, len(tested) // _SAMPLED_FIRST)][:_SAMPLED_FIRST])
        tokens = sum(tried.attempt.tokens for tried in first.values())
        # Those that an earlier run made took their time then.
        taken = max(time.monotonic() - began, sum(tried.attempt.seconds for tried in first.values()))
        sample = Sample(len(first), taken, tokens)
        runs = sum(self.settings.seeds if name in SAMPLED else 1 for name in {"zero", *self.settings.arms})
        plan = Plan(
            len(taught),
            self.settings.turns,
            self.settings.siblings,
            len(tested) * runs,
            self.settings.in_flight,
        )
        most: Usage = await self.teacher.at_most()
        found = estimate(plan, sample, most, *self.prices)
        self.tell(
            f"{len(taught)} items to teach, {len(tested)} to test, {len(self.refused)} skipped. {found.sentence}."
        )
        return asdict(found)

    def _figures(
        self,
        taught: Sequence[Item],
        tested: Sequence[Item],
        guard: Guarded,
        attempts: dict[str, Attempts],
        seeds: dict[str, list[Attempts]],
        sides: Sides,
    ) -> dict[str, Any]:
        learned, seed = guard.learned, self.settings.seed
        tokens = sum(trace.cost.teacher_tokens for trace in learned.traces.values())
        arms: dict[str, dict[str, Any]] = {}
        for name in self.settings.arms if "zero" in self.settings.arms else ("zero", *self.settings.arms):
            own = sum(tried.teacher_tokens for tried in attempts[name].values())
            paid = name in BY_TEACHER or name.startswith(("turns=", "k="))
            arms[name] = arm_figures(tested, attempts[name], tokens if paid else own, seed)
            arms[name]["prompts"] = prompts_digest(tested, attempts[name])
            if name in seeds:
                passed = [sum(tried.attempt.passed for tried in each.values()) for each in seeds[name]]
                arms[name]["seeds"] = seeds_figures(passed)
        order = drawn((item.example.id for item in taught), seed)
        budget = budget_curve(arms, order, learned.traces)
        for point in budget:
            if (arm := arms.get(f"budget={point['percent']}")) is not None:
                arm["teacher_tokens"] = point["teacher_tokens"]
        for arm in arms.values():
            arm["gain_per_1000_teacher_tokens"] = gain_per_1000(arm, arms["zero"])
        shared = crossing(taught, tested)
        zero = attempts["zero"]
        return {
            "arms": arms,
            "paired": {
                name: paired_figures(tested, zero, attempts[name], shared, seed)
                for name in arms
                if name != "zero"
            },
            "learned": self._learned(learned, taught),
            "curves": {
                "budget": budget,
                "turns": turn_curve(arms, self.settings.turns),
                "solved": solved_curve(learned.traces, self.settings.turns),
                "abstention": abstention(tested, zero, attempts["rai"]) if "rai" in attempts else None,
            },
            "leaks": {"checked": guard.checked, "found": list(guard.found)},
            "sides": {"taught": len(taught), "tested": len(tested), "crossing": len(shared)},
            "refused": [str(refused) for refused in self.refused],
            "refused_by_rule": by_rule(self.refused),
            "examples": examples(tested, attempts, learned),
            "settings": self._settings(sides),
            "versions": {
                "understudy": version("understudy"),
                "sqlglot": version("sqlglot"),
                "python": platform.python_version(),
                "prompts": _templates(),
            },
        }

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
                self.refused.append(_refusal(item, why))
        return frozenset(key for key, found in checked.items() if not found.why)

    def _learned(self, learned: Learned, taught: Sequence[Item]) -> dict[str, Any]:
        return {
            "taught": len(taught),
            "solved_by": turn_figures(learned.traces, self.settings.turns),
            "cases": dict(sorted(Counter(case.status for case in learned.cases).items())),
            "instructed_databases": sum(bool(general.text) for general in learned.general.values()),
            "teacher_calls": sum(trace.cost.teacher_calls for trace in learned.traces.values()),
        }

    def _settings(self, sides: Sides) -> dict[str, Any]:
        given, taught, tested = self.settings, sides.taught, sides.tested
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
            "seeds": given.seeds,
            "split": given.split,
            "limit": given.limit,
            "neighbors": given.neighbors,
            "evidence": given.evidence,
            "teacher_tokens": given.teacher_tokens,
            "rollouts": given.rollouts,
            "rehearsal": given.rehearse,
        }

    def _key(self, sides: Sides) -> str:
        """Equal for runs that would do the same; the arms need not be the same ones, nor the number of seeds."""
        settings = self._settings(sides)
        for name in ("arms", "seeds"):
            settings.pop(name)
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]


def _refusal(item: Item, why: str) -> Refused:
    rule: Rule = "gold-empty" if "answers nothing" in why else "gold-fails"
    return Refused(str(item.example.origin), item.example.id, why, rule)


def digest(figures: dict[str, Any]) -> str:
    """A hash of all that a run with the same seed and deterministic backends brings again: everything but what clocks say."""

    def steady(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: steady(each) for key, each in value.items() if key not in TIMINGS}
        return [steady(each) for each in value] if isinstance(value, list) else value

    return hashlib.sha256(json.dumps(steady(figures)).encode()).hexdigest()


def _megabytes() -> float | None:
    """The most memory that this process had; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (1024 * 1024 if platform.system() == "Darwin" else 1024), 1)


@cache
def _templates() -> str:
    """A hash of the prompts' templates."""
    found = hashlib.sha256()
    folder = files("understudy_knowledge.models") / "prompts"
    for each in sorted(folder.iterdir(), key=lambda file: file.name):
        if each.name.endswith(".jinja"):
            found.update(each.name.encode() + each.read_bytes())
    return found.hexdigest()[:16]
