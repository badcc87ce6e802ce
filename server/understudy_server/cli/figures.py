"""The figures of a run, as a table and as JSON. Takes them as they are; measures nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from rich.markup import escape
from rich.table import Table

from understudy_knowledge.evaluation.paired import mcnemar
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.teaching.purse import Spent
from understudy_knowledge.teaching.records import RunFigures
from understudy_server.cli.exploration import Explored
from understudy_server.cli.spending import Spending
from understudy_server.report import contents

_MOST_REASONS = 8
_HELP = {"lesson": "lessons so far", "catalog": "the catalog", "demonstration": "its own answers"}
_MOST_PLACES = 3


def table(explored: Explored) -> Table:
    """Two columns: what was counted, and how many."""
    figures = explored.figures
    n = len(figures.held_out)
    rows = Table(
        show_header=False, title="Held-out examples, by running the completion", title_justify="left"
    )
    rows.add_column(style="bold", no_wrap=True)
    rows.add_column(overflow="fold")
    rows.add_row("passed before", f"{figures.before} of {n}")
    rows.add_row("passed after", f"{figures.after} of {n}  ({_change(figures)})")
    rows.add_section()
    rows.add_row(
        "examples",
        f"{figures.examples} found: {figures.taught} taught, {n} held out, {len(figures.refused_gold)} unusable",
    )
    rows.add_row(
        "unusable because",
        _counted(Counter(why for _, why in figures.refused_gold), _places(figures.refused_gold)),
    )
    rows.add_row(
        "skipped in files",
        _counted(
            Counter(each.reason for each in explored.skipped),
            _places([(str(each.origin), each.reason) for each in explored.skipped]),
        ),
    )
    rows.add_section()
    rows.add_row("cases tried", str(figures.tried))
    rows.add_row("solved", _by_turn(figures))
    rows.add_row(
        "decided",
        f"{figures.admitted} admitted{_lifted(figures)}, {figures.refused} refused, {figures.quarantined} quarantined",
    )
    rows.add_row("not admitted because", _counted(Counter(figures.reasons)))
    rows.add_section()
    rows.add_row("fails alone because of", _causes(figures.causes))
    rows.add_row("never solved because of", _causes(figures.unsolved))
    rows.add_section()
    rows.add_row("paid to the teacher", spending_of(explored).words())
    if figures.wasted_tokens:
        rows.add_row("taken for nothing", f"{figures.wasted_tokens:,} teacher tokens")
    rows.add_row("taken by the student", f"{figures.student_tokens:,} tokens")
    gain = figures.gain_per_1000_tokens
    if gain is not None:
        rows.add_row("gain", f"{gain:.2f} held-out examples for 1,000 teacher tokens")
    rows.add_row("seconds", f"{figures.seconds:.1f}")
    return rows


def as_json(explored: Explored) -> dict[str, Any]:
    """The same for programs; the first keys are those the language server reads."""
    figures = explored.figures
    paired = _paired(figures)
    return {
        "status": "done",
        "message": _message(figures),
        "tried": figures.tried,
        "admitted": figures.admitted,
        "lifted": figures.lifted,
        "refused": figures.refused,
        "quarantined": figures.quarantined,
        "held_out": {"n": len(figures.held_out), "before": figures.before, "after": figures.after},
        "report": str(explored.report),
        "run": figures.run_id,
        "paired": {"gained": paired.gained, "lost": paired.lost, "p": paired.p},
        "examples": {
            "found": figures.examples,
            "taught": figures.taught,
            "held_out": len(figures.held_out),
            "unusable": [{"origin": origin, "reason": reason} for origin, reason in figures.refused_gold],
            "skipped": [{"origin": str(each.origin), "reason": each.reason} for each in explored.skipped],
        },
        "solved_by_turn": {
            "alone": figures.solved_by_turn[0],
            "turns": list(figures.solved_by_turn[1:-1]),
            "never": figures.solved_by_turn[-1],
        },
        "reasons": dict(figures.reasons),
        "solved_by_help": dict(figures.helped),
        "causes": dict(figures.causes),
        "unsolved": dict(figures.unsolved),
        "suspects": [
            {"origin": str(each.origin), "question": each.question, "reason": each.reason}
            for each in figures.suspects
        ],
        "teacher": {
            **spending_of(explored).as_json(),
            "wasted_tokens": figures.wasted_tokens,
            "gain_per_1000_tokens": figures.gain_per_1000_tokens,
        },
        "student": {"tokens": figures.student_tokens},
        "general_lift": figures.general_lift,
        "seconds": figures.seconds,
    }


def spending_of(explored: Explored) -> Spending:
    """What was paid for, under what the run was allowed."""
    figures = explored.figures
    usage = Usage(figures.teacher_tokens)
    spent = Spent(figures.teacher_calls, usage, figures.money)
    return Spending(spent, explored.allowance, lessons=figures.admitted)


def verdict(explored: Explored) -> str:
    """What the figures say, in words."""
    return contents.verdict(explored.figures, _paired(explored.figures))


def _lifted(figures: RunFigures) -> str:
    return "" if figures.lifted is None else f" ({figures.lifted} for what siblings gained)"


def _message(figures: RunFigures) -> str:
    if not figures.held_out:  # as where only some examples were taught from
        return f"{figures.tried} explored, {figures.admitted} admitted; nothing was held out to measure all lessons on."
    return (
        f"{figures.before} of {len(figures.held_out)} held-out examples passed before, {figures.after} after."
    )


def _causes(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{cause}: {count}" for cause, count in counts.items()) or "-"


def _change(figures: RunFigures) -> str:
    paired = _paired(figures)
    return f"{paired.gained} gained, {paired.lost} lost, p = {paired.p:.3f}"


def _paired(figures: RunFigures) -> Any:
    return mcnemar(
        [item.before.passed for item in figures.held_out], [item.after.passed for item in figures.held_out]
    )


def _by_turn(figures: RunFigures) -> str:
    alone, *turns, never = figures.solved_by_turn
    by_turn = ", ".join(f"turn {turn}: {count}" for turn, count in enumerate(turns, start=1))
    free = "".join(f", with {_HELP.get(help_, help_)}: {count}" for help_, count in figures.helped.items())
    return f"without help: {alone}{free}, {by_turn}, never: {never}"


def _places(reasons: Sequence[tuple[str, str]]) -> dict[str, str]:
    """For each reason the first places where it holds, in brackets. Given are place and reason."""
    found: dict[str, list[str]] = {}
    for place, reason in reasons:
        found.setdefault(reason, []).append(place)
    return {
        reason: f" ({', '.join(places[:_MOST_PLACES])}{', …' if len(places) > _MOST_PLACES else ''})"
        for reason, places in found.items()
    }


def _counted(reasons: "Counter[str]", places: Mapping[str, str] = MappingProxyType({})) -> str:
    """Each reason with its number, the most frequent first."""
    lines = [
        f"{count} x {escape(reason + places.get(reason, ''))}"
        for reason, count in reasons.most_common(_MOST_REASONS)
    ]
    rest = sum(reasons.values()) - sum(count for _, count in reasons.most_common(_MOST_REASONS))
    return "\n".join(lines + ([f"{rest} x other reasons"] if rest else [])) or "-"
