"""A statement as a person would write it."""

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect


def write(tree: exp.Expr, dialect: str) -> str:
    """The statement on several lines, with `x NOT IN …` where the tree says NOT (x IN …)."""
    tree = divided_plainly(_negated_inside(tree.copy(), dialect), dialect)
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
