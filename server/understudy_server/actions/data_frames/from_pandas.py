"""A pandas expression as steps: chains of the calls that `to_pandas` writes, over frames; anything else is declined."""

import ast
import re
from collections.abc import Callable
from typing import Any

from attrs import evolve
from sqlglot import exp

from understudy_server.actions.data_frames.steps import Aggregate, Source, Steps, labeled
from understudy_server.actions.data_frames.to_pandas import pattern_of
from understudy_server.actions.declined import DeclinedError

_COMPARES: dict[type[ast.cmpop], type[exp.Expr]] = {
    ast.Eq: exp.EQ, ast.NotEq: exp.NEQ, ast.Lt: exp.LT, ast.LtE: exp.LTE, ast.Gt: exp.GT, ast.GtE: exp.GTE,
}  # fmt: skip
_FUNCTIONS = ("size", "count", "nunique", "sum", "mean", "min", "max")
_PATTERN = re.compile(
    r"(?P<any>\[\\s\\S\]\*)|(?P<one>\[\\s\\S\])|\[(?P<letter>[a-z])[A-Z]\]|\\?(?P<sign>.)", re.DOTALL
)


def from_pandas(node: ast.expr) -> Steps:
    """The steps of the chain. Raises DeclinedError where it is another one."""
    links: list[ast.expr] = []
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "agg":
            links.append(node)
            grouped = node.func.value
            if not (isinstance(grouped, ast.Call) and isinstance(grouped.func, ast.Attribute)):
                raise _other(node)
            node = grouped.func.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            links.append(node)
            node = node.func.value
        elif isinstance(node, ast.Subscript):
            links.append(node)
            value = node.value
            node = value.value if isinstance(value, ast.Attribute) and value.attr == "loc" else value
        else:
            raise _other(node)
    steps = Steps((Source(node.id),))
    for link in reversed(links):
        steps = _with(steps, link)
    if not steps.outputs:
        raise DeclinedError("the columns of the result are not listed")
    return steps


def _with(steps: Steps, link: ast.expr) -> Steps:
    if isinstance(link, ast.Subscript):
        if isinstance(link.value, ast.Attribute) and link.value.attr == "loc":
            condition = _mask(link.slice.body) if isinstance(link.slice, ast.Lambda) else None
            if condition is None or steps.outputs or (steps.aggregates and not steps.keys):
                raise _other(link)
            return evolve(steps, having=condition) if steps.keys else evolve(steps, where=condition)
        labels = _texts(link.slice)
        return evolve(steps, outputs=tuple((label, label) for label in labels))
    assert isinstance(link, ast.Call), "links are calls and selections"
    assert isinstance(link.func, ast.Attribute), "a chain calls attributes"
    take = _CALLS.get(link.func.attr)
    if take is None:
        raise _other(link)
    return take(steps, link)


def _add_prefix(steps: Steps, call: ast.Call) -> Steps:
    prefix = _text(call.args[0]) if len(call.args) == 1 else ""
    if not prefix.endswith(".") or steps != Steps(steps.sources) or len(steps.sources) != 1:
        raise _other(call)
    return Steps((evolve(steps.sources[0], alias=prefix[:-1]),))


def _merge(steps: Steps, call: ast.Call) -> Steps:
    given, right = _keywords(call), call.args[0] if call.args else None
    if steps != Steps(steps.sources) or not steps.sources[0].alias or not isinstance(right, ast.Call):
        raise _other(call)
    inner, how = right.func.value if isinstance(right.func, ast.Attribute) else None, _text(given["how"])
    left_on, right_on = _texts(given["left_on"]), _texts(given["right_on"])
    if (
        how not in ("inner", "left")
        or not isinstance(inner, ast.Call)
        or ast.unparse(right) != (f"{ast.unparse(inner)}.dropna(subset={right_on!r})")
    ):
        raise _other(call)
    joined = _joined(inner)
    source = evolve(joined, how=how, on=tuple(zip(left_on, right_on, strict=True)))  # type: ignore[arg-type]
    return Steps((*steps.sources, source))


def _joined(call: ast.Call) -> Source:
    """The frame `name.add_prefix("alias.")`."""
    if not isinstance(call.func, ast.Attribute) or not isinstance(call.func.value, ast.Name):
        raise _other(call)
    return _add_prefix(Steps((Source(call.func.value.id),)), call).sources[0]


