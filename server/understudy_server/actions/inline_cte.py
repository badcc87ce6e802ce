"""A common table expression put where it is read, its text moved as it stands."""

from collections.abc import Sequence

from sqlglot import exp

from understudy_server.actions.changes import Change
from understudy_server.actions.declined import DeclinedError
from understudy_server.actions.query_tokens import Cte, ctes_of, parsed, volatile
from understudy_server.actions.statements import SourceStatement
from understudy_server.actions.written_names import written
from understudy_server.context.query_context import Span
from understudy_server.context.sql.lexer import Token, tokenize


def inline_cte(statement: SourceStatement, within: Span, dialect: str) -> list[Change]:
    """The changes that put the CTE which is named at the bytes `within` where it is read.

    Raises DeclinedError where none is named there, where it is read more than once, or where it would mean something else.
    """
    tokens, ctes = statement.tokens, ctes_of(statement.tokens)
    named = {tokens[cte.name].name.lower(): cte for cte in ctes}
    touched = [each for each in tokens if each.start <= within.end and within.start <= each.end and each.name]
    cte = next((named[each.name.lower()] for each in touched if each.name.lower() in named), None)
    if cte is None:
        raise DeclinedError("no common table expression is named here")
    if not cte.plain:
        raise DeclinedError("its definition says more than a name and a query")
    tree = parsed(statement, dialect)
    name = tokens[cte.name].name.lower()
    if len(ctes) != len(named) or not isinstance(tree, exp.Query) or volatile(tree):
        raise DeclinedError("it would mean something else in its place")
    read = [table for table in tree.find_all(exp.Table) if table.name.lower() == name and not table.db]
    if len(read) != 1:
        raise DeclinedError(f"it is read {len(read)} times" if read else "nothing reads it")
    reference = read[0]
    _must_mean_the_same(tree, reference, name)
    start = len(statement.sql[: reference.this.meta["start"]].encode())
    place = next((index for index, token in enumerate(tokens) if token.start == start), None)
    if place is None or not isinstance(reference.parent, exp.From | exp.Join) or reference.args.get("joins"):
        raise DeclinedError("a query in parentheses has no place there")
    if any(reference.args.get(each) for each in ("sample", "pivots", "hints", "indexed", "when", "version")):
        raise DeclinedError("what stands behind its name has no place behind a query")
    alias = (
        ""
        if reference.alias
        else f"{' ' if dialect == 'oracle' else ' AS '}{written(tokens[cte.name].name, dialect)}"
    )
    body = Span(tokens[cte.opens].start, tokens[cte.closes].end)
    return [
        _removal(statement, tokens, ctes, cte),
        Change(start, tokens[place].end, (body, alias) if alias else (body,)),
    ]


def _must_mean_the_same(tree: exp.Expr, reference: exp.Table, name: str) -> None:
    """What the CTE reads must be the same where it is read."""
    clause = tree.args["with_"]
    order = [cte.alias.lower() for cte in clause.expressions]
    definition = clause.expressions[order.index(name)]
    inner = {table.name.lower() for table in definition.this.find_all(exp.Table) if not table.db}
    if inner & set(order[order.index(name) :]):
        raise DeclinedError("it reads a table whose name means something else further below")
    around = reference.find_ancestor(exp.Select, exp.SetOperation)
    while around is not None and around is not tree:
        if around.args.get("with_"):
            raise DeclinedError("it is read in a query that has a WITH of its own")
        around = around.find_ancestor(exp.Select, exp.SetOperation)


def _removal(statement: SourceStatement, tokens: Sequence[Token], ctes: Sequence[Cte], cte: Cte) -> Change:
    """The definition taken away, with its comma, or with WITH where it is the only one."""
    if len(ctes) == 1:
        change = Change(tokens[0].start, tokens[cte.closes + 1].start, ())
    elif cte is ctes[-1]:
        change = Change(tokens[cte.name - 1].start, tokens[cte.closes].end, ())
    else:
        change = Change(tokens[cte.name].start, tokens[cte.closes + 2].start, ())
    sql = statement.sql.encode()
    outside = [sql[change.start : tokens[cte.opens].start], sql[tokens[cte.closes].end : change.end]]
    if any(token.kind == "comment" for text in outside for token in tokenize(text)):
        raise DeclinedError("a comment stands beside its definition")
    return change
