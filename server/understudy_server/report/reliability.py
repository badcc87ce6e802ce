"""The reliability curve: what was predicted of a lesson beside what came of it, on trials that nothing was learned from."""

from collections.abc import Sequence

from understudy_knowledge.retrieval.abstention import Bin
from understudy_server.report.svg import Plot, Table, drawing, element

_SIDE = 220
_LEFT, _TOP = 66, 12


def reliability(bins: Sequence[Bin], threshold: float | None = None) -> Plot | None:
    """A disc for each bin, the larger the more trials it holds; on the diagonal prediction and outcome agree.

    Below the threshold, where one is known, no lesson is given.
    """
    shown = list(bins)
    if not shown:
        return None
    most = max(each.trials for each in shown)
    bottom, right = _TOP + _SIDE, _LEFT + _SIDE
    shapes = [
        element(
            "g",
            *(
                element("line", x1=_LEFT, x2=right, y1=_TOP + _SIDE * q / 4, y2=_TOP + _SIDE * q / 4)
                for q in range(5)
            ),
            class_="grid",
        ),
        element("line", x1=_LEFT, x2=right, y1=bottom, y2=_TOP, class_="axis"),
        element(
            "text", "predicted to help", x=_LEFT + _SIDE / 2, y=bottom + 40, text_anchor="middle", class_="axis-name"
        ),
        element(
            "text", "helped", x=14, y=_TOP + _SIDE / 2, text_anchor="middle", class_="axis-name",
            transform=f"rotate(-90 14 {_TOP + _SIDE / 2:g})",
        ),
    ]  # fmt: skip
    if threshold is not None:
        x = _LEFT + _SIDE * threshold
        shapes += [
            element("line", x1=x, x2=x, y1=bottom, y2=_TOP, class_="threshold"),
            element("text", f"silent below {threshold:.0%}", x=x + 4, y=_TOP + 8, text_anchor="start", class_="tick"),
        ]  # fmt: skip
    for quarter in range(5):
        along = _SIDE * quarter / 4
        label = f"{25 * quarter}%"
        shapes += [
            element("text", label, x=_LEFT + along, y=bottom + 18, text_anchor="middle", class_="tick"),
            element("text", label, x=_LEFT - 8, y=bottom - along + 4, text_anchor="end", class_="tick"),
        ]
    for each in shown:
        x, y = _LEFT + _SIDE * each.predicted, bottom - _SIDE * each.measured
        shapes += [
            element("circle", cx=x, cy=y, r=3 + 6 * (each.trials / most) ** 0.5, class_="after"),
            element("text", str(each.trials), x=x + 12, y=y + 4, text_anchor="start", class_="count"),
        ]
    words = "; ".join(
        f"{each.predicted:.0%} predicted, {each.measured:.0%} of {each.trials} gained" for each in shown
    )
    table = Table(
        ("Predicted", "Gained", "Trials"),
        tuple((f"{each.predicted:.0%}", f"{each.measured:.0%}", str(each.trials)) for each in shown),
    )
    return drawing("Gains predicted and measured", f"{words}.", right + 30, bottom + 48, shapes, table)
