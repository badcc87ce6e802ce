"""Python's own functions, as far as they turn lists of labels into others."""

from attrs import evolve

from understudy_server.context.frames import constants
from understudy_server.context.frames.call import Call
from understudy_server.context.frames.labels_index import as_items
from understudy_server.context.frames.values import Const, Each, Frame, Items, Table, Value

NAMES = frozenset(
    (
        "list", "sorted", "set", "frozenset", "tuple", "iter", "enumerate", "reversed", "dict", "range", "zip", "str", "text", "len",
        "train_test_split",
    )
)  # fmt: skip


def call_builtin(name: str, call: Call) -> Value | None:
    """One of NAMES: `list(df)`, `dict(a=1)`, `sorted(names)`, `zip(…)`, `range(3)`…; `train_test_split` stands here as no module says it."""
    first = call.positional[0] if call.positional else None
    if isinstance(first, Frame) and name in ("list", "sorted", "set", "tuple", "iter", "enumerate"):
        first = Items(tuple(Const(column.name, column.origin) for column in first.columns), open=first.open)
    items = as_items(first)
    if items is None and isinstance(first, Const) and isinstance(first.value, str):
        items = Items(tuple(Const(each, first.origin) for each in first.value[: constants.MAX_ITEMS]))
    if name == "dict":
        return _dict(items if first is not None else Items(()), first, call)
    if name == "range":
        return _range(call)
    if name == "zip":
        return _zip(call)
    if name == "train_test_split":
        return split(call)
    if name == "str":
        return constants.as_text(first)
    if name == "text":
        return first
    if name == "len" and items is not None and not items.open and not items.uniform:
        return Const(len(items.values))
    if items is None:
        return Items(()) if name in ("list", "set", "tuple") and not call.positional else None
    if name in ("list", "tuple", "iter", "reversed"):
        return evolve(items, values=items.values[::-1]) if name == "reversed" else items
    if name in ("sorted", "set", "frozenset"):
        # Sets have no order that a reader could know, so they are sorted too; columns are compared without it.
        known = [value for value in items.values if isinstance(value, Const)]
        unlike = len(known) < len(items.values) or len({type(value.value) for value in known}) > 1
        ordered = sorted(known, key=lambda value: value.value)  # type: ignore[arg-type,return-value]
        return items if unlike else evolve(items, values=tuple(dict.fromkeys(ordered)))
    if name == "enumerate" and not items.open and not items.uniform:
        return Items(tuple(Items((Const(place), value)) for place, value in enumerate(items.values)))
    return None


def split(call: Call) -> Value | None:
    """`train_test_split(X, y)`: two of each."""
    return Items(tuple(value for value in call.positional for _ in range(2)))


def each_of(value: Value | None) -> Value | None:
    """What a loop's variable is worth."""
    if isinstance(value, Frame):
        value = Items(tuple(Const(column.name, column.origin) for column in value.columns), open=value.open)
    items = as_items(value)
    if items is None or items.open or not items.values:
        return None
    if items.uniform:
        return items.values[0] if len(items.values) == 1 else None
    same = all(each == items.values[0] for each in items.values)
    return items.values[0] if same else Each(items.values)


def _dict(items: Items | None, first: Value | None, call: Call) -> Value | None:
    named = tuple((Const(key, call.origins.get(key)), value) for key, value in call.named.items())
    if isinstance(first, Table):
        return Table((*first.entries, *named), open=first.open or call.spread)
    if items is None or items.open or items.uniform:
        return Table(named, open=True)
    pairs = [each.values for each in items.values if isinstance(each, Items) and len(each.values) == 2]
    complete = len(pairs) == len(items.values)
    return Table((*((key, value) for key, value in pairs), *named), open=call.spread or not complete)


def _range(call: Call) -> Value | None:
    numbers = [each.value if isinstance(each, Const) else None for each in call.positional]
    if not 1 <= len(numbers) <= 3 or not all(isinstance(number, int) for number in numbers):
        return None
    if len(numbers) == 3 and numbers[2] == 0:
        return None
    counted = range(*(number for number in numbers if isinstance(number, int)))
    return Items(tuple(Const(number) for number in counted)) if len(counted) <= constants.MAX_ITEMS else None


def _zip(call: Call) -> Value | None:
    columns = [as_items(value) for value in call.positional]
    closed = [each for each in columns if each is not None and not each.open and not each.uniform]
    if len(closed) < len(columns):
        return None
    return Items(tuple(Items(row) for row in zip(*(each.values for each in closed), strict=False)))
