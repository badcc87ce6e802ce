"""Steps as an SQL query of SQLite."""

from collections.abc import Callable, Mapping

from sqlglot import exp

from understudy_server.actions.data_frames.steps import Aggregate, Source, Steps

_CALLS: Mapping[str, Callable[..., exp.Expr]] = {
    "count": exp.Count, "sum": exp.Sum, "mean": exp.Avg, "min": exp.Min, "max": exp.Max,
}  # fmt: skip


def to_sql(steps: Steps) -> str:
    """The query."""
    aggregates = {each.label: _call(each, steps) for each in steps.aggregates}

    def named(label: str) -> exp.Expr:
        return aggregates[label].copy() if label in aggregates else _column(label, steps)

    first, *others = steps.sources
    query = exp.select(*(_output(named(label), name) for label, name in steps.outputs)).from_(_table(first))
    for source in others:
        pairs = (
            exp.EQ(this=_column(left, steps), expression=_column(right, steps)) for left, right in source.on
        )
        side = "LEFT" if source.how == "left" else ""
        query = query.join(_table(source), on=exp.and_(*pairs), join_type=side)
    if steps.where is not None:
        query = query.where(_condition(steps.where, named))
    if steps.keys:
        query = query.group_by(*(named(key) for key in steps.keys))
    if steps.having is not None:
        query = query.having(_condition(steps.having, named))
    if steps.distinct:
        query = query.distinct()
    if steps.order:
        query = query.order_by(
            *(
                exp.Ordered(this=named(label), desc=not rises or None, nulls_first=rises)
                for label, rises in steps.order
            )
        )
    if steps.limit is not None:
        query = query.limit(steps.limit)
    return query.sql(dialect="sqlite")


def _table(source: Source) -> exp.Expr:
    table = exp.to_table(exp.to_identifier(source.table).sql(dialect="sqlite"))
    return (
        exp.alias_(table, source.alias, table=True)
        if source.alias and source.alias != source.table
        else table
    )


def _column(label: str, steps: Steps) -> exp.Expr:
    if len(steps.sources) == 1:
        return exp.column(exp.to_identifier(label))
    alias, _, name = label.partition(".")
    return exp.column(exp.to_identifier(name), table=exp.to_identifier(alias))


def _call(aggregate: Aggregate, steps: Steps) -> exp.Expr:
    if aggregate.column is None:
        return exp.Count(this=exp.Star())
    column = _column(aggregate.column, steps)
    if aggregate.function == "nunique":
        return exp.Count(this=exp.Distinct(expressions=[column]))
    return _CALLS[aggregate.function](this=column)


def _output(value: exp.Expr, name: str) -> exp.Expr:
    plain = isinstance(value, exp.Column) and value.name == name
    return (
        value if plain or value.sql(dialect="sqlite") == name else exp.alias_(value, exp.to_identifier(name))
    )


def _condition(condition: exp.Expr, named: Callable[[str], exp.Expr]) -> exp.Expr:
    def replace(node: exp.Expr) -> exp.Expr:
        return named(node.name) if isinstance(node, exp.Column) else node

    return condition.copy().transform(replace)
