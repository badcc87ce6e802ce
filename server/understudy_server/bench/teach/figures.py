"""The figures of a run as JSON has them: of each arm, of learning."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from understudy_knowledge.evaluation.bootstrap import mean_interval
from understudy_knowledge.evaluation.difficulty import difficulty
from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.teaching.records import Attempt, Trace
from understudy_server.bench.teach.tried import Tried

Attempts = Mapping[str, Tried]
"""By example id."""
TIMINGS = ("seconds", "latency", "timing")
"""Keys of what no two runs have alike; everything else is the same for the same seed where the backends are."""


def arm_figures(
    items: Sequence[Item], attempts: Attempts, teacher_tokens: int, seed: int = 0
) -> dict[str, Any]:
    """What one arm came to on the tested items."""
    done = [attempts[item.example.id].attempt for item in items]
    passed = sum(attempt.passed for attempt in done)
    answered = sum(bool(attempt.code) for attempt in done)
    tokens = sum(attempt.tokens for attempt in done)
    interval = mean_interval([float(attempt.passed) for attempt in done], seed)
    return {
        "n": len(items),
        "passed": passed,
        "interval": [round(100 * interval.low, 1), round(100 * interval.high, 1)],
        "by_source": _by(items, attempts, lambda item: item.source),
        "by_task": _by(items, attempts, lambda item: item.task),
        "by_difficulty": _by(items, attempts, level),
        "by_failure": dict(
            sorted(Counter(failure(attempt) for attempt in done if not attempt.passed).items())
        ),
        "valid": sum(attempt.outcome == "ok" for attempt in done),
        "valid_sql": _valid_sql(items, attempts),
        "published": _published(items, attempts),
        "with_lessons": sum(bool(attempt.lesson_ids) for attempt in done),
        "answered": answered,
        "student_tokens": tokens,
        "tokens_per_answer": round(tokens / answered, 1) if answered else None,
        "teacher_tokens": teacher_tokens,
        "seconds": round(sum(attempt.seconds for attempt in done), 2),
        "latency": _latency(done),
    }


def turn_figures(traces: Mapping[str, Trace], turns: int) -> dict[str, int]:
    """How many taught items were solved without help, by each turn, and never."""
    counts = {"by itself": 0, **{f"turn {turn}": 0 for turn in range(1, turns + 1)}, "never": 0}
    for trace in traces.values():
        key = "by itself" if trace.own.passed else f"turn {len(trace.turns)}" if trace.solved else "never"
        # Several teachers have as many turns each.
        counts[key] = counts.get(key, 0) + 1
    return counts


def seeds_figures(passed: Sequence[int]) -> dict[str, Any]:
    """What an arm that draws lots came to with each seed."""
    mean = fmean(passed)
    spread = (
        (sum((each - mean) ** 2 for each in passed) / (len(passed) - 1)) ** 0.5 if len(passed) > 1 else 0.0
    )
    return {"passed": list(passed), "mean": round(mean, 2), "deviation": round(spread, 2)}


def gain_per_1000(arm: Mapping[str, Any], zero: Mapping[str, Any]) -> float | None:
    """Items gained over zero-shot for each 1,000 tokens of the teacher; None where it took none."""
    tokens = arm["teacher_tokens"]
    return round(1000 * (arm["passed"] - zero["passed"]) / tokens, 4) if tokens else None


def level(item: Item) -> str:
    """How hard the item is: as its dataset says, else by its gold code."""
    return item.difficulty or difficulty(item.example.gold, item.example.dialect)


def failure(attempt: Attempt) -> str:
    """The class of a failed attempt: why there is no answer, or how the answer differs."""
    if attempt.outcome != "ok":
        return attempt.outcome
    return f"wrong-answer/{attempt.difference}" if attempt.difference else "wrong-answer"


def _by(items: Sequence[Item], attempts: Attempts, key: Callable[[Item], str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for item in items:
        part = found.setdefault(key(item), {"n": 0, "passed": 0})
        part["n"] += 1
        part["passed"] += attempts[item.example.id].attempt.passed
    return found


def _valid_sql(items: Iterable[Item], attempts: Attempts) -> dict[str, int]:
    ran = [attempts[item.example.id].attempt.outcome == "ok" for item in items if item.task == "sql"]
    return {"n": len(ran), "passed": sum(ran)}


def _published(items: Iterable[Item], attempts: Attempts) -> dict[str, Any]:
    """By the rules of BIRD and Spider, over the SQL items; ours over the same items stands beside them."""
    pairs = [
        (tried.attempt, tried.published) for item in items if (tried := attempts[item.example.id]).published
    ]
    rules = [rule for _, rule in pairs if rule is not None]
    return {
        "n": len(pairs),
        "ours": sum(attempt.passed for attempt, _ in pairs),
        "bird": sum(rule.bird for rule in rules),
        "spider": sum(rule.spider for rule in rules),
        "soft_f1": round(fmean(rule.soft_f1 for rule in rules), 4) if rules else None,
    }


def _latency(done: Sequence[Attempt]) -> dict[str, float]:
    """Seconds in the student's backend for one answer."""
    taken = sorted(attempt.seconds for attempt in done)
    if not taken:
        return {}
    return {
        name: round(taken[min(len(taken) - 1, int(share * len(taken)))], 3)
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }
