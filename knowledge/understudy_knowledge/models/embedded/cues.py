"""What the wording of a question says about the shape of its answer: counts, aggregates, groups, ranks, comparisons."""

from typing import Literal

from attrs import frozen

from understudy_knowledge.models.embedded.periods import Period, find_periods
from understudy_knowledge.models.embedded.tokens import Token, tokenize

Span = tuple[int, int]
"""First and last token, both included."""

_AGGREGATES = {
    "total": "SUM", "sum": "SUM", "overall": "SUM", "combined": "SUM",
    "average": "AVG", "avg": "AVG", "mean": "AVG",
    "maximum": "MAX", "max": "MAX", "minimum": "MIN", "min": "MIN",
}  # fmt: skip
_HIGH = frozenset(
    "top highest largest biggest most best greatest longest newest latest recent oldest-last busiest".split()
)
_LOW = frozenset(
    "bottom lowest smallest least fewest worst cheapest shortest oldest earliest slowest".split()
)
_DOWN = frozenset("descending desc".split())
_TIME = frozenset("newest latest recent oldest earliest".split())
_UP = frozenset("ascending asc alphabetically alphabetical".split())
_BUCKETS = {"month": "month", "monthly": "month", "months": "month", "year": "year", "yearly": "year", "annual": "year",
            "annually": "year", "years": "year", "day": "day", "daily": "day", "days": "day", "weekday": "weekday"}  # fmt: skip
_GROUP_MARKERS = frozenset({"by", "per", "each", "every", "across"})
_ENDS = frozenset(
    """in for with of that where who which whose since over during from on at to when than having more less fewer between
    before after until only first not excluding including without using based as is are was were did do does have has had never no not""".split()
)
_COMPARISONS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("more", "than"), ">"), (("greater", "than"), ">"), (("higher", "than"), ">"), (("larger", "than"), ">"),
    (("longer", "than"), ">"), (("older", "than"), ">"), (("less", "than"), "<"), (("fewer", "than"), "<"),
    (("lower", "than"), "<"), (("shorter", "than"), "<"), (("younger", "than"), "<"), (("at", "least"), ">="),
    (("at", "most"), "<="), (("no", "more", "than"), "<="), (("or", "more"), ">="), (("or", "less"), "<="), (("exactly",), "="),
    (("above",), ">"), (("over",), ">"), (("exceeding",), ">"), (("below",), "<"), (("under",), "<"),
)  # fmt: skip


@frozen
class Comparison:
    """A number the question compares something with; `at` is the number's token."""

    operator: str
    number: float
    at: int
    words: frozenset[str]


@frozen
class Cues:
    """The signs found in one question. Spans are token numbers, both ends included."""

    tokens: tuple[Token, ...]
    periods: tuple[Period, ...]
    count_of: Span | None = None
    aggregate: str | None = None
    aggregate_at: int | None = None
    groups: tuple[Span, ...] = ()
    bucket: Literal["month", "year", "day", "weekday"] | None = None
    bucket_word: str = ""
    """The stem of the word that asks for the bucket; in "monthly recurring revenue" it may be part of a name instead."""
    rank_of: Span | None = None
    """What is ranked, as in "top 5 *customers*"."""
    rank_by: Span | None = None
    limit: int | None = None
    direction: Literal["DESC", "ASC"] | None = None
    by_time: bool = False
    """Whether the wording sorts by time, as "newest first" does."""
    comparisons: tuple[Comparison, ...] = ()
    distinct: bool = False
    listed: tuple[Span, ...] = ()
    """What a question asks for after a colon, as in "Late orders: customer, carrier and days"."""
    used: frozenset[str] = frozenset()
    """Stems of the words that were read as signs and name nothing themselves."""


