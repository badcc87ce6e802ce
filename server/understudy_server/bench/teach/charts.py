"""Which charts the page shows, with the words that each needs to be read: its legend, and what it cannot tell."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from understudy_server.bench.teach.plots import arms_plot, curve_plot, reliability_plot
from understudy_server.report.svg import Plot

Point = tuple[float, Mapping[str, Any]]


@frozen
class Chart:
    """`legend` names what is drawn, each entry by the class of its mark; `note` is a sentence or two below it."""

    plot: Plot
    legend: tuple[tuple[str, str], ...]
    note: str = ""


def charts(figures: Mapping[str, Any]) -> list[Chart]:
    """Those that there is something to draw for."""
    curves = figures["curves"]
    found = (
        _made(
            arms_plot(figures["arms"]),
            (
                ("before", "the student alone"), ("after", "ours"), ("other", "other arms"),
                ("whisker-mark", "95 % bootstrap interval of the one arm"),
            ),
            "Intervals that overlap do not say that two arms are alike: the table of comparisons does, item by item.",
        ),
        _budget(curves),
        _turns(curves["turns"]),
        _made(
            curve_plot(
                "Taught items solved by turn",
                {"after": [(each["turn"], {**each, "passed": each["solved"]}) for each in curves["solved"]]},
                "turns of the teacher",
                "taught items solved",
            ),
            (("after", "solved by that turn, or before"),),
            "Turn 0 is the student alone. These are the items that were taught, not those tested.",
        ),
        _made(
            reliability_plot(curves["abstention"]),
            (
                ("disc", "pass with lessons"), ("ring", "pass without"), ("diagonal-mark", "where the share is the relevance itself"),
                ("threshold-mark", "below it the product stays silent by default; this benchmark does not"),
            ),
            "One pair of marks for each fifth of relevance that any item fell into; how many items stand behind it is in its figures.",
        ),
    )  # fmt: skip
    return [chart for chart in found if chart is not None]


def _budget(curves: Mapping[str, Any]) -> Chart | None:
    """By tokens where anybody says what they were, else by calls."""
    told = any(point["teacher_tokens"] for point in curves["budget"])
    key, along = ("teacher_tokens", "teacher tokens") if told else ("teacher_calls", "teacher calls")
    drawn: list[Point] = [(each[key], each) for each in curves["budget"]]
    policy: list[Point] = [(each[key], each) for each in curves["order"]]
    legend = [("after", "rai, examples in an order drawn by lot (first seed)")]
    if policy:
        # Both begin with nothing and end with everything.
        ends = [drawn[0], *policy, drawn[-1]] if len(drawn) > 1 else policy
        legend.append(("other-mark", "in the order of the product's policy"))
    lines = {"after": drawn, **({"other": ends} if policy else {})}
    return _made(
        curve_plot("Accuracy by what the teacher took", lines, along),
        (*legend, ("whisker-mark", "95 % bootstrap interval")),
        _few(drawn, "budget=25, budget=50 and budget=75"),
    )


def _turns(points: Sequence[Mapping[str, Any]]) -> Chart | None:
    drawn: list[Point] = [(each["turns"], each) for each in points]
    return _made(
        curve_plot("Accuracy by turns of refinement", {"after": drawn}, "turns of the teacher, at most"),
        (
            ("after", "rai, with lessons whose plan needed no more turns"),
            ("whisker-mark", "95 % bootstrap interval"),
        ),
        "0 turns are the student alone. " + _few(drawn, "no-refinement, turns=2 and turns=3"),
    )


def _few(points: Sequence[Point], arms: str) -> str:
    """Two points make a line of any curve."""
    if len(points) == 2:
        return f"Only two points were measured, so the line between them tells nothing of the course; the arms {arms} give more."
    return ""


def _made(plot: Plot | None, legend: tuple[tuple[str, str], ...], note: str = "") -> Chart | None:
    return Chart(plot, legend, note.strip()) if plot is not None else None
