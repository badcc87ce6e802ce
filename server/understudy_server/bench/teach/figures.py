"""The figures of a run as JSON has them, and as lines of a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.evaluation.paired import mcnemar
from understudy_knowledge.teaching.records import Attempt, Trace

Attempts = Mapping[str, Attempt]
"""By example id."""


def arm_figures(items: Sequence[Item], attempts: Attempts, teacher_tokens: int) -> dict[str, Any]:
    """What one arm came to on the tested items."""
    by_source: dict[str, dict[str, int]] = {}
    for item in items:
        of_source = by_source.setdefault(item.source, {"n": 0, "passed": 0})
        of_source["n"] += 1
        of_source["passed"] += attempts[item.example.id].passed
    done = [attempts[item.example.id] for item in items]
    return {
        "n": len(items),
        "passed": sum(attempt.passed for attempt in done),
        "by_source": by_source,
        "valid": sum(attempt.outcome == "ok" for attempt in done),
        "with_lessons": sum(bool(attempt.lesson_ids) for attempt in done),
        "student_tokens": sum(attempt.tokens for attempt in done),
        "teacher_tokens": teacher_tokens,
        "seconds": round(sum(attempt.seconds for attempt in done), 2),
    }


def paired_figures(items: Sequence[Item], before: Attempts, after: Attempts) -> dict[str, Any]:
    """What an arm gained and lost on the same items: over all, by source, and on databases that were never taught."""

    def of(chosen: Sequence[Item]) -> dict[str, Any]:
        pair = mcnemar(
            [before[item.example.id].passed for item in chosen],
            [after[item.example.id].passed for item in chosen],
        )
        points = 100 * (pair.gained - pair.lost) / len(chosen) if chosen else 0.0
        return {"gained": pair.gained, "lost": pair.lost, "points": round(points, 1), "p": pair.p}

    sources = dict.fromkeys(item.source for item in items)
    return {
        **of(items),
        "by_source": {source: of([item for item in items if item.source == source]) for source in sources},
        "unseen_databases": of([item for item in items if not item.seen]),
    }


def turn_figures(traces: Mapping[str, Trace], turns: int) -> dict[str, int]:
    """How many taught items were solved without help, by each turn, and never."""
    counts = {"by itself": 0, **{f"turn {turn}": 0 for turn in range(1, turns + 1)}, "never": 0}
    for trace in traces.values():
        key = "by itself" if trace.own.passed else f"turn {len(trace.turns)}" if trace.solved else "never"
        counts[key] += 1
    return counts
