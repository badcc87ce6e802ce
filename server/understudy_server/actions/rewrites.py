"""The rewrites of a statement: which are offered at a place, and the edits of one, made only when it is asked for."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from typing import Literal

import sqlglot
from attrs import frozen
from sqlglot import exp
from sqlglot.errors import SqlglotError

from understudy_knowledge.catalog.model import Catalog
from understudy_server.actions.alignment import changes_to
from understudy_server.actions.changes import Change, edits_of, lines_at
from understudy_server.actions.data_frames.place import as_pandas, as_sql, chain_at, is_read_by_pandas
from understudy_server.actions.declined import DeclinedError
from understudy_server.actions.edits import Edit, Snapshot, catalog_for
from understudy_server.actions.extract_cte import extract_cte
from understudy_server.actions.inline_cte import inline_cte
from understudy_server.actions.layout import laid_out
from understudy_server.actions.optimise import optimised, shortened
from understudy_server.actions.qualify_names import has_bare_columns, qualify_names
from understudy_server.actions.query_tokens import ctes_of, subquery_at
from understudy_server.actions.statements import SourceStatement, statements_of
from understudy_server.actions.syntax import LONGEST
from understudy_server.actions.transpile import NAMES, TARGETS, transpiled
from understudy_server.context.query_context import Span

Kind = Literal["fix", "rewrite", "extract", "inline"]
Proof = Callable[[str, str], Awaitable[str]]
"""Runs two statements and holds their answers against each other: why they are not proved equal, empty where they are."""


@frozen
class Rewrite:
    """One rewrite that may be possible: `name` is what `edits_for` takes."""

    name: str
    title: str
    kind: Kind = "rewrite"


def rewrites_at(
    snapshot: Snapshot, span: Span, *, proof: bool, dialects: Sequence[str] = ()
) -> list[Rewrite]:
    """What may be done about the statement at the bytes `span`. `proof` says whether statements can be run here.

    Only looks: whether it can be done exactly turns out when it is asked for. `dialects` are offered to convert to besides
    the usual ones.
    """
    statement = statement_near(snapshot, span)
    if statement is None:
        return [Rewrite("sql", "Convert to SQL")] if chain_at(snapshot, span) is not None else []
    return list(_offers(statement, snapshot, span, proof, dialects))


async def edits_for(name: str, snapshot: Snapshot, span: Span, proof: Proof | None) -> tuple[Edit, ...]:
    """The edits of the rewrite at the bytes `span`; none where the statement reads so already.

    Raises DeclinedError where it cannot be made exactly.
    """
    if name == "sql":
        return as_sql(snapshot, span)
    statement = statement_near(snapshot, span)
    if statement is None:
        raise DeclinedError("no statement is here")
    if name == "pandas":
        return as_pandas(statement, snapshot)
    changes = await _changes(name, statement, snapshot, span, proof)
    return edits_of(statement, changes, snapshot) if changes else ()


def all_laid_out(snapshot: Snapshot) -> list[Edit]:
    """The edits that lay out every statement of the document for which that is exact."""
    edits: list[Edit] = []
    for statement in statements_of(snapshot.document.slice(), snapshot.language):
        with suppress(DeclinedError):
            edits += edits_of(statement, _laid_out(statement, snapshot), snapshot)
    return edits


def statement_near(snapshot: Snapshot, span: Span) -> SourceStatement | None:
    """The statement that the bytes touch, where it is one that can be rewritten: a query, and not too long."""
    for statement in statements_of(snapshot.document.slice(), snapshot.language):
        if statement.span.start <= span.end and span.start <= statement.span.end:
            return statement if len(statement.sql) <= LONGEST else None
    return None


def _offers(
    statement: SourceStatement, snapshot: Snapshot, span: Span, proof: bool, dialects: Sequence[str]
) -> Iterator[Rewrite]:
    dialect, within = snapshot.known.dialect, _within(statement, span)
    tree = _query(statement, dialect)
    if tree is None:
        return
    if subquery_at(statement.tokens, within.start, within.end) is not None:
        yield Rewrite("extract", "Extract subquery to a common table expression", "extract")
    if _touches_cte(statement, within):
        yield Rewrite("inline", "Inline common table expression", "inline")
    if snapshot.known.catalog and has_bare_columns(tree):
        yield Rewrite("qualify", "Qualify column names")
    several = len(list(tree.find_all(exp.Select))) > 1 or tree.find(exp.Join) is not None
    if shortened(statement.sql, dialect) is not None or (proof and several and not statement.holes):
        yield Rewrite("optimise", "Optimize query")
    if (
        snapshot.language == "sql"
        or b'"""' in snapshot.document.slice()
        or b"'''" in snapshot.document.slice()
    ):
        yield Rewrite("format", "Format query")
    if is_read_by_pandas(statement, snapshot):
        yield Rewrite("pandas", "Convert to pandas")
    for target in dict.fromkeys((*dialects, *TARGETS)):
        if target and target != dialect:
            yield Rewrite(f"transpile:{target}", f"Convert to {NAMES.get(target, target)}")


