"""A statement as a person would write it."""

from sqlglot import exp

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.models.embedded.dialects import carried_over


def write(tree: exp.Expr, dialect: str, catalog: Catalog | None = None) -> str:
    """The statement on several lines, with `x NOT IN …` where the tree says NOT (x IN …).

    With a catalog, a column that it knows to be a date is not cast to one.
    """
    tree = carried_over(_negated_inside(tree.copy(), dialect), "sqlite", dialect)
    if catalog is not None and dialect != "sqlite":
        tree = _dates_as_they_are(tree, catalog)
    return tree.sql(dialect=dialect, pretty=True, max_text_width=60)


def _dates_as_they_are(tree: exp.Expr, catalog: Catalog) -> exp.Expr:
    names = {table.alias_or_name.lower(): table.name for table in tree.find_all(exp.Table)}
    for cast in list(tree.find_all(exp.TsOrDsToTimestamp)):
        column = cast.this
        if not isinstance(column, exp.Column):
            continue
        tables = [names.get(column.table.lower(), "")] if column.table else list(names.values())
        known = [found for table in tables if (found := catalog.column(table, column.name)) is not None]
        if known and all((each.type or "").upper().startswith(("DATE", "TIMESTAMP")) for each in known):
            cast.replace(column)
    return tree


def _negated_inside(tree: exp.Expr, dialect: str) -> exp.Expr:
    for negation in list(tree.find_all(exp.Not)):
        test = negation.this
        if isinstance(test, exp.Is):
            negation.replace(exp.Is(this=test.this, expression=exp.Not(this=test.expression)))
        elif isinstance(test, (exp.In, exp.Like, exp.Between)):
            # sqlglot has no node for NOT IN; the word goes where the generator will write it
            test.set("this", exp.Var(this=f"{test.this.sql(dialect=dialect)} NOT"))
            negation.replace(test)
    return tree
