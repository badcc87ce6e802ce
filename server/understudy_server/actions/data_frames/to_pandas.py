"""Steps as one pandas expression over the frames of their tables."""

import re
from collections.abc import Iterator

from sqlglot import exp

from understudy_server.actions.data_frames.steps import Aggregate, Source, Steps

_OPPOSITE: dict[type[exp.Expr], str] = {exp.GT: "<=", exp.GTE: "<", exp.LT: ">=", exp.LTE: ">"}
_ANY = {"%": r"[\s\S]*", "_": r"[\s\S]"}
_SIGNS: dict[type[exp.Expr], str] = {exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=", exp.EQ: "=="}


def to_pandas(steps: Steps, module: str = "pd") -> list[str]:
    """The links of the chain: the first is a frame, each other one a call or a selection. `module` is pandas' name."""
    return list(_links(steps, module))


def _links(steps: Steps, module: str) -> Iterator[str]:
    first, *others = steps.sources
    yield _prefixed(first)
    for source in others:
        left, right = ([pair[side] for pair in source.on] for side in (0, 1))
        # Where a key is empty, a frame would find a partner that SQL does not.
        yield f".merge({_prefixed(source)}.dropna(subset={right!r}), how={source.how!r}, left_on={left!r}, right_on={right!r})"
    if steps.where is not None:
        yield f".loc[lambda rows: {_mask(steps.where)}]"
    if steps.keys:
        calls = ", ".join(f"{each.label!r}: {_named(each, steps.keys[0])}" for each in steps.aggregates)
        if calls:
            yield f".groupby({list(steps.keys)!r}, as_index=False, dropna=False, sort=False).agg(**{{{calls}}})"
        else:
            yield f"[{list(steps.keys)!r}].drop_duplicates()"
        if steps.having is not None:
            yield f".loc[lambda rows: {_mask(steps.having)}]"
    elif steps.aggregates:
        calls = ", ".join(f"{each.label!r}: [{_alone(each)}]" for each in steps.aggregates)
        yield f".pipe(lambda rows: {module}.DataFrame({{{calls}}}))"
    if steps.order:
        labels, (rises, *_) = [label for label, _ in steps.order], [up for _, up in steps.order]
        place = "first" if rises else "last"
        yield f".sort_values({labels!r}, ascending={rises}, na_position={place!r}, kind='stable')"
    labels = [label for label, _ in steps.outputs]
    names = [name for _, name in steps.outputs]
    yield f"[{labels!r}]"
    if names != labels:
        yield f".set_axis({names!r}, axis='columns')"
    if steps.distinct:
        yield ".drop_duplicates()"
    if steps.limit is not None:
        yield f".head({steps.limit})"
    yield ".reset_index(drop=True)"


def _prefixed(source: Source) -> str:
    return f"{source.table}.add_prefix({source.alias + '.'!r})" if source.alias else source.table


def _named(aggregate: Aggregate, key: str) -> str:
    # Of nothing but empty values there is no sum in SQL; a frame says 0.
    how = (
        "lambda values: values.sum(min_count=1)" if aggregate.function == "sum" else repr(aggregate.function)
    )
    return f"({aggregate.column or key!r}, {how})"


def _alone(aggregate: Aggregate) -> str:
    if aggregate.column is None:
        return "len(rows)"
    values = f"rows[{aggregate.column!r}]"
    if aggregate.function == "sum":
        return f"{values}.sum(min_count=1)"
    return f"{values}.dropna().{aggregate.function}()"


def _mask(node: exp.Expr, *, negated: bool = False) -> str:
    """The rows for which the condition is true, or for which it is false; where it is unknown neither."""
    node = node.unnest()
    if isinstance(node, exp.Not):
        return _mask(node.this, negated=not negated)
    if isinstance(node, exp.And | exp.Or):
        sign = "&" if isinstance(node, exp.And) is not negated else "|"
        return f"({_mask(node.left, negated=negated)}) {sign} ({_mask(node.right, negated=negated)})"
    column = f"rows[{node.this.name!r}]"
    if isinstance(node, exp.Is):
        return f"{column}.notna()" if negated else f"{column}.isna()"
    if isinstance(node, exp.In):
        return _but_empty(f"{column}.isin([{', '.join(map(_value, node.expressions))}])", column, negated)
    if isinstance(node, exp.Between):
        low, high = _value(node.args["low"]), _value(node.args["high"])
        return f"({column} < {low}) | ({column} > {high})" if negated else f"{column}.between({low}, {high})"
    if isinstance(node, exp.Like):
        return _but_empty(
            f"{column}.str.fullmatch({pattern_of(node.expression.name)!r}, na=False)", column, negated
        )
    other = node.expression
    right = f"rows[{other.name!r}]" if isinstance(other, exp.Column) else _value(other)
    if isinstance(node, exp.EQ | exp.NEQ):
        if isinstance(node, exp.EQ) is not negated:
            return f"{column} == {right}"
        empty = f" & {right}.notna()" if isinstance(other, exp.Column) else ""
        return f"({column} != {right}) & {column}.notna(){empty}"
    return f"{column} {_OPPOSITE[type(node)] if negated else _SIGNS[type(node)]} {right}"


def _but_empty(mask: str, column: str, negated: bool) -> str:
    return f"~{mask} & {column}.notna()" if negated else mask


def _value(node: exp.Expr) -> str:
    return repr(node.name) if isinstance(node, exp.Literal) and node.is_string else node.sql()


def pattern_of(like: str) -> str:
    """LIKE as a regular expression; in SQLite only the letters of ASCII are the same in both cases."""
    return "".join(_ANY.get(sign) or _letter(sign) for sign in like)


def _letter(sign: str) -> str:
    return f"[{sign.lower()}{sign.upper()}]" if sign.isascii() and sign.isalpha() else re.escape(sign)
