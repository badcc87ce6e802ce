"""Curves over a run: accuracy by budget and by turn, and what the relevance of a lesson says of its use."""

from collections.abc import Mapping, Sequence
from typing import Any

from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.retrieval.abstention import Abstention
from understudy_knowledge.teaching.records import Trace
from understudy_server.bench.teach.arms import ArmMaker
from understudy_server.bench.teach.budgets import first_part, rollouts
from understudy_server.bench.teach.figures import Attempts

_BINS = 5
_THRESHOLDS = tuple(step / 10 for step in range(11))


def budget_curve(
    arms: Mapping[str, Mapping[str, Any]], order: Sequence[str], traces: Mapping[str, Trace]
) -> list[dict[str, Any]]:
    """Accuracy of retrieved lessons when only the first part of the budget, in an order drawn by lot, had gone to the teacher."""
    found = []
    for name, percent in (("zero", 0), ("budget=25", 25), ("budget=50", 50), ("budget=75", 75), ("rai", 100)):
        if name in arms:
            part = first_part(order, traces, percent) if percent else {}
            found.append(
                {
                    "percent": percent,
                    "teacher_calls": sum(trace.cost.teacher_calls for trace in part.values()),
                    "teacher_tokens": sum(trace.cost.teacher_tokens for trace in part.values()),
                    "student_rollouts": sum(map(rollouts, part.values())),
                    **_measured(arms[name]),
                }
            )
    return found


def order_curve(
    arms: Mapping[str, Mapping[str, Any]], maker: ArmMaker, traces: Mapping[str, Trace]
) -> list[dict[str, Any]]:
    """At equal budgets of the teacher: examples in the policy's order, and in orders drawn by lot."""
    percents = [percent for percent in (25, 50, 75) if f"policy={percent}" in arms]
    order = maker.order("policy=") if percents else []
    found = []
    for percent in percents:
        part = first_part(order, traces, percent)
        drawn = arms.get(f"budget={percent}")
        found.append(
            {
                "percent": percent,
                "teacher_tokens": sum(trace.cost.teacher_tokens for trace in part.values()),
                "explored": len(part),
                **_measured(arms[f"policy={percent}"]),
                "teacher_calls": sum(trace.cost.teacher_calls for trace in part.values()),
                "at_random": drawn["seeds"]["passed"] if drawn else [],
            }
        )
    return found


def turn_curve(arms: Mapping[str, Mapping[str, Any]], turns: int) -> list[dict[str, Any]]:
    """Accuracy of retrieved lessons whose plans needed at most so many turns; no more than the run allowed, which is what `rai` had."""
    names = [("zero", 0), ("no-refinement", 1), ("turns=2", 2), ("turns=3", 3)]
    points = {number: name for name, number in names if name in arms and number < turns}
    if "rai" in arms:
        points[turns] = "rai"
    return [{"turns": number, **_measured(arms[name])} for number, name in sorted(points.items())]


def _measured(arm: Mapping[str, Any]) -> dict[str, Any]:
    return {"passed": arm["passed"], "n": arm["n"], "interval": arm["interval"]}


def solved_curve(traces: Mapping[str, Trace], turns: int) -> list[dict[str, int]]:
    """Taught items solved by each turn, those before included; turn 0 is the student alone."""
    solved = [
        0 if trace.own.passed else len(trace.turns)
        for trace in traces.values()
        if trace.own.passed or trace.solved
    ]
    return [
        {"turn": turn, "solved": sum(each <= turn for each in solved), "n": len(traces)}
        for turn in range(turns + 1)
    ]


def abstention(items: Sequence[Item], zero: Attempts, rai: Attempts) -> dict[str, Any]:
    """How far a lesson's relevance can be trusted, and what silence below a threshold would have come to.

    In each bin of relevance: the share of items that pass with lessons, and without. Below the threshold an item counts as the
    student alone left it. Only a case of the item's own data has a relevance; the other items are counted apart, and stay as they
    are whatever the threshold. `threshold` is where the product falls silent, as long as it has learned no other bound.
    """
    keys = [item.example.id for item in items]
    points = [
        (relevance, rai[key].attempt.passed, zero[key].attempt.passed)
        for key in keys
        if (relevance := rai[key].relevance) is not None
    ]
    others = {key: rai[key] for key in keys if rai[key].relevance is None}
    as_they_are = sum(tried.attempt.passed for tried in others.values())
    bins = []
    for number in range(_BINS):
        low, high = number / _BINS, (number + 1) / _BINS
        within = [
            each for each in points if low <= each[0] < high or (number == _BINS - 1 and each[0] >= high)
        ]
        if within:
            bins.append(
                {
                    "relevance": round(sum(each[0] for each in within) / len(within), 4),
                    "n": len(within),
                    "with_lessons": sum(each[1] for each in within),
                    "without": sum(each[2] for each in within),
                    "gained": sum(each[1] and not each[2] for each in within),
                    "lost": sum(each[2] and not each[1] for each in within),
                }
            )
    silent = [
        {
            "threshold": bound,
            "answered_with_lessons": sum(score >= bound for score, _, _ in points),
            "passed": as_they_are
            + sum((helped if score >= bound else alone) for score, helped, alone in points),
        }
        for bound in _THRESHOLDS
    ]
    apart = {
        "of other data": [key for key, tried in others.items() if tried.similarity is not None],
        "of the tree alone": [
            key for key, tried in others.items() if tried.given and tried.similarity is None
        ],
        "no lesson": [key for key, tried in others.items() if not tried.given],
    }
    return {
        "bins": bins,
        "thresholds": silent,
        "threshold": Abstention().threshold,
        "apart": {
            name: {
                "n": len(members),
                "passed": sum(rai[key].attempt.passed for key in members),
                "without": sum(zero[key].attempt.passed for key in members),
            }
            for name, members in apart.items()
        },
    }
