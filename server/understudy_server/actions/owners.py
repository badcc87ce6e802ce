"""Of which relation of its query a column is that is written with the wrong one."""

from collections.abc import Iterator

from sqlglot import exp

from understudy_server.actions.own_tables import WithOwn


def owner_of(column: exp.Column, tables: WithOwn) -> str | None:
    """The name of the only relation that has a column of that name, in the innermost query in which any has one."""
    query = column.find_ancestor(exp.Select)
    # Nobody holds a column against itself.
    compared = column.parent if isinstance(column.parent, exp.EQ) else None
    other = compared and (compared.right if column.arg_key == "this" else compared.left)
    besides = (
        other.table.lower()
        if isinstance(other, exp.Column) and other.name.lower() == column.name.lower()
        else ""
    )
    while query is not None:
        owners = [name for name, columns in _relations(query, tables) if column.name.lower() in columns]
        if owners:
            owners = [name for name in owners if name.lower() != besides] or owners
            return owners[0] if len(owners) == 1 else None
        query = query.find_ancestor(exp.Select)
    return None


def _relations(query: exp.Select, tables: WithOwn) -> Iterator[tuple[str, set[str]]]:
    """(name, columns in lower case) of what the query reads; no columns where they are not known."""
    source = query.args.get("from_")
    for item in (*([source] if source is not None else ()), *(query.args.get("joins") or ())):
        relation = item.this
        if isinstance(relation, exp.Table):
            yield relation.alias_or_name, _columns(relation, tables)
        elif isinstance(relation, exp.Subquery) and isinstance(relation.this, exp.Query):
            yield relation.alias, {name.lower() for name in relation.this.named_selects}


def _columns(table: exp.Table, tables: WithOwn) -> set[str]:
    node: exp.Expr | None = table
    while node is not None and not table.db:
        clause = node.args.get("with_")
        for cte in clause.expressions if clause is not None else ():
            if cte.alias.lower() == table.name.lower() and isinstance(cte.this, exp.Query):
                return {name.lower() for name in cte.this.named_selects}
        node = node.parent
    parts = [part.name for part in table.parts]
    known = tables.table(".".join(parts)) if all(parts) else None
    return {column.name.lower() for column in known.columns} if known is not None else set()
