"""The plots of a run. Each shows the count behind every rate, and returns None where there is nothing to draw."""

from collections.abc import Sequence

from attrs import frozen
from markupsafe import Markup

from understudy_server.report.svg import Plot, Table, drawing, element
from understudy_server.report.visible import shortened

WIDTH = 860
MOST_LIFTS = 30
_CELL = 26
_PER_ROW = 33


@frozen
class Rate:
    """`before` and `after` of `n` passed."""

    label: str
    before: int
    after: int
    n: int


@frozen
class Mark:
    """One held-out question and what became of it: gained, kept, lost or failing."""

    change: str
    question: str


def questions(marks: Sequence[Mark]) -> Plot | None:
    """One square for each held-out question."""
    if not marks:
        return None
    shapes = []
    for i, mark in enumerate(marks):
        x, y = (i % _PER_ROW) * _CELL + 2, (i // _PER_ROW) * _CELL + 2
        sign = {"gained": "+", "lost": "\N{MINUS SIGN}", "kept": "✓"}.get(mark.change, "")
        shapes.append(
            element(
                "g",
                element("title", f"{mark.change}: {shortened(mark.question, 200)}"),
                element("rect", x=x, y=y, width=_CELL - 5, height=_CELL - 5, rx=5),
                _text(x + (_CELL - 5) / 2, y + 15.5, sign, "middle"),
                class_=mark.change,
            )
        )
    counts = ", ".join(
        f"{sum(mark.change == change for mark in marks)} {change}"
        for change in ("gained", "kept", "lost", "failing")
    )
    rows = -(-len(marks) // _PER_ROW)
    return drawing(
        "Every held-out question",
        f"One square for each of {len(marks)} held-out questions: {counts}.",
        min(len(marks), _PER_ROW) * _CELL + 2,
        rows * _CELL + 2,
        shapes,
    )


def before_and_after(rates: Sequence[Rate]) -> Plot | None:
    """Two bars for each kind of source; a bar's length is its share of the kind's questions."""
    if not rates:
        return None
    left, right, step = 150, WIDTH - 130, 52
    shapes = [_grid(left, right, 4, step * len(rates) + 4), *_percents(left, right, step * len(rates) + 22)]
    for i, rate in enumerate(rates):
        y = i * step + 10
        shapes.append(_text(left - 12, y + 20, rate.label, "end"))
        for count, top, name in ((rate.before, y, "before"), (rate.after, y + 17, "after")):
            # A sliver marks zero, so that a bar of nothing is not taken for a bar that is missing.
            length = max((right - left) * count / rate.n if rate.n else 0, 1.5)
            shapes.append(element("rect", x=left, y=top, width=length, height=14, rx=2, class_=name))
        shapes.append(
            _text(right + 12, y + 20, f"{rate.before} → {rate.after} of {rate.n}", "start", "count")
        )
    return drawing(
        "Passed before and after, by kind of source",
        "; ".join(f"{r.label}: {r.before} of {r.n} before, {r.after} of {r.n} after" for r in rates) + ".",
        WIDTH,
        step * len(rates) + 28,
        shapes,
        _table("Source", rates),
    )


def by_turn(counts: Sequence[int]) -> Plot | None:
    """Columns: examples the student solved alone, those solved at each turn, those never solved."""
    total = sum(counts)
    if not total or len(counts) < 2:
        return None
    labels = ["alone", *(f"turn {i}" for i in range(1, len(counts) - 1)), "never"]
    names = ["alone", *("solved" for _ in range(len(counts) - 2)), "never"]
    height, base, wide = 190, 150, min(96.0, WIDTH / len(counts))
    shapes = [element("line", x1=0, x2=wide * len(counts), y1=base, y2=base, class_="axis")]
    for i, (count, label, name) in enumerate(zip(counts, labels, names, strict=True)):
        tall = 118 * count / max(counts)
        middle = wide * (i + 0.5)
        shapes += [
            element(
                "rect", x=middle - wide * 0.3, y=base - tall, width=wide * 0.6, height=tall, rx=3, class_=name
            ),
            _text(middle, base - tall - 8, str(count), "middle", "count"),
            _text(middle, base + 20, label, "middle"),
        ]
    return drawing(
        "When taught examples were solved",
        ", ".join(f"{label}: {count} of {total}" for label, count in zip(labels, counts, strict=True)) + ".",
        wide * len(counts),
        height,
        shapes,
        Table(
            ("Solved", "Examples"),
            tuple((label, f"{count} of {total}") for label, count in zip(labels, counts, strict=True)),
        ),
    )


def lifts(rates: Sequence[Rate]) -> Plot | None:
    """For each admitted lesson, the siblings passed without it (ring) and with it (disc)."""
    if not rates:
        return None
    shown = rates[:MOST_LIFTS]
    left, right, step = 340, WIDTH - 110, 24
    shapes = [_grid(left, right, 0, step * len(shown) + 4), *_percents(left, right, step * len(shown) + 22)]
    for i, rate in enumerate(shown):
        y = i * step + 14
        start, end = (
            left + (right - left) * count / rate.n if rate.n else left for count in (rate.before, rate.after)
        )
        shapes += [
            element("title", rate.label),
            _text(left - 14, y + 4, shortened(rate.label, 44), "end"),
            element("line", x1=start, x2=end, y1=y, y2=y, class_="lift"),
            element("circle", cx=start, cy=y, r=4.5, class_="without"),
            element("circle", cx=end, cy=y, r=5.5, class_="after"),
            _text(right + 16, y + 4, f"{rate.before} → {rate.after} of {rate.n}", "start", "count"),
        ]
    left_out = f" The {len(shown)} largest of {len(rates)}." if len(shown) < len(rates) else ""
    return drawing(
        "Lift of each admitted lesson",
        "; ".join(
            f"{shortened(r.label, 80)}: {r.before} of {r.n} siblings pass without it, {r.after} with it"
            for r in shown
        )
        + "."
        + left_out,
        WIDTH,
        step * len(shown) + 28,
        shapes,
        _table("Lesson", shown),
    )


def _table(of: str, rates: Sequence[Rate]) -> Table:
    rows = ((shortened(r.label, 120), f"{r.before} of {r.n}", f"{r.after} of {r.n}") for r in rates)
    return Table((of, "Passed without", "Passed with"), tuple(rows))


def _text(x: float, y: float, text: str, anchor: str, name: str = "label") -> Markup:
    return element("text", text, x=x, y=y, text_anchor=anchor, class_=name)


def _grid(left: float, right: float, top: float, bottom: float) -> Markup:
    return element(
        "g",
        *(
            element("line", x1=x, x2=x, y1=top, y2=bottom)
            for x in (left + (right - left) * quarter / 4 for quarter in range(5))
        ),
        class_="grid",
    )


def _percents(left: float, right: float, y: float) -> list[Markup]:
    return [_text(left + (right - left) * q / 4, y, f"{25 * q}%", "middle", "tick") for q in range(5)]
