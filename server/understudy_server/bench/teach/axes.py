"""The two axes of a chart: their ticks at round numbers, their names, and where a value lies. Knows nothing of what is drawn."""

from math import ceil, floor, log10

from attrs import frozen
from markupsafe import Markup

from understudy_server.report.svg import element

_LEFT, _TOP, _ACROSS, _UP = 58, 12, 296, 180
_STEPS = (1, 2, 2.5, 5, 10)
_MOST_TICKS = 5


@frozen
class Axes:
    """`most` and `highest` are where the axes end, `step` and `rise` what lies between two ticks, all in the values' own units."""

    most: float
    highest: float
    step: float
    rise: float
    along: str
    upward: str
    percent: bool

    @classmethod
    def over(cls, most: float, highest: float, along: str, upward: str, *, percent: bool = False) -> "Axes":
        """Axes that hold values up to these; `percent`: what lies along is a share as well."""
        step, rise = _round_step(most), _round_step(min(1.0, highest))
        if not percent:
            # Turns, calls and tokens are counted: there is nothing between one and two.
            step = float(ceil(step))
        return cls(_up_to(most, step), min(1.0, _up_to(highest, rise)), step, rise, along, upward, percent)

    @property
    def width(self) -> float:
        """Of the whole drawing."""
        return _LEFT + _ACROSS + 26

    @property
    def height(self) -> float:
        """Of the whole drawing."""
        return _TOP + _UP + 44

    def x(self, value: float) -> float:
        """Where a value lies along."""
        return _LEFT + _ACROSS * value / self.most

    def y(self, share: float) -> float:
        """Where a share in [0, 1] lies upward."""
        return _TOP + _UP - _UP * min(share, self.highest) / self.highest

    def shapes(self) -> list[Markup]:
        """The grid, the ticks and the names."""
        ups = [self.rise * n for n in range(round(self.highest / self.rise) + 1)]
        alongs = [self.step * n for n in range(round(self.most / self.step) + 1)]
        right, bottom = _LEFT + _ACROSS, _TOP + _UP
        middle = _TOP + _UP / 2
        return [
            element(
                "g", *(element("line", x1=_LEFT, x2=right, y1=self.y(each), y2=self.y(each)) for each in ups), class_="grid"
            ),
            *(text(_LEFT - 7, self.y(each) + 4, f"{100 * each:g}%", "end", "tick") for each in ups),
            *(text(self.x(each), bottom + 17, self._said(each), "middle", "tick") for each in alongs),
            text(_LEFT + _ACROSS / 2, bottom + 38, self.along, "middle", "axis-name"),
            element(
                "text", self.upward, x=13, y=middle, text_anchor="middle", class_="axis-name", transform=f"rotate(-90 13 {middle:g})"
            ),
        ]  # fmt: skip

    def _said(self, value: float) -> str:
        if self.percent:
            return f"{value:g}"
        return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


def text(x: float, y: float, words: str, anchor: str, name: str = "label") -> Markup:
    """Words in the drawing."""
    return element("text", words, x=x, y=y, text_anchor=anchor, class_=name)


def _round_step(most: float) -> float:
    """A round distance of ticks, so that there are few of them."""
    if most <= 0:
        return 1.0
    unit = 10.0 ** floor(log10(most / _MOST_TICKS))
    return next(unit * each for each in _STEPS if unit * each * _MOST_TICKS >= most * (1 - 1e-9))


def _up_to(most: float, step: float) -> float:
    """The first tick that is not below it."""
    ticks = -(-most * (1 - 1e-9) // step)
    return step * max(1.0, ticks)
