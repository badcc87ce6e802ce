"""What the report's page says, worked out of a run's figures and memory's cases. Knows nothing of HTML but the plots it holds."""

import re
from collections.abc import Sequence

from attrs import frozen

from understudy_knowledge.evaluation.paired import Paired, mcnemar
from understudy_knowledge.memory.records import Case, Origin, Step
from understudy_knowledge.teaching.records import ExampleFigures, RunFigures
from understudy_server.report.plots import Mark, Rate, before_and_after, by_turn, lifts, questions
from understudy_server.report.svg import Plot

MOST_ROWS = 500
"""Cases and held-out questions that a page lists at most; a longer page helps nobody."""
MOST_LESSONS = 40
_HOLE = re.compile(r":(h\d+)\b")
_KINDS = {
    "sql": "SQL files",
    "python": "Python",
    "notebook": "Notebooks",
    "dbt": "dbt models",
    "dataset": "Datasets",
    "manual": "Taught by hand",
}
_CHANGES = ("gained", "lost", "kept", "failing")
_FEW = 30
"""Examples below which lessons have little to be made of."""
_STATUSES = ("admitted", "quarantined", "refused", "stale")


@frozen
class HeldOut:
    """One held-out example as the page shows it. `lessons` are those whose cases memory still has."""

    change: str
    figures: ExampleFigures
    lessons: tuple[Case, ...]


@frozen
class Piece:
    """A stretch of a step's code. `source` says who filled it: pinned (the teacher), filled (the student), open, or "" for the plan's own text."""

    text: str
    source: str = ""


@frozen
class Contents:
    """Everything on the page that takes working out."""

    paired: Paired
    verdict: str
    held_out: tuple[HeldOut, ...]
    lessons: tuple[Case, ...]
    cases: tuple[Case, ...]
    question_plot: Plot | None
    kind_plot: Plot | None
    turn_plot: Plot | None
    lift_plot: Plot | None


def contents(figures: RunFigures, cases: Sequence[Case]) -> Contents:
    """The page of one run; `cases` are all that memory holds."""
    known = {case.id: case for case in cases}
    held = [
        HeldOut(change_of(item), item, tuple(known[key] for key in item.after.lesson_ids if key in known))
        for item in figures.held_out
    ]
    held.sort(key=lambda item: _CHANGES.index(item.change))
    paired = mcnemar(
        [item.before.passed for item in figures.held_out], [item.after.passed for item in figures.held_out]
    )
    ranked = sorted(cases, key=_rank)
    admitted = tuple(case for case in ranked if case.status == "admitted")
    return Contents(
        paired=paired,
        verdict=verdict(figures, paired),
        held_out=tuple(held),
        lessons=admitted,
        cases=tuple(ranked),
        question_plot=questions([Mark(item.change, item.figures.question) for item in held]),
        kind_plot=before_and_after(by_kind(figures.held_out)),
        turn_plot=by_turn(figures.solved_by_turn),
        lift_plot=lifts([rate_of(case) for case in admitted if case.lift is not None]),
    )


def change_of(item: ExampleFigures) -> str:
    """What became of it: gained, kept, lost or failing."""
    if item.after.passed:
        return "kept" if item.before.passed else "gained"
    return "lost" if item.before.passed else "failing"


def verdict(figures: RunFigures, paired: Paired) -> str:
    """Whether the difference is more than chance, in words, and what can be done where there is none to be glad of."""
    if not figures.held_out:
        return (
            "No example was held out, so nothing can be said about questions the lessons were not made from."
        )
    if not paired.gained and not paired.lost:
        return f"What was learned answers no held-out question more. {_next(figures)}"
    if paired.p >= 0.05:
        return f"A difference this large may well be chance; more examples would tell. {_next(figures)}"
    if paired.lost > paired.gained:
        return "The loss is more than chance: look at what was lost, and forget the lessons that did it."
    return "The gain is more than chance."


def _next(figures: RunFigures) -> str:
    """What would help, the likeliest first."""
    if not figures.admitted:
        return "No case was admitted; the reasons say why."
    if figures.taught < _FEW:
        return f"Only {figures.taught} examples were taught: put comments over more of your queries, and teach again."
    return "Questions that no other one is like learn from none: a second query of their kind helps most."


def by_kind(held_out: Sequence[ExampleFigures]) -> list[Rate]:
    """Passed before and after for each kind of source, the largest kind first; examples of unknown origin are left out."""
    kinds: dict[str, list[ExampleFigures]] = {}
    for item in held_out:
        if item.origin is not None:
            kinds.setdefault(item.origin.kind, []).append(item)
    return [
        Rate(
            _KINDS.get(kind, kind),
            sum(item.before.passed for item in items),
            sum(item.after.passed for item in items),
            len(items),
        )
        for kind, items in sorted(kinds.items(), key=lambda entry: -len(entry[1]))
    ]


def rate_of(case: Case) -> Rate:
    """A measured case's siblings: how many pass without it and with it."""
    assert case.lift is not None, "only measured cases have a rate"
    n = case.lift.n
    return Rate(case.question, round(case.lift.without * n), round(case.lift.with_lesson * n), n)


def pieces(step: Step) -> list[Piece]:
    """The step's code with its holes filled, each piece saying who filled it."""
    holes = {hole.id: hole for hole in step.holes}
    found: list[Piece] = []
    end = 0
    for match in _HOLE.finditer(step.code):
        hole = holes.get(match[1])
        if hole is None:
            continue
        found.append(Piece(step.code[end : match.start()]))
        if hole.pinned is not None:
            found.append(Piece(hole.pinned, "pinned"))
        elif hole.filled is not None:
            found.append(Piece(hole.filled, "filled"))
        else:
            found.append(Piece(hole.hint or hole.kind, "open"))
        end = match.end()
    found.append(Piece(step.code[end:]))
    return [piece for piece in found if piece.text]


def place(origin: Origin | None) -> str:
    """Where an example stands."""
    return str(origin) if origin is not None else "of unknown origin"


def share(count: int, n: int) -> str:
    """`7 of 38 (18%)`; without the rate where there is nothing to divide by."""
    return f"{count} of {n} ({100 * count / n:.0f}%)" if n else f"{count} of {n}"


def p_value(p: float) -> str:
    """With as many digits as mean something."""
    return f"{p:.2f}" if p >= 0.1 else f"{p:.2g}"


def _rank(case: Case) -> tuple[int, float, str]:
    return (_STATUSES.index(case.status), -(case.lift.value if case.lift else 0.0), case.question)