def _agg(steps: Steps, call: ast.Call) -> Steps:
    grouped = call.func.value if isinstance(call.func, ast.Attribute) else None
    assert isinstance(grouped, ast.Call), "looked at when the chain was taken apart"
    keys = _texts(grouped.args[0]) if grouped.args else []
    exact = f"groupby({keys!r}, as_index=False, dropna=False, sort=False)"
    table = call.keywords[0].value if len(call.keywords) == 1 and call.keywords[0].arg is None else None
    if (
        steps.keys
        or steps.outputs
        or not isinstance(table, ast.Dict)
        or not ast.unparse(grouped).endswith(exact)
    ):
        raise _other(call)
    aggregates = []
    for name, value in zip(table.keys, table.values, strict=True):
        if name is None or not isinstance(value, ast.Tuple) or len(value.elts) != 2:
            raise _other(call)
        column, how = _text(value.elts[0]), value.elts[1]
        if isinstance(how, ast.Lambda):
            if ast.unparse(how) != "lambda values: values.sum(min_count=1)":
                raise _other(call)
            aggregates.append(Aggregate(_text(name), "sum", column))
        elif (function := _text(how)) in _FUNCTIONS and function != "sum":
            aggregates.append(Aggregate(_text(name), function, None if function == "size" else column))  # type: ignore[arg-type]
        else:
            raise _other(call)
    return evolve(steps, keys=tuple(keys), aggregates=tuple(aggregates))


def _pipe(steps: Steps, call: ast.Call) -> Steps:
    made = call.args[0].body if len(call.args) == 1 and isinstance(call.args[0], ast.Lambda) else None
    table = made.args[0] if isinstance(made, ast.Call) and len(made.args) == 1 else None
    framed = (
        isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute) and made.func.attr == "DataFrame"
    )
    if not framed or not isinstance(table, ast.Dict) or steps.keys or steps.outputs:
        raise _other(call)
    aggregates = []
    for name, value in zip(table.keys, table.values, strict=True):
        found = re.fullmatch(
            r"\[(?:(?P<all>len\(rows\))|rows\[(?P<column>'.*'|\".*\")\]\.(?:(?P<sum>sum)\(min_count=1\)|dropna\(\)\.(?P<other>\w+)\(\)))\]",
            ast.unparse(value),
        )
        function = found and ("size" if found["all"] else found["sum"] or found["other"])
        if name is None or found is None or function not in _FUNCTIONS:
            raise _other(call)
        column = None if found["all"] else str(ast.literal_eval(found["column"]))
        aggregates.append(Aggregate(_text(name), function, column))  # type: ignore[arg-type]
    return evolve(steps, aggregates=tuple(aggregates))


def _sort_values(steps: Steps, call: ast.Call) -> Steps:
    given, labels = _keywords(call), _texts(call.args[0]) if call.args else []
    rises = getattr(given.get("ascending"), "value", None)
    place = getattr(given.get("na_position"), "value", None)
    if not labels or rises not in (True, False) or place != ("first" if rises else "last") or steps.outputs:
        raise _other(call)
    return evolve(steps, order=tuple((label, bool(rises)) for label in labels))


def _set_axis(steps: Steps, call: ast.Call) -> Steps:
    names = _texts(call.args[0]) if call.args else []
    if len(names) != len(steps.outputs) or steps.distinct or steps.limit is not None:
        raise _other(call)
    labels = (label for label, _ in steps.outputs)
    return evolve(steps, outputs=tuple(zip(labels, names, strict=True)))


def _drop_duplicates(steps: Steps, call: ast.Call) -> Steps:
    if call.args or call.keywords or not steps.outputs or steps.limit is not None:
        raise _other(call)
    return evolve(steps, distinct=True)


def _head(steps: Steps, call: ast.Call) -> Steps:
    count = getattr(call.args[0], "value", None) if len(call.args) == 1 else None
    if not isinstance(count, int) or not steps.outputs:
        raise _other(call)
    return evolve(steps, limit=count)


def _reset_index(steps: Steps, call: ast.Call) -> Steps:
    if ast.unparse(call).endswith(".reset_index(drop=True)"):
        return steps
    raise _other(call)


