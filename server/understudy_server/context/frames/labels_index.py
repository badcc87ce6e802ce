"""Lists of labels: `df.columns` and plain lists, and what is done to them."""

import re
from collections.abc import Callable

from attrs import evolve

from understudy_server.context.frames import constants
from understudy_server.context.frames.call import Call
from understudy_server.context.frames.values import Accessor, Const, Items, Table, Value

_SAME = frozenset(
    ("tolist", "to_list", "copy", "astype", "to_series", "to_numpy", "drop_duplicates", "unique", "ravel")
)


def call(items: Items, name: str, call: Call) -> Value | None:
    """What `items.name(…)` is worth."""
    if name in _SAME:
        return items
    if name in ("difference", "drop", "intersection"):
        other = constants.plain(call.get("other" if name != "drop" else "labels", 0))
        gone = {other} if isinstance(other, str) else set(other) if isinstance(other, tuple) else None
        if gone is None:
            return None
        if name == "intersection":
            kept = tuple(each for each in items.values if isinstance(each, Const) and each.value in gone)
            return Items(kept, open=items.open)
        left = constants.without(items, gone)  # type: ignore[arg-type]
        return _sorted(left) if name == "difference" else left
    if name in ("append", "union"):
        other_items = call.get("other", 0)
        return constants.concatenate(items, other_items) if isinstance(other_items, Items) else None
    if name == "map":
        return each(items, lambda value: call.apply(call.get("mapper", 0), (value,)))
    return None


def call_accessor(items: Items, accessor: str, name: str, call: Call) -> Value | None:
    """`df.columns.str.lower()` and its like."""
    if accessor != "str":
        return None
    if name == "replace" and (call.flag("regex", 4) is not False):
        pattern, new = call.get("pat", 0), call.text("repl", 1)
        # Without special signs a pattern is the text it finds.
        plain = (
            isinstance(pattern, Const)
            and isinstance(pattern.value, str)
            and re.escape(pattern.value).replace("\\ ", " ") == pattern.value
        )
        if new is None or not (plain or call.flag("regex") is None or not call.has("regex")):
            return None
    return each(items, lambda value: _text(value, name, call))


def call_table(table: Table, name: str, call: Call) -> Value | None:
    """Methods of a dict."""
    if name == "keys":
        return Items(tuple(key for key, _ in table.entries), open=table.open)
    if name == "values":
        return Items(tuple(value for _, value in table.entries), open=table.open)
    if name == "items":
        return Items(tuple(Items(entry) for entry in table.entries), open=table.open)
    if name == "get":
        key = call.get("key", 0)
        return table.get(key.value) if isinstance(key, Const) and isinstance(key.value, str | int) else None
    return table if name == "copy" else None


def each(items: Items, change: Callable[[Value | None], Value | None]) -> Items:
    """Every member changed; one that comes out unknown leaves a list of unknown labels."""
    changed = tuple(change(value) for value in items.values)
    return Items((), open=True) if None in changed else evolve(items, values=changed)


def _text(value: Value | None, name: str, call: Call) -> Value | None:
    if not isinstance(value, Const):
        return None
    arguments = call.positional if name != "replace" else (call.get("pat", 0), call.get("repl", 1))
    return constants.call_text(value, name, arguments)


def _sorted(items: Items) -> Items:
    known = [value for value in items.values if isinstance(value, Const)]
    ordered: list[Value | None] = [*sorted(known, key=lambda value: str(value.value))]
    return Items(tuple(ordered), items.open, items.uniform)


def as_items(value: Value | None) -> Items | None:
    """The members of what can be walked over, as far as they are labels."""
    if isinstance(value, Items):
        return value
    if isinstance(value, Table):
        return Items(tuple(key for key, _ in value.entries), open=value.open)
    if isinstance(value, Accessor) and isinstance(value.of, Items):
        return value.of
    return None