def read_cues(question: str) -> Cues:
    """The signs of a question; wording it does not know is simply not reported."""
    tokens = tokenize(question)
    periods = find_periods(question)
    low = [token.text.lower() for token in tokens]
    taken = {
        i for i, token in enumerate(tokens) for period in periods if period.first <= token.start < period.last
    }
    used: set[str] = {tokens[i].stem for i in taken}
    count_of = _count(low, tokens, used)
    aggregate, aggregate_at = _aggregate(low, tokens, used)
    comparisons = _comparisons(low, tokens, taken, used)
    compared = {comparison.at for comparison in comparisons}
    limit, direction, rank_of = _rank(low, tokens, taken | compared, used)
    groups, rank_by, bucket, bucket_word = _groups(low, tokens, taken, rank_of, used)
    return Cues(
        tokens, periods, count_of, aggregate, aggregate_at, groups, bucket, bucket_word, rank_of, rank_by, limit, direction, bool(_TIME & set(low)),
        comparisons, any(word in {"distinct", "unique", "different"} for word in low), _listed(low, tokens), frozenset(used),
    )  # fmt: skip


def _listed(low: list[str], tokens: tuple[Token, ...]) -> tuple[Span, ...]:
    if ":" not in low:
        return ()
    found: list[Span] = []
    start = low.index(":") + 1
    while (span := _phrase(low, tokens, start)) is not None:
        last = span[1]
        if low[last + 1 : last + 2] and low[last + 1] in _ENDS - {"first"} and low[last + 2 : last + 3]:
            return tuple(found)  # a clause, not a list
        found.append(span)
        start = last + 2
        if low[last + 1 : last + 2] == [","] and low[start : start + 1] == ["and"]:
            start += 1
        if not low[last + 1 : last + 2] or low[last + 1] not in {",", "and"}:
            break
    return tuple(found) if len(found) > 1 else ()


def _phrase(low: list[str], tokens: tuple[Token, ...], first: int) -> Span | None:
    """The noun phrase that begins at `first`."""
    while first < len(low) and low[first] in {"the", "a", "an", "our", "their", "each", "every", "its"}:
        first += 1
    last = first
    while (
        last < len(low) and tokens[last].is_word and low[last] not in _ENDS | _GROUP_MARKERS | {"and", "or"}
    ):
        last += 1
    return (first, last - 1) if last > first else None


def _ranked(low: list[str], tokens: tuple[Token, ...], first: int) -> Span | None:
    """What is ranked: the noun phrase, with what "and" and commas add to it."""
    span = _phrase(low, tokens, first)
    while span is not None and low[span[1] + 1 : span[1] + 2] in (["and"], ["or"], [","]):
        more = _phrase(low, tokens, span[1] + 2)
        if more is None:
            break
        span = (span[0], more[1])
    return span


def _count(low: list[str], tokens: tuple[Token, ...], used: set[str]) -> Span | None:
    for i, word in enumerate(low):
        if word == "how" and low[i + 1 : i + 2] == ["many"]:
            used.update(tokens[at].stem for at in (i, i + 1))
            return _phrase(low, tokens, i + 2)
        if word in {"number", "count"} and low[i + 1 : i + 2] == ["of"]:
            used.update({tokens[i].stem})
            return _phrase(low, tokens, i + 2)
    return None


def _aggregate(low: list[str], tokens: tuple[Token, ...], used: set[str]) -> tuple[str | None, int | None]:
    for i, word in enumerate(low):
        if word in _AGGREGATES:
            used.add(tokens[i].stem)
            return _AGGREGATES[word], i
    return None, None


def _comparisons(
    low: list[str], tokens: tuple[Token, ...], taken: set[int], used: set[str]
) -> tuple[Comparison, ...]:
    found: dict[int, Comparison] = {}
    for i in range(len(low)):
        for words, operator in _COMPARISONS:
            if tuple(low[i : i + len(words)]) != words:
                continue
            after = words[0] != "or"
            at = i + len(words) if after else i - 1
            if (
                0 <= at < len(tokens)
                and tokens[at].number is not None
                and at not in taken
                and at not in found
            ):
                number = tokens[at].number
                assert number is not None
                near = frozenset(t.stem for t in tokens[max(0, i - 2) : at + 4] if t.is_word and t.is_content)
                found[at] = Comparison(operator, number, at, near)
                used.update(token.stem for token in tokens[i : i + len(words)])
    return tuple(found.values())


