"""Diagnostics: what does not parse, and tables and columns that nobody knows, for every statement of a document."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import islice
from typing import Literal

from attrs import evolve, field, frozen

from understudy_knowledge.catalog.model import Catalog
from understudy_server.actions.broken_rules import broken_rules
from understudy_server.actions.certain_names import Judged, UnknownPart, certainly_unknown
from understudy_server.actions.markup import Markup
from understudy_server.actions.own_tables import Own, OwnTables, WithOwn
from understudy_server.actions.problem import Problem
from understudy_server.actions.statements import SourceStatement, statements_of
from understudy_server.actions.surroundings import Source, surroundings_of
from understudy_server.actions.syntax import parse
from understudy_server.actions.written_names import written
from understudy_server.completion.schema_check import nearest
from understudy_server.completion.unknown_names import UnknownName
from understudy_server.context.query_context import Span

MAX_BYTES = 384 * 1024
MAX_STATEMENTS = 1_000
MAX_PROBLEMS = 100
_REMEMBERED = 4_000


@frozen(eq=False)
class Known:
    """What names are held against. `live` says whether a database was read: only that knows all of its tables.

    Remembers what it found in a statement, so that of a document looked at again only what changed is parsed.
    """

    catalog: Catalog
    dialect: str = "sqlite"
    live: bool = False
    findings: "Callable[[SourceStatement, OwnTables], tuple[Problem | UnknownPart, ...]]" = field(init=False)
    """Of a statement that begins its document, given the tables that the document itself gives it."""

    @findings.default
    def _remembering(self) -> "Callable[..., tuple[Problem | UnknownPart, ...]]":
        return lru_cache(_REMEMBERED)(partial(_findings, self.catalog, self.dialect))


def diagnose(
    text: bytes,
    language: Literal["sql", "python"],
    known: Known,
    *,
    within: Span | None = None,
    beside: Sequence[Source] = (),
    stopped: Callable[[], bool] = lambda: False,
) -> list[Problem]:
    """The problems of a document, or of its statements that touch the span `within`, in order.

    Silent about what it cannot be sure of: templates, holes, parameters, unfinished statements, tables that DDL files
    alone describe. `beside` are the other cells of a notebook: what they make is known here. A document over 384 KB has none; at most 1,000 statements are looked at. `stopped` is asked before each.
    """
    judgments = judged(text, language, known, within=within, beside=beside, stopped=stopped)
    return list(islice((each for each in judgments if each.kind != "not known"), MAX_PROBLEMS))


def judged(
    text: bytes,
    language: Literal["sql", "python"],
    known: Known,
    *,
    within: Span | None = None,
    beside: Sequence[Source] = (),
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Problem]:
    """The same with what cannot be judged, of the kind "not known": that is no problem, and nothing is wrong for certain."""
    if len(text) > MAX_BYTES:
        return
    around = surroundings_of(text, language, beside)
    own = Own(text, language, around, known.catalog, known.dialect)
    for statement in islice(statements_of(text, language), MAX_STATEMENTS):
        if stopped():
            break
        if within is None or (statement.span.start <= within.end and within.start <= statement.span.end):
            yield from _problems(statement, known, own)


def _problems(statement: SourceStatement, known: Known, own: Own) -> Iterator[Problem]:
    start = statement.span.start
    anywhere = evolve(statement, span=Span(0, statement.span.end - start))
    for finding in known.findings(anywhere, own.of(statement)):
        if isinstance(finding, Problem):
            if finding.kind == "dialect" and own.around.defines_functions:
                continue
            # Findings that are remembered count from the statement's beginning.
            yield evolve(finding, span=Span(start + finding.span.start, start + finding.span.end))
        elif problem := _unknown(finding, statement, known, own):
            yield problem


def _findings(
    catalog: Catalog, dialect: str, statement: SourceStatement, own: OwnTables
) -> tuple[Problem | UnknownPart, ...]:
    statement = evolve(statement)  # its tokens are not to be kept with what is remembered
    tree = parse(statement, dialect)
    if isinstance(tree, Problem):
        return (tree,)
    if not isinstance(tree, Judged):
        return ()
    if not (catalog or own):
        return tuple(broken_rules(tree, statement, WithOwn((), Catalog()), dialect))
    parts = certainly_unknown(tree, statement, catalog, dialect, own)
    known = WithOwn(own, catalog)
    return (*sorted(parts, key=lambda part: part.name.start), *broken_rules(tree, statement, known, dialect))


def _unknown(unknown: UnknownPart, statement: SourceStatement, known: Known, own: Own) -> Problem | None:
    around, name = own.around, unknown.name
    if unknown.part == "table" and (around.attaches or name.name.lower() in around.made | around.words):
        return None
    if unknown.part == "ambiguous":
        return _ambiguous(name, statement, known.dialect)
    if unknown.part == "table":
        name = evolve(name, candidates=(*name.candidates, *own.names(statement)))
    if unknown.owner is not None:
        return _of_another(unknown, unknown.owner, statement)
    meant = nearest(name)
    place = statement.place(name.start, name.end)
    plain = Markup(formatted=False)
    # Files need not be the last word on which tables there are, nor on a table's columns; nor is our database always the one
    # that Python connects to.
    in_doubt = not known.live or (statement.in_python and unknown.part == "table")
    if in_doubt and (meant is None or (unknown.part == "table" and not known.live)):
        message = _not_known(unknown, meant, plain)
        return Problem(place, message, "not known", meant) if message else None
    what = {"table": "table", "relation": "table or alias", "column": "column"}[unknown.part]
    message = f"Unknown {what} {plain.code(name.name)}"
    if meant is not None:
        message += f"; did you mean {plain.code(meant)}?"
    return Problem(place, message, "unknown column" if unknown.part == "column" else "unknown table", meant)


def _not_known(unknown: UnknownPart, meant: str | None, plain: Markup) -> str:
    """What is not known, and what follows from that; empty for what may be the field of a record."""
    name, where = plain.code(unknown.name.name), "is in what was read of the schema"
    if unknown.part == "column":
        return f"Not known: no column {name} {where}, which need not be all"
    asked = f"; did you mean {plain.code(meant)}?" if meant is not None else ""
    return (
        f"Not known: no table {name} {where}, so its columns are not checked{asked}"
        if unknown.part == "table"
        else ""
    )


def _of_another(unknown: UnknownPart, owner: tuple[int, int, str], statement: SourceStatement) -> Problem:
    """A column that not the relation has which stands before its dot, but another one of the query."""
    plain, name = Markup(formatted=False), unknown.name
    start, end, meant = owner
    right = plain.code(f"{meant}.{name.name}")
    message = f"Unknown column {plain.code(name.name)}; did you mean {right}?"
    place = statement.place(name.start, name.end)
    return Problem(place, message, "unknown column", meant, statement.place(start, end))


def _ambiguous(name: UnknownName, statement: SourceStatement, dialect: str) -> Problem:
    plain = Markup(formatted=False)
    *first, last = (plain.code(owner) for owner in name.owners)
    owners = f"{', '.join(first)} and {last}"
    message = f"Ambiguous column {plain.code(name.name)}: {owners} have it; write which one is meant"
    instead = tuple(f"{written(owner, dialect)}.{written(name.name, dialect)}" for owner in name.owners)
    return Problem(statement.place(name.start, name.end), message, "ambiguous column", instead=instead)
