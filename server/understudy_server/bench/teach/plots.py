"""The charts of a benchmark's page, drawn narrow enough for a narrow window and let grow in a wide one."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from understudy_server.bench.teach.axes import Axes, text
from understudy_server.report.svg import Plot, Table, drawing, element

_WIDTH = 380
_LEFT, _RIGHT = 106, 318
_STEP = 24


def arms_plot(arms: Mapping[str, Mapping[str, Any]]) -> Plot | None:
    """A bar for each arm, its share of passed items, and a line over the 95 % interval."""
    if not arms:
        return None
    bottom = _STEP * len(arms) + 6
    marks = [_LEFT + (_RIGHT - _LEFT) * quarter / 4 for quarter in range(5)]
    shapes = [
        element("g", *(element("line", x1=x, x2=x, y1=0, y2=bottom) for x in marks), class_="grid"),
        *(text(x, bottom + 15, f"{25 * q}%", "middle", "tick") for q, x in enumerate(marks)),
        text((_LEFT + _RIGHT) / 2, bottom + 34, "tested items passed", "middle", "axis-name"),
    ]
    for place, (name, arm) in enumerate(arms.items()):
        y = place * _STEP + 6
        share = arm["passed"] / arm["n"] if arm["n"] else 0.0
        low, high = (_LEFT + (_RIGHT - _LEFT) * bound / 100 for bound in arm["interval"])
        kind = "before" if name == "zero" else "after" if name in ("rai", "gi+rai") else "other"
        shapes += [
            text(_LEFT - 8, y + 13, name, "end"),
            element(
                "rect", x=_LEFT, y=y + 1, width=max((_RIGHT - _LEFT) * share, 1.5), height=14, rx=2, class_=kind
            ),
            element("line", x1=low, x2=high, y1=y + 8, y2=y + 8, class_="whisker"),
            *(element("line", x1=x, x2=x, y1=y + 4, y2=y + 12, class_="whisker") for x in (low, high)),
            text(_RIGHT + 10, y + 13, f"{arm['passed']}/{arm['n']}", "start", "count"),
        ]  # fmt: skip
    words = "; ".join(f"{name}: {arm['passed']} of {arm['n']}" for name, arm in arms.items())
    table = Table(
        ("Arm", "Passed", "95 % interval"),
        tuple((name, f"{arm['passed']} of {arm['n']}", _interval(arm)) for name, arm in arms.items()),
    )
    return drawing("Tested items passed, by arm", f"{words}.", _WIDTH, bottom + 42, shapes, table)


def curve_plot(
    title: str,
    lines: Mapping[str, Sequence[tuple[float, Mapping[str, Any]]]],
    along: str,
    upward: str = "tested items passed",
) -> Plot | None:
    """Shares passed over a quantity, each with its 95 % interval where it has one; a line for each class of `lines`.

    None where no line has two points.
    """
    if max((len(points) for points in lines.values()), default=0) < 2:
        return None
    every = [point for points in lines.values() for point in points]
    axes = Axes.over(
        max(x for x, _ in every), max(max(_share(each), _high(each)) for _, each in every), along, upward
    )
    shapes = axes.shapes()
    for name, points in lines.items():
        places = [(axes.x(x), axes.y(_share(each)), each) for x, each in points]
        shapes.append(_joined(places, name))
        for x, y, each in places:
            if "interval" in each:
                low, high = (axes.y(bound / 100) for bound in each["interval"])
                shapes += [element("line", x1=x, x2=x, y1=low, y2=high, class_=f"whisker {name}")]
            said = element("title", f"{each['passed']} of {each['n']}")
            shapes.append(_mark(name, x, y, said))
    rows = [
        (f"{x:,g}" if x < 1000 else f"{x:,.0f}", name, f"{each['passed']} of {each['n']}", _interval(each))
        for name, points in lines.items()
        for x, each in points
    ]
    words = "; ".join(f"{along} {x}: {passed}" for x, _, passed, _ in rows)
    return drawing(
        title, f"{words}.", axes.width, axes.height, shapes, Table((along, "line", "passed", "95 % interval"), tuple(rows))
    )  # fmt: skip


def reliability_plot(found: Mapping[str, Any] | None) -> Plot | None:
    """For each bin of relevance the share that passes with lessons (disc) and without (ring); on the diagonal they are what was foretold."""
    if not found or not found["bins"]:
        return None
    axes = Axes.over(1.0, 1.0, "relevance of the first lesson", "tested items passed", percent=True)
    bound = axes.x(found["threshold"])
    shapes = [
        *axes.shapes(),
        element(
            "line", x1=axes.x(0), y1=axes.y(0), x2=axes.x(1), y2=axes.y(1), class_="diagonal"
        ),
        element("line", x1=bound, x2=bound, y1=axes.y(0), y2=axes.y(1), class_="threshold"),
        text(bound + 4, axes.y(1) + 10, f"silent below {found['threshold']:g}", "start", "tick"),
    ]  # fmt: skip
    for each in found["bins"]:
        x = axes.x(min(1.0, each["relevance"]))
        helped, alone = (axes.y(each[key] / each["n"]) for key in ("with_lessons", "without"))
        shapes += [
            element("line", x1=x, x2=x, y1=alone, y2=helped, class_="lift"),
            element("circle", cx=x, cy=alone, r=4.5, class_="without"),
            element("circle", cx=x, cy=helped, r=5.5, class_="after"),
        ]
    words = "; ".join(
        f"relevance {each['relevance']:.2f}: {each['with_lessons']} of {each['n']} pass with lessons, {each['without']} without"
        for each in found["bins"]
    )
    table = Table(
        ("Relevance", "Items", "Pass with lessons", "Pass without"),
        tuple(
            (f"{each['relevance']:.2f}", str(each["n"]), str(each["with_lessons"]), str(each["without"]))
            for each in found["bins"]
        ),
    )
    return drawing(
        "Relevance of the first lesson, and what came of it", f"{words}.", axes.width, axes.height, shapes, table
    )  # fmt: skip


def _joined(places: Sequence[tuple[float, float, Mapping[str, Any]]], name: str) -> Markup:
    points = " ".join(f"{x:.4g},{y:.4g}" for x, y, _ in places)
    return element("polyline", points=points, class_=f"curve {name}")


def _mark(name: str, x: float, y: float, said: Markup) -> Markup:
    """A disc or, for a second line, a square: told apart by shape too, for who does not tell the colors apart."""
    if name == "other":
        return element("rect", said, x=x - 4.5, y=y - 4.5, width=9, height=9, class_="other")
    return element("circle", said, cx=x, cy=y, r=5, class_=name)


def _share(point: Mapping[str, Any]) -> float:
    return float(point["passed"] / (point["n"] or 1))


def _high(point: Mapping[str, Any]) -> float:
    return float(point["interval"][1]) / 100 if "interval" in point else 0.0


def _interval(point: Mapping[str, Any]) -> str:
    return "{}–{} %".format(*point["interval"]) if "interval" in point else ""  # noqa: RUF001 - a range
