"""Names in a parsed statement: aliases resolved to what they stand for, or every name forgotten. Changes trees in place."""

from sqlglot import exp

_SCOPES = (exp.Select, exp.Update, exp.Delete, exp.Insert)


def resolve_names(tree: exp.Expr) -> None:
    """Aliases of tables become table names, those of derived tables and CTEs numbers; output aliases go away."""
    _inline_output_aliases(tree)
    _lower_identifiers(tree)
    columns = _rename_derived_columns(tree)
    scopes, derived = _name_relations(tree)
    for column in list(tree.find_all(exp.Column)):
        _resolve_column(column, scopes, derived, columns)


def forget_names(tree: exp.Expr) -> None:
    """Every table, column and alias becomes `_`; a qualified name is one `_`."""
    for column in list(tree.find_all(exp.Column)):
        star = isinstance(column.this, exp.Star)
        column.replace(exp.Star() if star else exp.column("_"))
    for table in tree.find_all(exp.Table):
        table.set("alias", None)
        table.set("db", None)
        table.set("catalog", None)
    for query in tree.find_all(exp.Subquery):
        query.set("alias", None)
    for alias in list(tree.find_all(exp.Alias)):
        alias.replace(alias.this)
    for identifier in tree.find_all(exp.Identifier):
        identifier.set("this", "_")


def _lower_identifiers(tree: exp.Expr) -> None:
    for identifier in tree.find_all(exp.Identifier):
        identifier.set("this", identifier.name.lower())
        identifier.set("quoted", False)


def _inline_output_aliases(tree: exp.Expr) -> None:
    """`SELECT COUNT(*) AS n … ORDER BY n` says the same as `… ORDER BY COUNT(*)`."""
    for select in list(tree.find_all(exp.Select)):
        outputs = {
            each.alias.lower(): each.this for each in select.expressions if isinstance(each, exp.Alias)
        }
        for clause in ("group", "having", "order"):
            part = select.args.get(clause)
            for column in list(part.find_all(exp.Column)) if part else ():
                output = outputs.get(column.name.lower())
                if output is not None and not column.table and column.parent_select is select:
                    column.replace(output.copy())


def _rename_derived_columns(tree: exp.Expr) -> dict[str, str]:
    """Output aliases are dropped, or numbered where an outer statement may refer to them; returns old -> new names."""
    renamed: dict[str, str] = {}
    for select in list(tree.find_all(exp.Select)):
        inner = _feeds_relation(select)
        for output in [each for each in select.expressions if isinstance(each, exp.Alias)]:
            if inner:
                name = renamed.setdefault(output.alias, f"c{len(renamed) + 1}")
                output.set("alias", exp.to_identifier(name))
            else:
                output.replace(output.this)
    return renamed


def _feeds_relation(select: exp.Expr) -> bool:
    node = select.parent
    while node is not None and not isinstance(node, exp.Select):
        if isinstance(node, exp.CTE | exp.From | exp.Join | exp.Lateral):
            return True
        node = node.parent
    return False


def _name_relations(tree: exp.Expr) -> tuple[dict[int, dict[str, str]], set[str]]:
    """Renames every relation in place; returns by scope (its id) old -> new names, and the new names of derived ones."""
    ctes: dict[str, str] = {}
    for cte in tree.find_all(exp.CTE):
        ctes[cte.alias] = f"cte{len(ctes) + 1}"
        if alias := cte.args.get("alias"):
            alias.set("this", exp.to_identifier(ctes[cte.alias]))
    scopes: dict[int, dict[str, str]] = {}
    derived = set(ctes.values())
    for relation in list(tree.find_all(exp.Table, exp.Subquery)):
        if isinstance(relation, exp.Subquery) and not isinstance(relation.parent, exp.From | exp.Join):
            continue
        names = scopes.setdefault(id(relation.find_ancestor(*_SCOPES)), {})
        if isinstance(relation, exp.Table):
            base = ctes.get(relation.name, relation.name)
            alias, name = relation.alias or relation.name, _distinct(base, names)
            relation.set("db", None)
            relation.set("catalog", None)
            if isinstance(relation.this, exp.Identifier):
                relation.set("this", exp.to_identifier(base))
            relation.set("alias", exp.TableAlias(this=exp.to_identifier(name)) if name != base else None)
        else:
            alias, name = relation.alias, _distinct("sub", names)
            relation.set("alias", exp.TableAlias(this=exp.to_identifier(name)))
            derived.add(name)
        names[alias or name] = name
    return scopes, derived


def _distinct(name: str, taken: dict[str, str]) -> str:
    number = sum(1 for other in taken.values() if other == name or other.startswith(f"{name}_")) + 1
    return name if number == 1 else f"{name}_{number}"


def _resolve_column(
    column: exp.Column, scopes: dict[int, dict[str, str]], derived: set[str], columns: dict[str, str]
) -> None:
    scope = column.find_ancestor(*_SCOPES)
    names = innermost = scopes.get(id(scope), {})
    while scope is not None and column.table and column.table not in names:
        scope = scope.find_ancestor(*_SCOPES)
        names = scopes.get(id(scope), {})
    owner = names.get(column.table) if column.table else None
    if owner is not None:
        only = names is innermost and len(names) == 1
        column.set("table", None if only else exp.to_identifier(owner))
        column.set("db", None)
    owners = {owner} if owner else set() if column.table else set(innermost.values())
    if column.name in columns and owners & derived:
        column.set("this", exp.to_identifier(columns[column.name]))
