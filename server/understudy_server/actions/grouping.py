"""Columns that a query shows, filters or orders by, and neither groups by nor aggregates: most engines refuse them."""

from collections.abc import Iterator, Sequence

from sqlglot import exp

# Around a column, these give a value for each row.
_PLAIN = (exp.Alias, exp.Paren, exp.Binary, exp.Cast, exp.Lower, exp.Upper, exp.Round, exp.Abs, exp.Not, exp.Neg, exp.Coalesce)  # fmt: skip


def ungrouped(tree: exp.Expr) -> Iterator[exp.Column]:
    """Each such column of each query of the statement, in no particular order; silent where the grouping is not plain."""
    for query in tree.find_all(exp.Select):
        yield from _of(query)


def _of(query: exp.Select) -> Iterator[exp.Column]:
    group = query.args.get("group")
    shown = [*query.expressions, *([query.args["having"].this] if query.args.get("having") else ())]
    if group is None:
        if not any(not call.find_ancestor(exp.Window) for call in _own(shown, exp.AggFunc, query)):
            return
        keys: list[exp.Expr] = []
    else:
        # Sets of keys give rows in which some of them are left out, and parentheses hold such a set.
        if any(held for name, held in group.args.items() if name != "expressions") or group.find(
            exp.Rollup, exp.Cube, exp.GroupingSets, exp.Tuple
        ):
            return
        keys = [_meant(key, query) for key in group.expressions]
    names = {key.name.lower() for key in keys if isinstance(key, exp.Column)}
    for output in shown:
        for column in _own([output], exp.Column, query):
            if (
                not isinstance(column, exp.Column)
                or isinstance(column.this, exp.Star)
                or _is_aggregated(column, query)
            ):
                continue
            if (
                not _is_of(column, query)
                or column.name.lower() in names
                or _is_in_key(column, keys, query)
                or _is_alias(column, query)
            ):
                continue
            yield column


def _own(outputs: Sequence[exp.Expr], kind: type[exp.Expr], query: exp.Select) -> Iterator[exp.Expr]:
    """Nodes of the outputs that are no part of a query inside of them."""
    for output in outputs:
        for node in output.find_all(kind):
            if node.find_ancestor(exp.Select) is query:
                yield node


def _is_aggregated(column: exp.Expr, query: exp.Select) -> bool:
    """Whether something stands around it that is not known to need each row's own value."""
    node = column.parent
    while node is not None and node is not query and not isinstance(node, exp.Having):
        if not isinstance(node, _PLAIN):
            return True
        node = node.parent
    return False


def _meant(key: exp.Expr, query: exp.Select) -> exp.Expr:
    """The output that a number or a name of an output stands for, else the key itself."""
    if isinstance(key, exp.Literal) and key.is_int and 0 < int(key.name) <= len(query.expressions):
        output: exp.Expr = query.expressions[int(key.name) - 1]
        return output.unalias()
    if isinstance(key, exp.Column) and not key.table:
        for output in query.expressions:
            if isinstance(output, exp.Alias) and output.alias.lower() == key.name.lower():
                given: exp.Expr = output.this
                return given
    return key


def _is_in_key(column: exp.Expr, keys: Sequence[exp.Expr], query: exp.Select) -> bool:
    """Whether an expression around the column, or it itself, is what is grouped by."""
    node: exp.Expr | None = column
    while node is not None and node is not query:
        if any(node == key for key in keys):
            return True
        node = node.parent
    return False


def _is_alias(column: exp.Column, query: exp.Select) -> bool:
    """Whether an output may be meant: some engines let others name it."""
    return any(
        isinstance(output, exp.Alias) and output.alias.lower() == column.name.lower()
        for output in query.expressions
        if output is not column.parent
    )


def _is_of(column: exp.Column, query: exp.Select) -> bool:
    """Whether the column is of the query for certain, and not of one around it."""
    if query.find_ancestor(exp.Select) is None:
        return True
    source = query.args.get("from_")
    items = [*([source] if source is not None else ()), *(query.args.get("joins") or ())]
    return column.table.lower() in {item.this.alias_or_name.lower() for item in items} - {""}
