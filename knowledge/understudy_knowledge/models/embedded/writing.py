"""A statement as a person would write it."""

from sqlglot import exp


def write(tree: exp.Expr, dialect: str) -> str:
    """The statement on several lines, with `x NOT IN …` where the tree says NOT (x IN …)."""
    return _negated_inside(tree.copy(), dialect).sql(dialect=dialect, pretty=True, max_text_width=60)


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