def _query(statement: SourceStatement, dialect: str) -> exp.Query | None:
    try:
        tree = sqlglot.parse_one(statement.sql, read=dialect or None)
    except (SqlglotError, RecursionError):
        return None
    return tree if isinstance(tree, exp.Query) else None


def _within(statement: SourceStatement, span: Span) -> Span:
    start = statement.span.start
    return Span(max(span.start - start, 0), max(min(span.end, statement.span.end) - start, 0))


def _touches_cte(statement: SourceStatement, within: Span) -> bool:
    named = {statement.tokens[cte.name].name.lower() for cte in ctes_of(statement.tokens)}
    return any(
        token.name.lower() in named and token.start <= within.end and within.start <= token.end
        for token in statement.tokens
        if token.name
    )


async def _changes(
    name: str, statement: SourceStatement, snapshot: Snapshot, span: Span, proof: Proof | None
) -> list[Change]:
    dialect, within = snapshot.known.dialect, _within(statement, span)
    catalog = catalog_for(statement, snapshot)
    action, _, argument = name.partition(":")
    if action == "qualify":
        return qualify_names(statement, catalog, dialect)
    if action == "extract":
        return extract_cte(statement, within, catalog, dialect, between=_between(statement, snapshot))
    if action == "inline":
        return inline_cte(statement, within, dialect)
    if action == "format":
        return _laid_out(statement, snapshot)
    if action == "optimise":
        return changes_to(statement, await _optimised(statement, catalog, dialect, proof))
    if action == "transpile" and argument:
        return changes_to(statement, transpiled(statement, dialect, argument, catalog))
    raise DeclinedError(f"no rewrite is called {name}")


def _laid_out(statement: SourceStatement, snapshot: Snapshot) -> list[Change]:
    margin = lines_at(statement, snapshot)
    if margin is None:
        raise DeclinedError("the string it stands in takes no lines")
    if len(statement.sql) > LONGEST:
        raise DeclinedError("the statement is too long")
    raw = snapshot.document.slice(statement.span.start, statement.span.end)
    return laid_out(statement, raw, margin, snapshot.known.dialect)


def _between(statement: SourceStatement, snapshot: Snapshot) -> str:
    """A line end, with the statement's margin behind it, where the statement has lines; else a space."""
    margin = lines_at(statement, snapshot) if "\n" in statement.sql else None
    return " " if margin is None else "\n" + margin


async def _optimised(statement: SourceStatement, catalog: Catalog, dialect: str, proof: Proof | None) -> str:
    """The best statement that is certain to answer the same: proved by running it, or by rules that never change an answer."""
    reason = "nothing in it can be left out"
    if proof is not None and not statement.holes and not _takes_values(statement):
        better = optimised(statement.sql, catalog, dialect)
        if better is not None:
            reason = await proof(statement.sql, better)
            if not reason:
                return better
    if (certain := shortened(statement.sql, dialect)) is not None:
        return certain
    raise DeclinedError(reason)


def _takes_values(statement: SourceStatement) -> bool:
    return any(token.kind == "parameter" for token in statement.tokens)
