"""What a query does, step by step, in the words of the teacher's plans."""

from collections.abc import Iterator, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from understudy_knowledge.memory.records import Plan
from understudy_knowledge.models.embedded.plans import purpose
from understudy_server.actions.declined import DeclinedError
from understudy_server.actions.markup import Markup

_JOINS = {
    "LEFT": "keeping every row so far",
    "RIGHT": "keeping every row of it",
    "FULL": "keeping every row of both",
}
_OPERATIONS = ((exp.Union, "together with"), (exp.Except, "without"), (exp.Intersect, "that are also among"))


def explain(sql: str, dialect: str, markup: Markup, question: str = "") -> str:
    """The steps as a numbered list, those of inner queries below their own headings. Raises DeclinedError for no query."""
    try:
        tree = sqlglot.parse_one(sql, read=dialect or None)
    except (SqlglotError, RecursionError) as error:
        raise DeclinedError("the statement is not understood") from error
    if not isinstance(tree, exp.Query):
        raise DeclinedError("only queries are explained")
    lines = [f"{markup.strong('What the query does')}"]
    if question:
        lines += ["", markup.text(question)]
    clause = tree.args.get("with_")
    for cte in clause.expressions if clause is not None else ():
        lines += ["", f"Prepare {markup.code(cte.alias)}:", "", *_numbered(_steps(cte.this, dialect, markup))]
    if clause is not None:
        lines += ["", "Then answer from what was prepared:"]
    return "\n".join([*lines, "", *_numbered(_steps(tree, dialect, markup))])


def plan_in_words(plan: Plan, model: str, markup: Markup) -> str:
    """A teacher's plan: its steps with their code, holes as the teacher left them, and what it noted."""
    lines = [markup.strong(f"The teacher's plan ({model})"), "", markup.text(plan.question), ""]
    lines += _numbered(f"{markup.text(step.purpose)} {markup.code(step.code)}" for step in plan.steps)
    hints = [f"- {markup.code(':' + hole.id)}: {markup.text(hole.hint)}" for hole in plan.holes]
    notes = [f"- {markup.text(note)}" for note in plan.notes]
    return "\n".join(
        [*lines, *(["", "where", "", *hints] if hints else []), *(["", *notes] if notes else [])]
    )


def _numbered(steps: Iterator[str] | Sequence[str]) -> list[str]:
    return [f"{number}. {step}" for number, step in enumerate(steps, start=1)]


def _steps(query: exp.Expr, dialect: str, markup: Markup) -> Iterator[str]:
    if isinstance(query, exp.Subquery):
        query = query.unnest()
    if isinstance(query, exp.SetOperation):
        yield from _steps(query.this, dialect, markup)
        word = next(word for kind, word in _OPERATIONS if isinstance(query, kind))
        yield f"Take these rows {word} the rows of the next steps{'' if query.args.get('distinct') else ', repeated ones too'}."
        yield from _steps(query.expression, dialect, markup)
        yield from _end(query, dialect, markup)
    elif isinstance(query, exp.Select):
        yield from _of_select(query, dialect, markup)
        yield from _end(query, dialect, markup)
    else:
        yield f"Take {_code(query, dialect, markup)}."


def _of_select(query: exp.Select, dialect: str, markup: Markup) -> Iterator[str]:
    source = query.args.get("from_")
    if source is not None:
        yield f"Start from {_source(source.this, dialect, markup)}."
    for join in query.args.get("joins") or ():
        yield _join(join, dialect, markup)
    if (where := query.args.get("where")) is not None:
        for condition in _conjuncts(where.this):
            yield purpose("condition", _code(condition, dialect, markup))
    group = query.args.get("group")
    metrics = [each for each in query.expressions if each.find(exp.AggFunc) and not each.find(exp.Window)]
    shown = [each for each in query.expressions if each not in metrics]
    if group is not None and group.expressions:
        listed = ", ".join(_code(key, dialect, markup) for key in group.expressions)
        yield f"Make one group of all rows that agree in {listed}."
    if (having := query.args.get("having")) is not None:
        for condition in _conjuncts(having.this):
            yield purpose("having", _code(condition, dialect, markup))
    if shown:
        yield f"Show {', '.join(_code(each, dialect, markup) for each in shown)}."
    for metric in metrics:
        yield purpose("metric", _code(metric, dialect, markup))
    if query.args.get("distinct") is not None:
        yield purpose("distinct", "")


def _end(query: exp.Query, dialect: str, markup: Markup) -> Iterator[str]:
    if (order := query.args.get("order")) is not None:
        yield purpose("order", ", ".join(_code(term, dialect, markup) for term in order.expressions))
    if (offset := query.args.get("offset")) is not None:
        yield f"Leave out the first {_code(offset.expression, dialect, markup)} rows."
    limit = query.args.get("limit")
    if isinstance(limit, exp.Limit):
        yield purpose("limit", _code(limit.expression, dialect, markup))


def _join(join: exp.Join, dialect: str, markup: Markup) -> str:
    what = _source(join.this, dialect, markup)
    on, using = join.args.get("on"), join.args.get("using")
    kept = f", {_JOINS[join.side]}" if join.side in _JOINS else ""
    if on is not None:
        return f"Join {what} where {_code(on, dialect, markup)}{kept}."
    if using:
        return f"Join {what} where both have the same {', '.join(_code(each, dialect, markup) for each in using)}{kept}."
    if join.method == "NATURAL":
        return f"Join {what} where all columns of the same name agree{kept}."
    return f"Put every row beside every row of {what}."


def _source(source: exp.Expr, dialect: str, markup: Markup) -> str:
    if isinstance(source, exp.Subquery) and isinstance(source.this, exp.Query):
        steps = " ".join(_steps(source.this, dialect, markup))
        return f"what an inner query answers ({steps.rstrip('.')})"
    return _code(source, dialect, markup)


def _conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(condition, exp.And):
        yield from _conjuncts(condition.left)
        yield from _conjuncts(condition.right)
    else:
        yield condition


def _code(node: exp.Expr, dialect: str, markup: Markup) -> str:
    return markup.code(node.sql(dialect=dialect or None, comments=False))
