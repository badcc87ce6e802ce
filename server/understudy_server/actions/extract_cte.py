"""A subquery as a common table expression of its own, its text moved as it stands."""

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.errors import SqlglotError

from understudy_knowledge.catalog.model import Catalog
from understudy_server.actions.changes import Change
from understudy_server.actions.declined import DeclinedError
from understudy_server.actions.qualified import qualified
from understudy_server.actions.query_tokens import ctes_of, parsed, query_within, subquery_at, volatile
from understudy_server.actions.statements import SourceStatement
from understudy_server.actions.written_names import written
from understudy_server.context.query_context import Span
from understudy_server.context.sql.lexer import Token


def extract_cte(
    statement: SourceStatement, within: Span, catalog: Catalog, dialect: str, between: str = " "
) -> list[Change]:
    """The changes that make the subquery around the bytes `within` of the statement a CTE.

    `between` is the white space that parts it from what follows. Raises DeclinedError where there is no subquery, where it looks
    at the query around it, or where moving it could change what it answers.
    """
    tokens = statement.tokens
    found = subquery_at(tokens, within.start, within.end)
    if found is None:
        raise DeclinedError("no subquery is here")
    opens, closes = found
    tree = parsed(statement, dialect)
    query = query_within(tree, statement, Span(tokens[opens].end, tokens[closes].start))
    if query is None or tokens[0].keyword not in ("SELECT", "WITH") or not isinstance(tree, exp.Query):
        raise DeclinedError("only subqueries of a SELECT can be extracted")
    if volatile(tree):
        raise DeclinedError("it answers by chance, so how often it is asked counts")
    in_from = _is_source(query)
    _must_stand_alone(tree, query, statement, catalog, dialect, in_from=in_from)
    place, opening, ending = _place(tokens, opens, between)
    name, rest = _name_and_rest(tokens, closes, query, tree, dialect, in_from=in_from)
    body = Span(tokens[opens].start, tokens[closes].end)
    whole = exp.select("*").from_(exp.to_table(name, dialect=dialect or None)).subquery()
    reads = rest if in_from else whole.sql(dialect=dialect or None)
    return [
        Change(place, place, (f"{opening}{name} AS ", body, ending)),
        Change(
            tokens[opens].start, tokens[closes].end if not in_from else _end(tokens, closes, query), (reads,)
        ),
    ]


def _is_source(query: exp.Query) -> bool:
    """Whether it is read from, and not compared with."""
    around = query.parent
    if not isinstance(around, exp.Subquery):
        return False
    if around.args.get("pivots") or around.args.get("sample"):
        raise DeclinedError("what stands behind the subquery cannot be moved along")
    if isinstance(around.parent, exp.Lateral):
        raise DeclinedError("it looks at the query around it")
    return around.arg_key == "this" and isinstance(around.parent, exp.From | exp.Join)


def _must_stand_alone(
    tree: exp.Expr,
    query: exp.Query,
    statement: SourceStatement,
    catalog: Catalog,
    dialect: str,
    *,
    in_from: bool,
) -> None:
    if not isinstance(query.parent, exp.Subquery | exp.In | exp.Exists) or isinstance(
        query.parent, exp.Exists
    ):
        raise DeclinedError("a query behind EXISTS looks at the query around it")
    names = {cte.alias.lower() for clause in query.find_all(exp.With) for cte in clause.expressions}
    if names:
        raise DeclinedError("it has a WITH of its own")
    inner_with = query.find_ancestor(exp.Select, exp.SetOperation)
    while inner_with is not None and inner_with is not tree:
        if inner_with.args.get("with_"):
            raise DeclinedError("it stands in a query that has a WITH of its own")
        inner_with = inner_with.find_ancestor(exp.Select, exp.SetOperation)
    if in_from and _is_of_outermost(query):
        return
    known = _qualified(query, catalog, dialect)
    own = {source.alias_or_name.lower() for source in known.find_all(exp.Table, exp.Subquery)}
    for column in known.find_all(exp.Column):
        if isinstance(column.this, exp.Identifier) and column.table.lower() not in own:
            raise DeclinedError("it is not certain that it does not look at the query around it")


