"""Which file knows what: attributes, items, calls and operators of values, by the sort of the value."""

from attrs import evolve

from understudy_server.context.frames import (
    connections,
    constants,
    grouped,
    labels_index,
    makers,
    pandas_frame,
    polars_expressions,
    polars_frame,
    readers,
    relations,
    selection,
    series,
)
from understudy_server.context.frames.call import Call
from understudy_server.context.frames.values import (
    Accessor,
    Const,
    Each,
    Expression,
    Frame,
    Grouped,
    Items,
    Module,
    Origin,
    Series,
    Table,
    Template,
    Value,
    Windowed,
)


def attribute_of(value: Value, name: str, origin: Origin) -> Value | None:
    """What `value.name` is worth."""
    if isinstance(value, Module):
        return Module(f"{value.path}.{name}")
    if isinstance(value, Frame):
        return selection.attribute(value, name, origin)
    if isinstance(value, Series):
        return series.attribute(value, name)
    if isinstance(value, Grouped):
        return grouped.attribute(value, name)
    if isinstance(value, Accessor):
        return series.attribute_of_accessor(value, name)
    if isinstance(value, Items | Expression):
        return Accessor(value, name)
    return None


def subscript_of(value: Value, key: Value | None) -> Value | None:
    """What `value[key]` is worth."""
    if isinstance(value, Frame):
        return selection.item(value, key)
    if isinstance(value, Accessor):
        return selection.located(value, key)
    if isinstance(value, Grouped):
        return grouped.item(value, key)
    if isinstance(value, Series):
        return evolve(value, plain=False) if isinstance(key, Series) else None
    if isinstance(value, Table) and isinstance(key, Const) and isinstance(key.value, str | int):
        return value.get(key.value)
    if isinstance(value, Items) and isinstance(key, Const) and isinstance(key.value, int):
        if value.uniform and len(value.values) == 1:
            return value.values[0]
        inside = not value.open and not value.uniform and -len(value.values) <= key.value < len(value.values)
        return value.values[key.value] if inside else None
    return None


def call_method(value: Value, name: str, call: Call) -> Value | None:
    """What `value.name(…)` is worth."""
    if isinstance(value, Frame):
        if value.kind == "pandas":
            return pandas_frame.call(value, name, call)
        if value.kind == "polars":
            return polars_frame.call(value, name, call)
        return relations.call(value, name, call)
    if isinstance(value, Grouped):
        pandas = value.frame.kind == "pandas"
        return grouped.call(value, name, call) if pandas else polars_frame.call_grouped(value, name, call)
    if isinstance(value, Series):
        return series.call(value, name, call)
    if isinstance(value, Windowed):
        return series.call_windowed(value, name)
    if isinstance(value, Expression):
        return polars_expressions.call(value, name, call)
    if isinstance(value, Accessor):
        return _call_accessor(value, name, call)
    if isinstance(value, Const):
        found = constants.call_text(value, name, call.positional)
        return found if found is not None else connections.call_text(value, name)
    if isinstance(value, Template):
        return value if name in ("strip", "rstrip", "lstrip") else connections.call_text(value, name)
    if isinstance(value, Each):
        each = tuple(
            constants.call_text(one, name, call.positional) for one in value.values if isinstance(one, Const)
        )
        return Each(each) if len(each) == len(value.values) else None
    if isinstance(value, Items):
        return labels_index.call(value, name, call)
    if isinstance(value, Table):
        return labels_index.call_table(value, name, call)
    return None


def call_module(path: str, name: str, call: Call) -> Value | None:
    """What a function of a module is worth; path "" is an object of which nothing is known."""
    if path == "pandas":
        found = makers.call(name, call)
        return found if found is not None else readers.call(name, call)
    if path.startswith("pandas."):
        return makers.call_class(path, name, call)
    if path == "polars":
        return polars_frame.call_module(name, call)
    return connections.call(path, name, call)


def operate(one: Value | None, other: Value | None) -> Value | None:
    """Arithmetic and logic, element by element."""
    if isinstance(one, Expression) or isinstance(other, Expression):
        return polars_expressions.operate(one, other)
    if isinstance(one, Frame):
        if isinstance(other, Frame) and (one.open or set(one.known) != set(other.known)):
            return Frame(open=True, index=None, kind=one.kind)
        return one
    if isinstance(one, Series):
        if isinstance(other, Series):
            same = one.named and other.named and one.name == other.name
            return Series(one.name if same else None, one.named and other.named, index=one.index)
        return evolve(one, family="unknown", plain=False)
    if isinstance(other, Frame):
        return other
    return evolve(other, family="unknown", plain=False) if isinstance(other, Series) else None


def _call_accessor(accessor: Accessor, name: str, call: Call) -> Value | None:
    if accessor.name == "result":
        return connections.fetched(accessor.of, name, call)
    if isinstance(accessor.of, Items):
        return labels_index.call_accessor(accessor.of, accessor.name, name, call)
    if isinstance(accessor.of, Expression):
        return polars_expressions.call_accessor(accessor.of, accessor.name, name, call)
    if isinstance(accessor.of, Series):
        return series.call_accessor(accessor.of, accessor.name, name)
    if accessor.name == "index":
        return series.call_index(accessor, name)
    return None
