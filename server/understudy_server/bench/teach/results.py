"""All that a run found, as JSON has it."""

import hashlib
import json
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from attrs import asdict, frozen

from understudy_knowledge.evaluation.items import Item, Refused, by_rule
from understudy_knowledge.evaluation.sides import crossing
from understudy_knowledge.models.vllm.student import MOST_PROMPT_TOKENS
from understudy_server.bench.proxy import Calls
from understudy_server.bench.teach.arm_names import BY_TEACHER, DSPY_ARMS
from understudy_server.bench.teach.arms import ArmMaker
from understudy_server.bench.teach.budgets import turns_of
from understudy_server.bench.teach.comparing import OURS, against_others, paired_figures
from understudy_server.bench.teach.curves import (
    abstention,
    budget_curve,
    order_curve,
    solved_curve,
    turn_curve,
)
from understudy_server.bench.teach.estimate import caution
from understudy_server.bench.teach.examples import examples, one_general, whole_traces
from understudy_server.bench.teach.figures import (
    TIMINGS,
    arm_figures,
    gain_per_1000,
    seeds_figures,
    turn_figures,
)
from understudy_server.bench.teach.leaking import Guarded
from understudy_server.bench.teach.learning import Learned
from understudy_server.bench.teach.learning_cost import LearningCost, student_tokens
from understudy_server.bench.teach.measuring import Measured, prompts_digest
from understudy_server.bench.teach.reading import Sides
from understudy_server.bench.teach.run_stamp import Stamp
from understudy_server.bench.teach.settings import TeachSettings
from understudy_server.bench.teach.summary import summary


@frozen
class Roles:
    """Who filled them, and of whom tokens are estimated for they ask no model."""

    student: str
    teacher: str
    estimated: frozenset[str]


@frozen(eq=False)
class Results:
    """What a run measured, and what it was about."""

    settings: TeachSettings
    roles: Roles
    sides: Sides
    made_by: Stamp
    refused: Sequence[Refused]
    taught: Sequence[Item]
    tested: Sequence[Item]

    def figures(self, guard: Guarded, measured: Measured, maker: ArmMaker) -> dict[str, Any]:
        """Everything but calls of servers and what clocks say."""
        learned, attempts, seed = guard.learned, measured.attempts, self.settings.seed
        arms = {name: self._arm(name, measured, maker) for name in self._names()}
        budget = budget_curve(arms, maker.order("budget=100"), learned.traces)
        for point in budget:
            if (arm := arms.get(f"budget={point['percent']}")) is not None:
                arm["teacher_tokens"] = point["teacher_tokens"]
        order = order_curve(arms, maker, learned.traces)
        for point in order:
            arms[f"policy={point['percent']}"]["teacher_tokens"] = point["teacher_tokens"]
        for arm in arms.values():
            arm["gain_per_1000_teacher_tokens"] = gain_per_1000(arm, arms["zero"])
        shared = crossing(self.taught, self.tested, self.sides.catalogs)
        zero = attempts["zero"]
        found = {
            "arms": arms,
            "paired": {
                name: paired_figures(self.tested, zero, attempts[name], shared, seed)
                | ({"against": against_others(name, self.tested, attempts, seed)} if name in OURS else {})
                for name in arms
                if name != "zero"
            },
            "learned": self._learned(learned),
            "curves": {
                "budget": budget,
                "order": order,
                "turns": turn_curve(arms, self.settings.turns),
                "solved": solved_curve(learned.traces, self.settings.turns),
                "abstention": abstention(self.tested, zero, attempts["rai"]) if "rai" in attempts else None,
            },
            "leaks": {"checked": guard.checked, "found": list(guard.found)},
            "sides": {"taught": len(self.taught), "tested": len(self.tested), "crossing": len(shared)},
            "caution": caution(len(self.tested)),
            "refused": [str(refused) for refused in self.refused],
            "refused_by_rule": by_rule(self.refused),
            "examples": examples(self.tested, attempts, maker),
            "traces": whole_traces(self.tested, attempts, maker, shared),
            "general": one_general(maker),
            "settings": settings_of(self.settings, self.roles, self.sides),
            "limits": {"prompt_tokens": MOST_PROMPT_TOKENS, "execution": asdict(maker.bench.limits)},
            "versions": versions_of(self.made_by, self.settings.arms),
        }
        return found | {"summary": summary(found)}

    def _names(self) -> tuple[str, ...]:
        named = self.settings.arms
        return named if "zero" in named else ("zero", *named)

    def _arm(self, name: str, measured: Measured, maker: ArmMaker) -> dict[str, Any]:
        attempts = measured.attempts[name]
        if (calls := measured.compiling.get(name)) is not None:
            took = LearningCost(*(calls.get(role, Calls()).tokens for role in ("student", "teacher")))
        else:
            took = LearningCost(student_tokens(name, maker), _teacher_tokens(name, maker.learned))
        tokens = took.teacher + sum(tried.teacher_tokens for tried in attempts.values())
        arm = arm_figures(self.tested, attempts, tokens, self.settings.seed)
        arm["learning_student_tokens"] = took.student
        arm["prompts"] = prompts_digest(self.tested, attempts)
        if name in measured.seeds:
            passed = [sum(tried.attempt.passed for tried in each.values()) for each in measured.seeds[name]]
            arm["seeds"] = seeds_figures(passed)
        return arm

    def _learned(self, learned: Learned) -> dict[str, Any]:
        return {
            "taught": len(self.taught),
            "solved_by": turn_figures(learned.traces, self.settings.turns),
            "cases": dict(sorted(Counter(case.status for case in learned.cases).items())),
            "instructed_databases": sum(bool(general.text) for general in learned.general.values()),
            "nodes": dict(
                sorted(Counter(node.status for nodes in learned.nodes.values() for node in nodes).items())
            ),
            "teacher_calls": sum(trace.cost.teacher_calls for trace in learned.traces.values()),
            "teacher_tokens": {
                "exploring": _explored(learned),
                "general": learned.general_tokens,
                "tree": learned.node_tokens,
            },
            "rollouts": learned.rollouts,
            "silence": {
                database: {"pairs": said.abstention.pairs, "ece": round(said.reliability.ece, 4)}
                for database, said in sorted(learned.silence.items())
            },
        }


