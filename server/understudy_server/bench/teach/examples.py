"""Example traces that a person can read: a few of each kind of change, with the code, the lesson and the verdict of every arm."""

from collections.abc import Mapping, Sequence
from typing import Any

from understudy_knowledge.evaluation.items import Item
from understudy_server.bench.teach.figures import Attempts
from understudy_server.bench.teach.learning import Learned

_OF_EACH = 3
_CHANGES = ("gained", "lost", "kept", "failing")


def examples(items: Sequence[Item], arms: Mapping[str, Attempts], learned: Learned) -> list[dict[str, Any]]:
    """Up to three items of each kind of change from zero-shot to the best of our arms, of as many sources as there are."""
    name = next((name for name in ("gi+rai", "rai", "gi") if name in arms), None)
    if name is None or "zero" not in arms:
        return []
    cases = {case.id: case for case in learned.cases}
    by_change: dict[str, list[Item]] = {change: [] for change in _CHANGES}
    for item in items:
        before, after = (arms[each][item.example.id].attempt.passed for each in ("zero", name))
        change = ("kept" if before else "gained") if after else ("lost" if before else "failing")
        by_change[change].append(item)
    found = []
    for change, members in by_change.items():
        for item in _varied(members):
            key = item.example.id
            found.append(
                {
                    "change": change,
                    "arm": name,
                    "id": key,
                    "source": item.source,
                    "question": item.example.question,
                    "evidence": item.example.evidence,
                    "gold": item.example.gold,
                    "lessons": [
                        {
                            "question": cases[case].question,
                            "explanation": cases[case].explanation,
                            "code": cases[case].code,
                        }
                        for case in arms[name][key].attempt.lesson_ids
                        if case in cases
                    ],
                    "attempts": {
                        arm: {
                            "code": tried[key].attempt.code,
                            "passed": tried[key].attempt.passed,
                            "verdict": tried[key].attempt.diagnosis,
                        }
                        for arm, tried in arms.items()
                        if arm in ("zero", name, "shuffled", "demonstration")
                    },
                }
            )
    return found


def _varied(items: Sequence[Item]) -> list[Item]:
    """The first of each source, then the second ones."""
    seen: dict[str, int] = {}
    ranked = []
    for item in items:
        seen[item.source] = seen.get(item.source, 0) + 1
        ranked.append((seen[item.source], item))
    return [item for _, item in sorted(ranked, key=lambda pair: pair[0])[:_OF_EACH]]
