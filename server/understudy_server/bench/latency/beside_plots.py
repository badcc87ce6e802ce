"""The plots of what could be picked instead, side by side: each quantity has a scale of its own, for all servers alike."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import frozen

from understudy_server.report.svg import Plot, drawing, element

_WIDTH, _STEP, _BAR = 300, 50, 16
OURS = "understudy"


@frozen
class Quantity:
    """What is drawn: the bar's length, and how far the line on it goes, where there is one."""

    title: str
    unit: str
    bar: Callable[[Mapping[str, Any]], float]
    line: Callable[[Mapping[str, Any]], float] | None = None
    digits: int = 1


QUANTITIES = (
    Quantity(
        "Overhead: median, 99 of 100",
        "ms",
        lambda made: made["overhead_ms"]["0.5"],
        lambda made: made["overhead_ms"]["0.99"],
    ),
    Quantity("Memory", "MB", lambda made: made["megabytes"], digits=0),
    Quantity(
        "Start: ready, first answer",
        "s",
        lambda made: made["ready_seconds"],
        lambda made: made["first_answer_seconds"],
        digits=2,
    ),
)


def contenders(figures: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The servers among the figures, by name."""
    return {name: made for name, made in figures.items() if isinstance(made, Mapping)}


def beside_plots(figures: Mapping[str, Any]) -> list[Plot]:
    """One plot for each quantity."""
    servers = contenders(figures)
    return [_plot(quantity, servers) for quantity in QUANTITIES] if servers else []


def _plot(quantity: Quantity, servers: Mapping[str, Mapping[str, Any]]) -> Plot:
    values = {name: _values(quantity, made) for name, made in servers.items()}
    most = max(max(each) for each in values.values()) or 1.0
    shapes = []
    for place, (name, found) in enumerate(values.items()):
        y = place * _STEP
        # A sliver marks zero, so that a bar of nothing is not taken for a bar that is missing.
        lengths = [max(_WIDTH * max(0.0, value) / most, 1.5) for value in found]
        shapes += [
            element("text", name, x=0, y=y + 14, class_="label"),
            element("text", _said(quantity, found), x=_WIDTH, y=y + 14, text_anchor="end", class_="count"),
            element(
                "rect", x=0, y=y + 21, width=lengths[0], height=_BAR, rx=2, class_="after" if name == OURS else "before"
            ),
        ]  # fmt: skip
        if len(lengths) > 1:
            middle = y + 21 + _BAR / 2
            shapes += [
                element("line", x1=lengths[0], x2=lengths[1], y1=middle, y2=middle, class_="axis"),
                element("line", x1=lengths[1], x2=lengths[1], y1=y + 21, y2=y + 21 + _BAR, class_="axis"),
            ]
    words = "; ".join(f"{name}: {_said(quantity, found)}" for name, found in values.items())
    return drawing(quantity.title, f"{words}.", _WIDTH, _STEP * len(values), shapes)


def _values(quantity: Quantity, made: Mapping[str, Any]) -> Sequence[float]:
    return [quantity.bar(made), *([quantity.line(made)] if quantity.line else [])]


def _said(quantity: Quantity, values: Sequence[float]) -> str:
    return f"{', '.join(f'{value:.{quantity.digits}f}' for value in values)} {quantity.unit}"
