"""Where the values of a perturbed column come from: its own values, values near them, and what the gold query looks for."""

import random
import string
from collections.abc import Sequence

from attrs import frozen

from understudy_knowledge.execution.outcome import Cell
from understudy_knowledge.execution.perturbed.dates import are_dates, date_beside, dates_like

Stored = Cell | bytes
_FEW = 4


@frozen
class Style:
    """How one neighbor differs. All are shares in [0, 1], but for `few`: draw from only a few values, so that rows repeat and tie."""

    change: float
    """Cells that are drawn anew."""
    sought: float
    """Of these, cells that get a value the gold query looks for, or one beside it."""
    near: float
    """Of the rest, cells that get a value that was not there before."""
    null: float
    drop: float
    """Rows that are left out."""
    focus: float
    """Rows that get what the gold query looks for in all columns at once: conditions joined by AND are rarely met by chance."""
    twins: float
    """Rows that become like another one in all but their key: what DISTINCT is for."""
    few: bool = False


STYLES = (
    Style(change=0.6, sought=0.3, near=0.3, null=0.02, drop=0.15, focus=0.3, twins=0.3),
    Style(change=0.9, sought=0.3, near=0.0, null=0.0, drop=0.1, focus=0.4, twins=0.1, few=True),
    Style(change=0.7, sought=0.5, near=0.4, null=0.05, drop=0.35, focus=0.5, twins=0.4),
    Style(change=0.4, sought=0.2, near=0.5, null=0.12, drop=0.4, focus=0.3, twins=0.15),
    Style(change=0.8, sought=0.4, near=0.6, null=0.0, drop=0.0, focus=0.3, twins=0.6),
)


def beside(value: Stored, chance: random.Random) -> Stored:
    """A value just beside `value`: what `>` and `>=`, or `=` and `LIKE`, tell apart."""
    if isinstance(value, bool) or value is None or isinstance(value, bytes):
        return value
    if isinstance(value, int):
        return value + chance.choice((-1, 1, 1, 2, -2))
    if isinstance(value, float):
        return value + chance.choice((-1.0, 1.0, 0.5, -0.25))
    return _text_beside(value, chance)


def _text_beside(text: str, chance: random.Random) -> str:
    if dated := date_beside(text, chance):
        return dated
    digits = [place for place, letter in enumerate(text) if letter.isdigit()]
    if digits and chance.random() < 0.8:
        place = digits[-1]
        new = str((int(text[place]) + chance.choice((1, 9))) % 10)
        if text[place:] == text[place] or not text[place + 1 : place + 2].isdigit():
            return text[:place] + (new if new != "0" else "1") + text[place + 1 :]
    kind = chance.randrange(3)
    if kind == 0 and text.swapcase() != text:
        return text.swapcase()
    if kind == 1 and text:
        return text[:-1] + chance.choice(string.ascii_lowercase)
    return text + chance.choice(string.ascii_lowercase)


@frozen
class Pool:
    """One column's values to draw from."""

    own: Sequence[Stored]
    nullable: bool
    free: bool
    """Whether values may be made up; keys of other tables may not."""

    def draw(self, style: Style, chance: random.Random) -> Stored:
        """One value."""
        if not self.own or (self.nullable and chance.random() < style.null):
            return None
        value = chance.choice(self.own)
        return beside(value, chance) if self.free and chance.random() < style.near else value


def pool(
    values: Sequence[Stored], style: Style, chance: random.Random, *, nullable: bool, free: bool
) -> Pool:
    """The pool of a column with these values."""
    own = [value for value in values if value is not None]
    if style.few and len(own) > _FEW:
        own = chance.sample(own, _FEW)
    return Pool(own, nullable, free)


def with_some_missing(values: Sequence[Stored], chance: random.Random) -> list[Stored]:
    """Without a fifth of the distinct values: some rows are referred to by none, which outer joins and inner ones treat differently."""
    distinct = sorted(set(values), key=repr)
    missing = set(chance.sample(distinct, len(distinct) // 5))
    return [value for value in values if value not in missing]


def fitting(sought: Sequence[Cell], values: Sequence[Stored], chance: random.Random) -> list[Cell]:
    """The values a query looks for in a column with these values, in the column's type, so that its comparisons stay as they were."""
    own = [value for value in values if value is not None]
    if are_dates(own):
        dates = [str(value) for value in own]
        return [date for value in sought for date in dates_like(value, dates, chance)]
    kinds = {type(value) for value in own}
    found: list[Cell] = []
    for value in sought:
        if not kinds or type(value) in kinds:
            found.append(value)
        elif isinstance(value, int) and float in kinds:
            found.append(float(value))
        elif isinstance(value, float) and int in kinds:
            found += [int(value), int(value) + 1]
        elif str in kinds and isinstance(value, (int, float)):
            found.append(str(value))
    return found