def _rank(
    low: list[str], tokens: tuple[Token, ...], blocked: set[int], used: set[str]
) -> tuple[int | None, Literal["DESC", "ASC"] | None, Span | None]:
    for i, word in enumerate(low):
        if word in _HIGH or word in _LOW:
            direction: Literal["DESC", "ASC"] = "DESC" if word in _HIGH else "ASC"
            used.add(tokens[i].stem)
            if low[i + 1 : i + 2] == ["first"] or low[max(0, i - 1) : i] == ["at"]:
                used.add("first")
                return None, direction if low[max(0, i - 1) : i] != ["at"] else None, None
            if "to" in low[i + 1 : i + 3] and "from" in low[max(0, i - 2) : i]:
                return None, direction, None  # "from the highest to the lowest": an order, not a choice
            for at, start in ((i + 1, i + 2), (i - 1, i + 1)):
                number = tokens[at].number if 0 <= at < len(tokens) and at not in blocked else None
                if number is not None and number == int(number) and 0 < number <= 1000:
                    return int(number), direction, _ranked(low, tokens, start)
            return (1 if word not in {"top", "bottom"} else None), direction, _ranked(low, tokens, i + 1)
        if word in _DOWN | _UP:
            used.add(tokens[i].stem)
            return None, "DESC" if word in _DOWN else "ASC", None
    return None, None, None


def _groups(
    low: list[str], tokens: tuple[Token, ...], taken: set[int], rank_of: Span | None, used: set[str]
) -> tuple[tuple[Span, ...], Span | None, Literal["month", "year", "day", "weekday"] | None, str]:
    groups: list[Span] = []
    bucket_word = ""
    rank_by: Span | None = None
    bucket: Literal["month", "year", "day", "weekday"] | None = None
    for i, word in enumerate(low):
        if word in _BUCKETS and i not in taken:
            before = low[i - 1] if i else ""
            if word.endswith("ly") or word == "annual" or before in _GROUP_MARKERS:
                bucket = _BUCKETS[word]  # type: ignore[assignment]
                bucket_word = tokens[i].stem
                used.add(tokens[i].stem)
                continue
        if word not in _GROUP_MARKERS or (
            word == "by" and low[max(0, i - 1) : i] in (["ordered"], ["sorted"], ["made"])
        ):
            continue
        start = i + 1
        while (span := _phrase(low, tokens, start)) is not None:
            if rank_of is not None and word == "by" and rank_by is None:
                rank_by = span
            elif low[span[0]] not in _BUCKETS:
                groups.append(span)
            elif bucket is None and span[0] not in taken:  # "by category and month"
                bucket = _BUCKETS[low[span[0]]]  # type: ignore[assignment]
                bucket_word = tokens[span[0]].stem
                used.add(bucket_word)
            start = span[1] + 2
            if low[span[1] + 1 : span[1] + 2] not in (["and"], [","]) or rank_by == span:
                break
            if low[span[1] + 1] == ",":
                break
    groups += _accompanying(low, tokens)
    return tuple(dict.fromkeys(groups)), rank_by, bucket, bucket_word


def _accompanying(low: list[str], tokens: tuple[Token, ...]) -> list[Span]:
    """What is to be shown too, as in "the top 5 customers, with their country"."""
    found = []
    for i, word in enumerate(low):
        if word == "with" and low[i + 1 : i + 2] and low[i + 1] in {"their", "its", "his", "her"}:
            span = _phrase(low, tokens, i + 2)
            found += [span] if span else []
    return found