def _teacher_tokens(name: str, learned: Learned) -> int:
    """What the teacher took for what the arm gives, but for arms of a part of the budget."""
    if name not in BY_TEACHER and not name.startswith(("turns=", "k=")):
        return 0
    tokens = _explored(learned, turns_of(name))
    if name in ("gi", "gi+rai"):
        tokens += learned.general_tokens
    return tokens if name in ("gi", "no-tree") else tokens + learned.node_tokens


def _explored(learned: Learned, turns: int | None = None) -> int:
    """What exploring took of the teacher, up to that turn of each item."""
    traces = learned.traces.values()
    if turns is None:
        return sum(trace.cost.teacher_tokens for trace in traces)
    return sum(turn.tokens for trace in traces for turn in trace.turns[:turns])


def settings_of(given: TeachSettings, roles: Roles, sides: Sides) -> dict[str, Any]:
    """The settings that a run's figures hang on."""
    taught, tested = sides.taught, sides.tested
    return {
        "taught": taught.name,
        "tested": tested.name,
        "data": {taught.name: taught.digest, tested.name: tested.digest},
        "student": roles.student,
        "teacher": roles.teacher,
        "tokens": "estimated" if roles.estimated else "as the servers say",
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
        "execution_seconds": given.limits.seconds,
        "retrieval": given.retrieval.embedding,
        "evidence": given.evidence,
        "teacher_tokens": given.teacher_tokens,
        "rollouts": given.rollouts,
        "rehearsal": given.rehearse,
        "overridden": list(given.overridden),
    }


def versions_of(made_by: Stamp, arms: Sequence[str]) -> dict[str, str]:
    """What made the figures: the product, the prompts' templates, the data with their databases, and the parts that decide."""
    parts = {"sqlglot": "sqlglot", "faiss": "faiss-cpu"}
    if any(arm in DSPY_ARMS for arm in arms):
        parts["dspy"] = "dspy"
    return {
        "understudy": made_by.version,
        "code": made_by.code,
        "prompts": made_by.prompts,
        "data": made_by.data,
        **{name: version(package) for name, package in parts.items()},
        "python": platform.python_version(),
    }


def run_key(settings: Mapping[str, Any]) -> str:
    """Equal for runs that would do the same; the arms need not be the same ones, nor the number of seeds, nor the data as they are,
    nor who said what they are to be."""
    passed_over = ("arms", "seeds", "data", "overridden")
    kept = {name: value for name, value in settings.items() if name not in passed_over}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:12]


def digest(figures: Mapping[str, Any]) -> str:
    """A hash of all that a run with the same seed and deterministic backends brings again: everything but what clocks say."""

    def steady(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: steady(each) for key, each in value.items() if key not in TIMINGS}
        return [steady(each) for each in value] if isinstance(value, list) else value

    return hashlib.sha256(json.dumps(steady(figures)).encode()).hexdigest()
