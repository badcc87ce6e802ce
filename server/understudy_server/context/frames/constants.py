"""Text and lists that a file computes from literals: f-strings, methods of str, slices, comparisons."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from understudy_server.context.frames.values import Const, Each, Items, Label, Origin, Template, Value

MAX_TEXT = 20_000
MAX_ITEMS = 400
HOLE = "hole"
_PLACES = re.compile(r"%(?:\(\w+\))?[sdfr]|(?<!\{)\{[^{}]*\}(?!\})")

# Only methods whose result is about as long as what they are given.
_METHODS = frozenset(
    (
        "lower", "upper", "strip", "lstrip", "rstrip", "title", "capitalize", "casefold", "swapcase", "startswith", "endswith",
        "removeprefix", "removesuffix", "split", "isdigit", "islower", "isupper", "isalpha", "replace",
    )
)  # fmt: skip
_COMPARISONS: Mapping[str, Callable[[object, object], object]] = {
    "Eq": operator.eq,
    "NotEq": operator.ne,
    "In": lambda one, other: operator.contains(other, one),  # type: ignore[arg-type]
    "NotIn": lambda one, other: not operator.contains(other, one),  # type: ignore[arg-type]
}


def call_text(value: Const, method: str, arguments: Sequence[Value | None]) -> Value | None:
    """What a method of literal text gives; None when it is not one whose result is known and small."""
    if not isinstance(value.value, str) or method not in _METHODS or len(value.value) > MAX_TEXT:
        return None
    given = [plain(argument) for argument in arguments]
    if any(each is None or (isinstance(each, str) and len(each) > 200) for each in given):
        return None
    if method == "replace" and len(value.value) > 200:
        return None
    try:
        result = getattr(value.value, method)(*given)
    except (TypeError, ValueError):
        return None
    if isinstance(result, list):
        return Items(tuple(Const(each, value.origin) for each in islice(result, MAX_ITEMS)))
    return Const(result, value.origin)


def plain(value: Value | None) -> str | int | float | bool | tuple[object, ...] | None:
    """The Python value of a literal or of a closed collection of literals; None when it is not one."""
    if isinstance(value, Const):
        return value.value
    if isinstance(value, Items) and not value.open and not value.uniform:
        members = tuple(each.value if isinstance(each, Const) else None for each in value.values)
        return None if None in members else members
    return None


def compare(one: Value | None, comparison: str, other: Value | None) -> Const | None:
    """The truth of a comparison of literals; None when it cannot be known."""
    left, right = plain(one), plain(other)
    act = _COMPARISONS.get(comparison)
    if act is None or left is None or right is None:
        return None
    try:
        return Const(bool(act(left, right)))
    except TypeError:
        return None


def concatenate(one: Value | None, other: Value | None) -> Value | None:
    """`+` of texts or of lists; a loop's variable gives as many."""
    if isinstance(one, Each) or isinstance(other, Each):
        return spread([one, other], lambda pair: concatenate(pair[0], pair[1]))
    if isinstance(one, Items) and isinstance(other, Items):
        if len(one.values) + len(other.values) > MAX_ITEMS:
            return None
        # Any number of these and others: which and how many is no longer known.
        mixed = one.uniform or other.uniform
        return Items((*one.values, *other.values), open=one.open or other.open or mixed)
    if _is_text(one) or _is_text(other):
        origin = one.origin if isinstance(one, Const | Template) else None
        return join_text([one, other], origin)
    return None


def as_text(value: Value | None) -> Value | None:
    """What `str(value)` is worth."""
    if isinstance(value, Each):
        return Each(tuple(as_text(each) for each in value.values))
    return Const(str(value.value), value.origin) if isinstance(value, Const) else None


def join_text(parts: Sequence[Value | None], origin: Origin | None) -> Value | None:
    """The text of all parts; a template where one is not known."""
    texts = [part.value for part in parts if isinstance(part, Const) and isinstance(part.value, str)]
    if len(texts) == len(parts):
        joined = "".join(texts)
        return Const(joined, origin) if len(joined) <= MAX_TEXT else None
    known = [_text_of(part) for part in parts]
    joined = "".join(HOLE if text is None else text for text in known)
    return Template(joined, origin) if len(joined) <= MAX_TEXT else None


def filled(value: Const | Template) -> Template | None:
    """Text after `.format(…)` or `% …`: what was put in is not known."""
    text = _text_of(value)
    return Template(_PLACES.sub(HOLE, text), value.origin) if text is not None else None


def spread(
    values: Sequence[Value | None], build: Callable[[Sequence[Value | None]], Value | None]
) -> Value | None:
    """What is built from values of which one takes several; two such have combinations that nobody listed: unknown."""
    several = [place for place, value in enumerate(values) if isinstance(value, Each)]
    if len(several) > 1:
        return None
    if not several:
        return build(values)
    place = several[0]
    each = values[place]
    assert isinstance(each, Each)
    return Each(tuple(build([*values[:place], one, *values[place + 1 :]]) for one in each.values))


def slice_of(items: Items, lower: Value | None, upper: Value | None, step: Value | None) -> Items | None:
    """A slice of a closed list; a bound that is not written is Const(None)."""
    ends = [each.value for each in (lower, upper, step) if isinstance(each, Const)]
    bounds = [each for each in ends if each is None or (isinstance(each, int) and not isinstance(each, bool))]
    if items.open or items.uniform or len(bounds) < 3 or bounds[2] == 0:
        return None
    return Items(items.values[slice(bounds[0], bounds[1], bounds[2])])


def _is_text(value: Value | None) -> bool:
    return isinstance(value, Template) or (isinstance(value, Const) and isinstance(value.value, str))


def _text_of(value: Value | None) -> str | None:
    if isinstance(value, Template):
        return value.text
    return value.value if isinstance(value, Const) and isinstance(value.value, str) else None


def without(items: Items, gone: set[Label]) -> Items:
    """The items less those literals."""
    kept = tuple(each for each in items.values if not (isinstance(each, Const) and each.value in gone))
    return Items(kept, items.open, items.uniform)