_CALLS: dict[str, Callable[[Steps, ast.Call], Steps]] = {
    "add_prefix": _add_prefix, "merge": _merge, "agg": _agg, "pipe": _pipe, "sort_values": _sort_values,
    "set_axis": _set_axis, "drop_duplicates": _drop_duplicates, "head": _head, "reset_index": _reset_index,
}  # fmt: skip


def _mask(node: ast.expr) -> exp.Expr:
    """The condition of a mask over `rows`: for an empty value it is unknown, or false where the mask says so."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr):
        inner = _not_empty(node)
        if inner is not None:
            return inner
        kind = exp.And if isinstance(node.op, ast.BitAnd) else exp.Or
        return kind(this=exp.paren(_mask(node.left)), expression=exp.paren(_mask(node.right)))
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARES:
        if isinstance(node.ops[0], ast.NotEq):
            raise DeclinedError("`!=` without `.notna()` keeps empty values, which SQL leaves out")
        left, right = _column(node.left), node.comparators[0]
        value = _column(right) if isinstance(right, ast.Subscript) else _value(right)
        return _COMPARES[type(node.ops[0])](this=left, expression=value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _called(node, node.func)
    raise _other(node)


def _called(node: ast.Call, func: ast.Attribute) -> exp.Expr:
    name = func.attr
    if name == "fullmatch" and isinstance(func.value, ast.Attribute) and func.value.attr == "str":
        like = _like(_text(node.args[0]))
        if ast.unparse(node.keywords[0]) != "na=False":
            raise _other(node)
        return exp.Like(this=_column(func.value.value), expression=exp.Literal.string(like))
    column = _column(func.value)
    if name == "isna" and not node.args:
        return exp.Is(this=column, expression=exp.null())
    if name == "notna" and not node.args:
        return exp.Not(this=exp.paren(exp.Is(this=column, expression=exp.null())))
    if name == "isin" and len(node.args) == 1 and isinstance(node.args[0], ast.List) and node.args[0].elts:
        return exp.In(this=column, expressions=[_value(each) for each in node.args[0].elts])
    if name == "between" and len(node.args) == 2 and not node.keywords:
        return exp.Between(this=column, low=_value(node.args[0]), high=_value(node.args[1]))
    raise _other(node)


def _not_empty(node: ast.BinOp) -> exp.Expr | None:
    """The negation that a mask with `.notna()` behind it stands for; None where it is none."""
    first, others = node, []
    while isinstance(first, ast.BinOp) and isinstance(first.op, ast.BitAnd):
        others.append(ast.unparse(first.right))
        first = first.left  # type: ignore[assignment]
    inner: ast.expr = first
    if isinstance(inner, ast.UnaryOp) and isinstance(inner.op, ast.Invert):
        condition = _mask(inner.operand)
        if isinstance(condition, exp.In | exp.Like) and others == [f"rows[{condition.this.name!r}].notna()"]:
            return exp.Not(this=exp.paren(condition))
    if isinstance(inner, ast.Compare) and isinstance(inner.ops[0], ast.NotEq):
        right = inner.comparators[0]
        column = _column(inner.left)
        value = _column(right) if isinstance(right, ast.Subscript) else _value(right)
        empty = [f"rows[{each.name!r}].notna()" for each in (value, column) if isinstance(each, exp.Column)]
        if others == empty:
            return exp.NEQ(this=column, expression=value)
    return None


def _like(pattern: str) -> str:
    like = "".join(
        "%" if found["any"] else "_" if found["one"] else found["letter"] or found["sign"]
        for found in _PATTERN.finditer(pattern)
    )
    if pattern_of(like) != pattern:
        raise DeclinedError("one of its patterns has no counterpart in LIKE")
    return like


def _column(node: ast.expr) -> exp.Column:
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "rows":
        return labeled(_text(node.slice))
    raise _other(node)


def _value(node: ast.expr) -> exp.Expr:
    try:
        value = ast.literal_eval(node)
    except ValueError as error:
        raise _other(node) from error
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _other(node)
    return exp.convert(value)


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise _other(node)


def _texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.List):
        return [_text(each) for each in node.elts]
    raise _other(node)


def _keywords(call: ast.Call) -> dict[str, Any]:
    return {each.arg: each.value for each in call.keywords if each.arg}


def _other(node: ast.expr) -> DeclinedError:
    code = ast.unparse(node)
    return DeclinedError(f"`{code if len(code) <= 60 else code[:59] + '…'}` has no plain counterpart in SQL")
