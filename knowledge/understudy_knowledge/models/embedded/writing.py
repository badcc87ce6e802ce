"""A statement as a person would write it."""

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from understudy_knowledge.catalog import Catalog

_NULLS_FIRST = {
    "nulls_are_small": (True, False),
    "nulls_are_large": (False, True),
    "nulls_are_last": (False, False),
}
"""Whether NULL comes first where nothing is said of it: ascending, descending."""


def write(tree: exp.Expr, dialect: str, catalog: Catalog | None = None) -> str:
    """The statement on several lines, with `x NOT IN …` where the tree says NOT (x IN …).

    With a catalog, a column that it knows to be a date is not cast to one.
    """
    tree = divided_plainly(_negated_inside(tree.copy(), dialect), dialect)
    tree = _nulls_as_usual(tree, dialect)
    if catalog is not None and dialect != "sqlite":
        tree = _dates_as_they_are(tree, catalog)
    return tree.sql(dialect=dialect, pretty=True, max_text_width=60)


def divided_plainly(tree: exp.Expr, dialect: str) -> exp.Expr:
    """The tree, changed so that each quotient is written as one, in whatever dialect its parts were read.

    What is divided was learned where it is used, and a guard or a cast that its authors want stands there already: sqlglot's own,
    which keep the meaning between dialects, would come on top of it.
    """
    known = Dialect.get_or_raise(dialect)
    for quotient in tree.find_all(exp.Div):
        quotient.set("typed", known.TYPED_DIVISION)
        quotient.set("safe", known.SAFE_DIVISION)
    return tree


def _nulls_as_usual(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Where NULL goes is said only where it is not where SQLite, in which statements are put together, puts it unasked."""
    unasked = _NULLS_FIRST[Dialect.get_or_raise(dialect).NULL_ORDERING]
    for order in tree.find_all(exp.Ordered):
        descends = bool(order.args.get("desc"))
        if bool(order.args.get("nulls_first")) != descends:
            order.set("nulls_first", unasked[descends])
    return tree


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
