"""Periods of time in a question, and the same periods as conditions on a date column."""

import re
from datetime import date, timedelta

from attrs import frozen
from sqlglot import exp

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = "|".join(("sept", *(f"{name}|{name[:3]}" for name in _MONTHS)))
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_SINCE = r"(?:\b(?P<since>since|after|before|until)\s+(?:the\s+)?)?"
_COMPARED = "".join(f"(?<!\\b{word} )" for word in ("than", "least", "most", "top", "bottom", "first"))
_PATTERNS = (
    (
        "range",
        re.compile(
            r"\b(?:between|from)\s+(?P<a>(?:19|20)\d\d)\s+(?:and|to|until|through)\s+(?P<b>(?:19|20)\d\d)\b"
        ),
    ),
    (
        "quarter",
        re.compile(
            rf"{_SINCE}\b(?:q(?P<q>[1-4])|(?P<ord>first|second|third|fourth|[1-4](?:st|nd|rd|th))\s+quarter)(?:\s+of)?\s*,?\s*{_YEAR}\b"
        ),
    ),
    ("quarter", re.compile(rf"{_SINCE}\b{_YEAR}\s*[- ]?q(?P<q>[1-4])(?P<ord>)\b")),
    (
        "half",
        re.compile(rf"{_SINCE}\b(?:h(?P<h>[12])|(?P<ord>first|second)\s+half)(?:\s+of)?\s*,?\s*{_YEAR}\b"),
    ),
    (
        "day",
        re.compile(r"\b(?P<since>since|after|before|until|from|by)?\s*(?P<day>(?:19|20)\d\d-\d\d-\d\d)\b"),
    ),
    (
        "month",
        re.compile(
            rf"\b(?P<since>since|after|before|until)?\s*\b(?P<month>{_MONTH})\.?(?:\s+of)?\s*,?\s*{_YEAR}\b"
        ),
    ),
    ("month", re.compile(rf"{_SINCE}\b(?P<ym>(?:19|20)\d\d-\d\d)\b(?!-)")),
    (
        "year",
        re.compile(
            rf"\b(?P<since>since|after|before|until|as of)?\s*(?:the\s+)?(?:year\s+)?{_COMPARED}{_YEAR}\b(?!-\d)"
        ),
    ),
)


@frozen
class Period:
    """Days `start` (included) to `end` (excluded), ISO 8601; either may be open. `first`/`last` are code points of the question."""

    start: str | None
    end: str | None
    first: int
    last: int

    @property
    def span(self) -> tuple[str | None, str | None]:
        """What it means, wherever it stands."""
        return (self.start, self.end)


def find_periods(question: str) -> tuple[Period, ...]:
    """The periods a question names, in order; the longest reading of each place."""
    low = "".join(sign.lower() if sign.isascii() else sign for sign in question)  # as long as the question
    taken: list[tuple[int, int]] = []
    found = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(low):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            bounds = _bounds(kind, match)
            if bounds is not None:
                taken.append((match.start(), match.end()))
                found.append(Period(*bounds, match.start(), match.end()))
    return _joined(low, sorted(found, key=lambda period: period.first))


def _joined(low: str, periods: list[Period]) -> tuple[Period, ...]:
    """The periods, two of them as one where the question says "between one and the other"."""
    joined: list[Period] = []
    for period in periods:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.start is not None
            and period.end is not None
            and last.start < period.end
            and low[last.last : period.first].strip() in {"and", "to", "through"}
            and _opens(low[: last.first], low[last.first : last.last])
        ):
            joined[-1] = Period(last.start, period.end, last.first, period.last)
        else:
            joined.append(period)
    return tuple(joined)


def _opens(before: str, period: str) -> bool:
    """Whether the words up to a period announce its other end; "from" may have been read as part of the period."""
    return before.rstrip().endswith(("between", "from")) or period.lstrip().startswith("from")


def _bounds(kind: str, match: re.Match[str]) -> tuple[str | None, str | None] | None:
    part = match.groupdict()
    if kind == "range":
        first, last = sorted((int(part["a"]), int(part["b"])))
        return f"{first}-01-01", f"{last + 1}-01-01"
    if kind == "day":
        try:
            day = date.fromisoformat(part["day"])
        except ValueError:
            return None
        return _opened(part["since"], day.isoformat(), (day + timedelta(days=1)).isoformat())
    if kind == "month" and part.get("ym"):
        in_year, month = (int(number) for number in part["ym"].split("-"))
        return _opened(part["since"], *_months(in_year, month, 1)) if 1 <= month <= 12 else None
    year = int(part["year"])
    if kind == "quarter":
        number = int(part["q"]) if part.get("q") else _ORDINALS[part["ord"]]
        return _opened(part["since"], *_months(year, 3 * number - 2, 3))
    if kind == "half":
        number = int(part["h"]) if part.get("h") else _ORDINALS[part["ord"]]
        return _opened(part["since"], *_months(year, 6 * number - 5, 6))
    if kind == "month":
        number = next(i for i, name in enumerate(_MONTHS, 1) if name.startswith(part["month"][:3]))
        return _opened(part["since"], *_months(year, number, 1))
    return _opened(part["since"], f"{year}-01-01", f"{year + 1}-01-01")


def _months(year: int, month: int, count: int) -> tuple[str, str]:
    end = month + count
    return f"{year}-{month:02d}-01", f"{year + (end > 12)}-{end - 12 if end > 12 else end:02d}-01"


def _opened(word: str | None, start: str, end: str) -> tuple[str | None, str | None]:
    match word:
        case "since" | "from":
            return start, None
        case "after":
            return end, None
        case "before":
            return None, start
        case "until" | "by" | "as of":
            return None, end
    return start, end


def condition(column: exp.Expr, period: Period) -> exp.Expr:
    """`column` within the period; ISO text and date columns compare alike."""
    tests: list[exp.Expr] = []
    if period.start is not None:
        tests.append(exp.GTE(this=column.copy(), expression=exp.Literal.string(period.start)))
    if period.end is not None:
        tests.append(exp.LT(this=column.copy(), expression=exp.Literal.string(period.end)))
    return exp.and_(*tests, copy=False)


def units_in(code: exp.Expr) -> list[str]:
    """The units of time that the code takes of a date or cuts it off at, as `DATE_TRUNC`, `EXTRACT` and `YEAR` do."""
    cut = (node.text("unit") for node in code.find_all(exp.TimestampTrunc, exp.DateTrunc))
    taken = (node.this.name for node in code.find_all(exp.Extract))
    named = (
        type(node).__name__ for node in code.find_all(exp.Year, exp.Quarter, exp.Month, exp.Week, exp.Day)
    )
    days = (
        "DAY"
        for node in code.find_all(exp.Date, exp.Cast)
        if (isinstance(node, exp.Date) or node.is_type("date")) and node.find(exp.Column)
    )
    return [unit.upper() for unit in (*cut, *taken, *named, *days) if unit]


def is_period(code: exp.Expr, span: tuple[str | None, str | None]) -> bool:
    """Whether a condition has a literal that is an end of the period, or its year."""
    ends = [end for end in span if end]
    numbered = "YEAR" in units_in(code)
    return any(
        (literal.is_string or numbered)
        and literal.name
        and any(end.startswith(literal.name) or literal.name.startswith(end) for end in ends)
        for literal in code.find_all(exp.Literal)
        if literal.name[:2] in {"19", "20"} and len(literal.name) >= 4
    )
