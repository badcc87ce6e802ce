"""The plots of a benchmark: accuracy of every arm with its interval, curves, and what relevance says. None where nothing is to draw."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from understudy_server.report.svg import Plot, drawing, element

_WIDTH, _LEFT = 860, 150
_STEP = 26
_SIDE, _HEIGHT = 420, 200


def arms_plot(arms: Mapping[str, Mapping[str, Any]]) -> Plot | None:
    """A bar for each arm, its share of passed items, and a line over the 95 % interval."""
    if not arms:
        return None
    right = _WIDTH - 130
    bottom = _STEP * len(arms) + 6
    shapes = [_grid(_LEFT, right, 0, bottom), *_percents(_LEFT, right, bottom + 18)]
    for place, (name, arm) in enumerate(arms.items()):
        y = place * _STEP + 8
        share = arm["passed"] / arm["n"] if arm["n"] else 0.0
        low, high = (_LEFT + (right - _LEFT) * bound / 100 for bound in arm["interval"])
        shapes += [
            _text(_LEFT - 12, y + 13, name, "end"),
            element(
                "rect", x=_LEFT, y=y, width=max((right - _LEFT) * share, 1.5), height=16, rx=2,
                class_="before" if name == "zero" else "after",
            ),
            element("line", x1=low, x2=high, y1=y + 8, y2=y + 8, class_="axis"),
            _text(right + 12, y + 13, f"{arm['passed']} of {arm['n']}", "start", "count"),
        ]  # fmt: skip
    words = "; ".join(f"{name}: {arm['passed']} of {arm['n']}" for name, arm in arms.items())
    return drawing("Tested items passed, by arm", f"{words}.", _WIDTH, bottom + 26, shapes)


def curve_plot(title: str, points: Sequence[tuple[float, float, str]], along: str) -> Plot | None:
    """Shares in [0, 1] over a quantity; each point says what it stands for."""
    if len(points) < 2:
        return None
    left, top = 46, 12
    most = max(x for x, _, _ in points) or 1.0
    highest = max(0.05, *(y for _, y, _ in points))
    places = [(left + _SIDE * x / most, top + _HEIGHT - _HEIGHT * y / highest, said) for x, y, said in points]
    shapes = [
        element(
            "g",
            *(
                element("line", x1=left, x2=left + _SIDE, y1=top + _HEIGHT * q / 4, y2=top + _HEIGHT * q / 4)
                for q in range(5)
            ),
            class_="grid",
        ),
        *(
            _text(
                left - 8, top + _HEIGHT - _HEIGHT * q / 4 + 4, f"{100 * highest * q / 4:.0f}%", "end", "tick"
            )
            for q in range(5)
        ),
        *(
            element("line", x1=one[0], y1=one[1], x2=other[0], y2=other[1], class_="lift")
            for one, other in pairwise(places)
        ),
    ]
    for (x, y, said), (value, _, _) in zip(places, points, strict=True):
        shapes += [
            element("circle", element("title", said), cx=x, cy=y, r=5, class_="after"),
            _text(x, y - 10, said, "middle", "count"),
            _text(x, top + _HEIGHT + 18, f"{value:g}", "middle", "tick"),
        ]
    shapes.append(_text(left + _SIDE / 2, top + _HEIGHT + 38, along, "middle"))
    words = "; ".join(f"{along} {x:g}: {said}" for x, _, said in points)
    return drawing(title, f"{words}.", left + _SIDE + 40, top + _HEIGHT + 46, shapes)


def reliability_plot(bins: Sequence[Mapping[str, Any]]) -> Plot | None:
    """For each bin of relevance the share that passes with lessons (disc) and without (ring)."""
    if not bins:
        return None
    left, top, side = 46, 12, 240
    shapes = [
        element(
            "g",
            *(
                element("line", x1=left, x2=left + side, y1=top + side * q / 4, y2=top + side * q / 4)
                for q in range(5)
            ),
            class_="grid",
        )
    ]
    for quarter in range(5):
        label = f"{25 * quarter}%"
        shapes += [
            _text(left + side * quarter / 4, top + side + 18, label, "middle", "tick"),
            _text(left - 8, top + side - side * quarter / 4 + 4, label, "end", "tick"),
        ]
    for each in bins:
        x = left + side * min(1.0, each["relevance"])
        with_lessons, without = (
            top + side - side * each[key] / each["n"] for key in ("with_lessons", "without")
        )
        shapes += [
            element("line", x1=x, x2=x, y1=without, y2=with_lessons, class_="lift"),
            element("circle", cx=x, cy=without, r=4.5, class_="without"),
            element("circle", cx=x, cy=with_lessons, r=5.5, class_="after"),
            _text(x + 12, with_lessons + 4, str(each["n"]), "start", "count"),
        ]
    words = "; ".join(
        f"relevance {each['relevance']:.2f}: {each['with_lessons']} of {each['n']} pass with lessons, {each['without']} without"
        for each in bins
    )
    return drawing(
        "Relevance of the first lesson, and what came of it",
        f"{words}.",
        left + side + 40,
        top + side + 26,
        shapes,
    )


def _text(x: float, y: float, text: str, anchor: str, name: str = "label") -> Markup:
    return element("text", text, x=x, y=y, text_anchor=anchor, class_=name)


def _grid(left: float, right: float, top: float, bottom: float) -> Markup:
    places = [left + (right - left) * quarter / 4 for quarter in range(5)]
    return element("g", *(element("line", x1=x, x2=x, y1=top, y2=bottom) for x in places), class_="grid")


def _percents(left: float, right: float, y: float) -> list[Markup]:
    return [_text(left + (right - left) * q / 4, y, f"{25 * q}%", "middle", "tick") for q in range(5)]
