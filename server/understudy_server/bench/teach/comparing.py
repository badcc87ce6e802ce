"""Arm against arm on the same items: what our lessons gained and lost beside everything else that was run, not only beside nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from understudy_knowledge.evaluation.bootstrap import mean_interval
from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.evaluation.paired import mcnemar
from understudy_server.bench.teach.figures import Attempts

OURS = ("rai", "gi+rai")
"""The arms that give a prompt what the product gives it."""
FEW = 30
"""Tested items below which a table is said to tell little."""


def difference(items: Sequence[Item], before: Attempts, after: Attempts, seed: int = 0) -> dict[str, Any]:
    """Items that only one of two arms passed: points with a 95 % bootstrap interval, and p by the exact test of McNemar."""
    was = [before[item.example.id].attempt.passed for item in items]
    is_now = [after[item.example.id].attempt.passed for item in items]
    pair = mcnemar(was, is_now)
    interval = mean_interval([float(b) - float(a) for a, b in zip(was, is_now, strict=True)], seed)
    points = 100 * (pair.gained - pair.lost) / len(items) if items else 0.0
    return {
        "n": len(items),
        "gained": pair.gained,
        "lost": pair.lost,
        "points": round(points, 1),
        "interval": [round(100 * interval.low, 1), round(100 * interval.high, 1)],
        "p": pair.p,
    }


def paired_figures(
    items: Sequence[Item],
    before: Attempts,
    after: Attempts,
    crossing: frozenset[str] = frozenset(),
    seed: int = 0,
) -> dict[str, Any]:
    """What an arm gained and lost on the same items: over all, by source, on databases that were never taught, and on items
    that share neither query family nor nearly their words with a taught one (`crossing` are the others)."""

    def of(chosen: Sequence[Item]) -> dict[str, Any]:
        return difference(chosen, before, after, seed)

    sources = dict.fromkeys(item.source for item in items)
    return {
        **of(items),
        "by_source": {source: of([item for item in items if item.source == source]) for source in sources},
        "unseen_databases": of([item for item in items if not item.seen]),
        "apart": of([item for item in items if item.example.id not in crossing]),
    }


def against_others(
    name: str, items: Sequence[Item], arms: Mapping[str, Attempts], seed: int = 0
) -> dict[str, dict[str, Any]]:
    """One of our arms against each other one that was run but the student alone, in the order in which they were run."""
    return {
        other: difference(items, attempts, arms[name], seed)
        for other, attempts in arms.items()
        if other not in (name, "zero")
    }
