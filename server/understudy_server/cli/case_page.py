"""One case in full, for a person: what was asked, what the teacher said, how it went, what it is worth."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from cattrs.errors import BaseValidationError
from cattrs.preconf.json import make_converter

from understudy_knowledge.memory.records import Case, Plan, Provenance, Rule
from understudy_knowledge.teaching.records import Trace
from understudy_server.cli.counted import counted


def trace_of(runs: Path, example_id: str) -> Trace | None:
    """The newest run's trace of that example; None where no log that can be read holds one."""
    return next((trace for key, trace in _traces(runs, example_id) if key == example_id), None)


def traces_in(runs: Path) -> dict[str, Trace]:
    """The newest run's trace of each example, by the example's id."""
    found: dict[str, Trace] = {}
    for key, trace in _traces(runs):
        found.setdefault(key, trace)
    return found


def _traces(runs: Path, only: str = "") -> Iterator[tuple[str, Trace]]:
    """The traces of all logs, newest log first; those of one example where it is named."""
    for log in sorted(runs.glob("*.jsonl"), reverse=True):
        try:
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        for line in lines:
            try:
                entry = json.loads(line)
                if entry["kind"] == "explore" and only in ("", entry["key"]):
                    yield entry["key"], make_converter().structure(entry["value"], Trace)
            except (BaseValidationError, ValueError, TypeError, KeyError):  # noqa: PERF203 - a line cut short by a kill
                continue


def page(case: Case, trace: Trace | None, rules: Sequence[Rule] = ()) -> str:
    """The case as text; `rules` are those that it agrees on with others."""
    return "\n".join(
        (
            *_head(case),
            "",
            "Plan:",
            *_plan(case.plan),
            *_turns(trace),
            "",
            f"Why it helps: {case.explanation}",
            *(f"Rule {rule.id} ({rule.status}): {rule.text.lstrip('- ')}" for rule in rules),
            "",
            "Code:",
            case.code,
        )
    )


def _head(case: Case) -> Iterator[str]:
    cost, lift = case.cost, case.lift
    yield f"Case {case.id}: {case.question}"
    yield f"From {case.origin}, {case.created}"
    yield f"Status: {case.status}: {case.reason}"
    if lift:
        yield (
            f"Lift: {lift.value:+.2f} on {counted(lift.n, 'sibling')} ({lift.with_lesson:.0%} pass with it, "
            f"{lift.without:.0%} without any lesson), measured on {case.student}"
        )
    if case.provenance:
        yield from _provenance(case.provenance)
    if case.edited:
        yield f"Edited by hand: {', '.join(case.edited)}"
    yield f"Accepted in the editor: {case.accepted}"
    yield f"Tables: {', '.join(case.lineage.tables)}"
    yield f"Columns: {', '.join(case.lineage.columns)}"
    yield (
        f"Cost: {counted(cost.turns, 'turn')}, {counted(cost.teacher_calls, 'teacher call')}, {cost.teacher_tokens} teacher tokens, "
        f"{cost.student_tokens} student tokens, {cost.seconds:.1f} s"
    )


def _provenance(told: Provenance) -> Iterator[str]:
    who = (
        "nobody"
        if not told.signer
        else told.signer
        if told.known
        else f"{told.signer}, which nobody vouched for"
    )
    yield f"Imported {told.imported} from a pack that {who} signed; there it came from {told.origin}"
    if told.lift:
        yield f"Lift there: {told.lift.value:+.2f} on {counted(told.lift.n, 'sibling')}, measured on {told.student}"
    yield f"Pack {told.pack}, case {told.content}"


def _plan(plan: Plan) -> Iterator[str]:
    for number, step in enumerate(plan.steps, start=1):
        yield f"  {number}. {step.purpose}"
        code = step.code
        # Longest first, so that :h1 does not eat the beginning of :h12.
        for hole in sorted(step.holes, key=lambda hole: -len(hole.id)):
            code = code.replace(
                f":{hole.id}", hole.pinned or hole.filled or f":{hole.id} ({hole.kind}: {hole.hint})"
            )
        yield f"     {code}"
    for note in plan.notes:
        yield f"  Note: {note}"


def _turns(trace: Trace | None) -> Iterator[str]:
    if trace is None:
        return
    yield ""
    yield "Trace:"
    yield f"  without help: {trace.own.diagnosis or 'passed'}"
    for number, turn in enumerate(trace.turns, start=1):
        yield f"  turn {number}: {'passed' if turn.attempt.passed else turn.attempt.diagnosis}"
