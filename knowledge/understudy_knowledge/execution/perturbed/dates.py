"""Dates and times kept as text: what is made up for such a column must be a date too, or its functions answer NULL on it."""

import random
import re
from collections.abc import Sequence
from datetime import date, timedelta

_SHAPE = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)(?:-(?P<day>\d\d)(?P<time>[ T]\d\d:\d\d.*)?)?")
_CLOCK = re.compile(r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)(?P<rest>(?::[0-5]\d)?)")
_STEPS = (-366, -31, -7, -1, -1, 1, 1, 7, 31, 366)
_MINUTES = (-60, -1, 1, 30, 60)
_LOOKED_AT = 50
_SOME = 3


def are_dates(values: Sequence[object]) -> bool:
    """Whether these values, by the look of the first ones, are all dates such as 2024-05-31, with or without a time."""
    return bool(values) and all(
        isinstance(value, str) and _SHAPE.fullmatch(value) for value in values[:_LOOKED_AT]
    )


def date_beside(text: str, chance: random.Random) -> str | None:
    """A date or time of day near this one, written alike; None for any other text."""
    if clock := _CLOCK.fullmatch(text):
        minutes = int(clock["hour"]) * 60 + int(clock["minute"]) + chance.choice(_MINUTES)
        return f"{minutes // 60 % 24:02}:{minutes % 60:02}{clock['rest']}"
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        return None
    steps = _STEPS if shape["day"] else (-366, -31, 31, 366)
    try:
        day = date(int(shape["year"]), int(shape["month"]), int(shape["day"] or 15))
        moved = (day + timedelta(days=chance.choice(steps))).isoformat()
    except (ValueError, OverflowError):  # 2024-00-00, or the year 9999
        return None
    return moved + (shape["time"] or "") if shape["day"] else moved[:7]


def dates_like(part: object, own: Sequence[str], chance: random.Random) -> list[str]:
    """Dates written as `own` are, of the date, month or year that a query compares them or a part of them with."""
    text = f"{part:02}" if isinstance(part, int) else str(part)
    some = chance.sample(own, min(_SOME, len(own)))
    if _SHAPE.fullmatch(text):
        tails = [value[len(text) :] for value in some]
        return list(dict.fromkeys(text + tail for tail in (*tails, re.sub(r"\d", "0", tails[0]))))
    if re.fullmatch(r"\d{4}-?", text):
        return [text[:4] + value[4:] for value in some]
    if re.fullmatch(r"0[1-9]|1[0-2]", text):
        return [value[:5] + text + value[7:] for value in some]
    return []
