"""Examples that a person can read: tested items of each kind of change with what every arm gave and got, and whole traces behind them."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.memory.records import Lesson
from understudy_knowledge.teaching.candidates import lesson_of
from understudy_knowledge.teaching.records import Trace
from understudy_server.bench.teach.arm_names import DSPY_ARMS
from understudy_server.bench.teach.arms import ArmMaker, Help
from understudy_server.bench.teach.figures import Attempts
from understudy_server.bench.teach.spoken import (
    attempt_figures,
    case_figures,
    in_prompt,
    lesson_figures,
    trace_figures,
)

_OF_EACH = 3
_CHANGES = ("gained", "lost", "kept", "failing")
_OURS = ("gi+rai", "rai", "gi")
_SHOWN = ("zero", *_OURS, "shuffled", "random-k", "demonstration", "dail", *DSPY_ARMS, "teacher")
_WITHOUT_HELP = ("zero", "teacher", *DSPY_ARMS)
"""Arms whose prompts are not of our making, or hold nothing."""


def examples(items: Sequence[Item], arms: Mapping[str, Attempts], maker: ArmMaker) -> list[dict[str, Any]]:
    """Up to three items of each kind of change from zero-shot to the best of our arms, of as many sources as there are.

    `lessons` are all that the prompt held, nodes of the tree and demonstrations too, whether the student went by them or not.
    """
    name = _best(arms)
    if name is None:
        return []
    shown = [arm for arm in arms if arm in _SHOWN and (arm == name or arm not in _OURS)]
    cases = {case.id: case for case in maker.learned.cases}
    found = []
    with ExitStack() as stack:
        makes = {arm: stack.enter_context(maker.make(arm)) for arm in shown if arm not in _WITHOUT_HELP}
        for change, item in _chosen(items, arms, name):
            key = item.example.id
            given = {arm: makes[arm](item) if arm in makes else Help() for arm in shown}
            attempts = {
                arm: attempt_figures(arms[arm][key].attempt)
                | {"lessons": [lesson_figures(each, cases, arms[arm][key].attempt.lesson_ids) for each in given[arm].lessons]}
                for arm in shown
            }  # fmt: skip
            found.append(
                {
                    "change": change,
                    "arm": name,
                    "id": key,
                    "source": item.source,
                    "question": item.example.question,
                    "evidence": item.example.evidence,
                    "gold": item.example.gold,
                    "lessons": attempts[name]["lessons"],
                    "in_prompt": _stands(item, given[name], maker),
                    "attempts": attempts,
                }
            )
    return found


def whole_traces(
    items: Sequence[Item],
    arms: Mapping[str, Attempts],
    maker: ArmMaker,
    crossing: Collection[str] = (),
) -> list[dict[str, Any]]:
    """Three traces: of an example whose lesson a gained item went by, of one whose lesson a lost item had, and of one never solved.

    Each turn by turn, with the case that memory keeps and the lesson as it stands in a prompt. What there is none of is left out. Items that ask
    nearly what was taught (`crossing`) are the last choice, and marked.
    """
    learned = maker.learned
    cases = {case.id: case for case in learned.cases}
    taught = {item.example.id: item for item in maker.taught}
    found = []
    name = _best(arms)
    for change in ("gained", "lost") if name else ():
        behind = [
            (item, cases[case].example_id)
            for item in items
            if name and _change(item, arms, name) == change
            for case in arms[name][item.example.id].attempt.lesson_ids
            if case in cases and cases[case].example_id in learned.traces
        ]
        if behind:
            item, key = max(
                behind,
                key=lambda pair: (pair[0].example.id not in crossing, len(learned.traces[pair[1]].turns)),
            )
            found.append(
                {
                    "why": change,
                    "tested": {
                        "id": item.example.id,
                        "question": item.example.question,
                        "crossing": item.example.id in crossing,
                    },
                }
                | _trace(taught[key], learned.traces[key], maker)
            )
    never = [trace for trace in learned.traces.values() if not trace.passes and trace.turns]
    if never:
        trace = max(never, key=lambda each: len(each.turns))
        found.append({"why": "never solved", "tested": None} | _trace(taught[trace.example_id], trace, maker))
    return found


def one_general(maker: ArmMaker) -> dict[str, Any] | None:
    """The general instructions of the database that has the longest, and what the nodes of its tree say; None where none has any."""
    said = {name: general for name, general in maker.learned.general.items() if general.text}
    if not said:
        return None
    name = max(said, key=lambda each: (len(said[each].text), each))
    nodes = maker.learned.nodes.get(name, ())
    return {
        "database": name,
        "databases": len(said),
        "text": said[name].text,
        "nodes": [
            {"topic": " / ".join(node.path), "text": node.text, "status": node.status} for node in nodes
        ],
    }


def _trace(item: Item, trace: Trace, maker: ArmMaker) -> dict[str, Any]:
    case = next((case for case in maker.learned.cases if case.example_id == item.example.id), None)
    return {
        "id": item.example.id,
        "source": item.source,
        "question": item.example.question,
        "evidence": item.example.evidence,
        "gold": item.example.gold,
        **trace_figures(trace),
        "case": case_figures(case, _stands(item, Help((lesson_of(case),)), maker)) if case else None,
    }


def _stands(item: Item, given: Help, maker: ArmMaker) -> str:
    lessons: tuple[Lesson, ...] = given.lessons
    if not lessons and not given.general.text:
        return ""
    catalog = maker.bench.of(item.example).catalog
    return in_prompt(lessons, catalog, given.general, item.example.dialect, item.example.language)


def _best(arms: Mapping[str, Attempts]) -> str | None:
    name = next((name for name in _OURS if name in arms), None)
    return name if "zero" in arms else None


def _change(item: Item, arms: Mapping[str, Attempts], name: str) -> str:
    before, after = (arms[each][item.example.id].attempt.passed for each in ("zero", name))
    return ("kept" if before else "gained") if after else ("lost" if before else "failing")


def _chosen(items: Sequence[Item], arms: Mapping[str, Attempts], name: str) -> list[tuple[str, Item]]:
    changed = [(_change(item, arms, name), item) for item in items]
    return [
        (change, item)
        for change in _CHANGES
        for item in _varied([item for became, item in changed if became == change])
    ]


def _varied(items: Sequence[Item]) -> list[Item]:
    """The first of each source, then the second ones."""
    seen: dict[str, int] = {}
    ranked = []
    for item in items:
        seen[item.source] = seen.get(item.source, 0) + 1
        ranked.append((seen[item.source], item))
    return [item for _, item in sorted(ranked, key=lambda pair: pair[0])[:_OF_EACH]]