def _is_of_outermost(query: exp.Expr) -> bool:
    """Whether only queries that are read from stand around it: these see nothing of each other."""
    around = query.find_ancestor(exp.Select)
    while around is not None:
        holder = around.parent
        while isinstance(holder, exp.SetOperation):
            holder = holder.parent
        if holder is None or isinstance(holder, exp.CTE):
            return True
        if not isinstance(holder, exp.Subquery) or not isinstance(holder.parent, exp.From | exp.Join):
            return False
        around = holder.find_ancestor(exp.Select)
    return True


def _qualified(query: exp.Query, catalog: Catalog, dialect: str) -> exp.Expr:
    """The query with its columns qualified as it stands alone."""
    if any(catalog.meant(table) is None for table in query.find_all(exp.Table)):
        raise DeclinedError("not every table that it reads is known")
    try:
        return qualified(query, catalog, dialect, certain=True)
    except (SqlglotError, RecursionError) as error:
        raise DeclinedError("it is not certain that it does not look at the query around it") from error


def _place(tokens: Sequence[Token], opens: int, between: str) -> tuple[int, str, str]:
    """(byte at which the CTE goes, what stands before its name, what behind its parenthesis)."""
    ctes = ctes_of(tokens)
    if not ctes:
        if tokens[0].keyword == "WITH":
            raise DeclinedError("the statement's WITH is recursive")
        return tokens[0].start, "WITH ", between
    holder = next((cte for cte in ctes if cte.opens < opens < cte.closes), None)
    if holder is not None:
        return tokens[holder.name].start, "", "," + between
    last = tokens[ctes[-1].closes]
    return last.end, "," + between, ""


def _end(tokens: Sequence[Token], closes: int, query: exp.Query) -> int:
    """Where the subquery with its alias ends; an alias that names columns stays in place."""
    alias = _alias(query)
    if alias is None or alias.args.get("columns"):
        return tokens[closes].end
    behind = closes + 1 + (tokens[closes + 1].keyword == "AS")
    return tokens[behind].end


def _name_and_rest(
    tokens: Sequence[Token], closes: int, query: exp.Query, tree: exp.Expr, dialect: str, *, in_from: bool
) -> tuple[str, str]:
    """(the CTE's name, how it is read from)."""
    alias = _alias(query) if in_from else None
    called: exp.Expr | None = alias.this if alias is not None else None
    columns = alias is not None and bool(alias.args.get("columns"))
    taken = {table.name.lower() for table in tree.find_all(exp.Table)}
    taken |= {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    if called is not None and called.name.lower() not in taken and not columns:
        others = [one for one in tree.find_all(exp.Subquery) if one.alias.lower() == called.name.lower()]
        if len(others) == 1:
            name = called.sql(dialect=dialect or None)
            return name, name
    taken |= {one.alias.lower() for one in tree.find_all(exp.Subquery, exp.Table)}
    stem = _stem(query, called)
    name = next(
        each for number in range(1, 1000) if (each := f"{stem}_{number}" if number > 1 else stem) not in taken
    )
    name = written(name, dialect)
    if called is None or columns:
        return name, name
    read = exp.alias_(exp.to_table(name, dialect=dialect or None), called.name, table=True)
    return name, read.sql(dialect=dialect or None)


def _alias(query: exp.Query) -> exp.Expr | None:
    """What names the subquery that the query is."""
    return query.parent.args.get("alias") if query.parent is not None else None


def _stem(query: exp.Query, called: exp.Expr | None) -> str:
    """A name that says what is in it: of its alias, else of the table that it reads."""
    if called is not None and called.name.isidentifier():
        return f"{called.name.lower()}_rows"
    table = query.find(exp.Table)
    return f"{table.name.lower()}_rows" if table is not None and table.name.isidentifier() else "subquery"
