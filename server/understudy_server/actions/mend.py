"""Fixes where no rule knows one: the student writes what is wrong anew, and only what mends the statement is taken."""

import asyncio
from collections.abc import Iterator, Sequence

from attrs import evolve

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.repairs import Repair
from understudy_knowledge.retrieval.repairs import nearest_repair
from understudy_server.actions.alignment import changes_to
from understudy_server.actions.change_name import change_name
from understudy_server.actions.changes import Change, applied, edits_of
from understudy_server.actions.declined import DeclinedError
from understudy_server.actions.diagnose import MAX_BYTES, diagnose
from understudy_server.actions.edits import Edit, Snapshot
from understudy_server.actions.problem import Problem
from understudy_server.actions.rewrites import statement_near
from understudy_server.actions.statements import SourceStatement
from understudy_server.completion.filters import clean
from understudy_server.completion.suggest import Toolbox, request_for
from understudy_server.context.extract import extract
from understudy_server.context.query_context import QueryContext, Span

MEND = "mend"
"""The name under which it is asked for."""


def without_rule(snapshot: Snapshot, span: Span) -> Problem | None:
    """The first problem at the bytes `span` that no rule knows a fix for."""
    text = snapshot.document.slice()
    if len(text) > MAX_BYTES:
        return None
    for problem in diagnose(text, snapshot.language, snapshot.known, within=span, beside=snapshot.beside):
        touched = problem.span.start <= span.end and span.start <= problem.span.end
        if touched and not problem.instead and change_name(problem, snapshot) is None:
            return problem
    return None


async def mended(
    snapshot: Snapshot, span: Span, tools: Toolbox, repairs: Sequence[Repair] = ()
) -> tuple[Edit, ...]:
    """The edits after which the statement at `span` has no problem left, and runs where the student may try what it writes.

    The student is asked for what is underlined, then, where the statement answers a question, for all of it. It is shown
    the one of the `repairs` that is nearest: a bug of that kind which it wrote before, and what proved right instead. Raises
    DeclinedError where none of that mends it, and BackendError.
    """
    problem = await asyncio.to_thread(without_rule, snapshot, span)
    statement = statement_near(snapshot, problem.span) if problem is not None else None
    if problem is None or statement is None:
        raise DeclinedError("there is nothing to mend here")
    for context in _places(problem, statement, snapshot):
        evidence = await asyncio.to_thread(_evidence, problem, statement, context, tools.catalog, repairs)
        request = evolve(request_for(context, tools), purpose="action", evidence=evidence)
        text = clean((await tools.student.complete(request)).text, context)
        if not text:
            continue
        sql = context.prefix + text + context.suffix
        edits = await asyncio.to_thread(_checked, sql, statement, problem, snapshot)
        if edits is not None and await _runs(sql, statement, tools):
            return edits
    raise DeclinedError("what the student writes instead does not mend it")


def _places(problem: Problem, statement: SourceStatement, snapshot: Snapshot) -> Iterator[QueryContext]:
    """Where the student writes: in place of what is underlined, and in place of the whole statement."""
    document, known = snapshot.document, snapshot.known
    here = extract(
        document, problem.span.start, language=snapshot.language, catalog=known.catalog, dialect=known.dialect
    )
    if here is None or here.region == "python-code":
        return
    sql, first = statement.sql.encode(), statement.span.start
    before, behind = sql[: problem.span.start - first].decode(), sql[problem.span.end - first :].decode()
    yield evolve(here, prefix=before, suffix=behind)
    if here.question.text and not statement.holes:
        yield evolve(here, prefix="", suffix="", clause="statement", relations=())


def _evidence(
    problem: Problem,
    statement: SourceStatement,
    context: QueryContext,
    catalog: Catalog,
    repairs: Sequence[Repair],
) -> str:
    """What is wrong and how a bug like it was mended, short: of the query itself only what does not stand around the cursor."""
    query = "" if context.prefix or context.suffix else f"\n{statement.sql}"
    said = f"This query is wrong: {problem.message}{query}"
    repair = nearest_repair(
        repairs,
        _error(problem, statement),
        statement.sql,
        question=context.question.text,
        dialect=context.dialect,
        catalog=catalog,
    )
    if repair is None:
        return said
    return f"{said}\nAnother one was wrong in that way ({repair.error}):\n{repair.broken}\nThis was right:\n{repair.fixed}"


def _error(problem: Problem, statement: SourceStatement) -> str:
    """The message, as a database ends it with the name that it is about."""
    if problem.kind not in ("unknown table", "unknown column", "ambiguous column"):
        return problem.message
    start, end = (at - statement.span.start for at in (problem.span.start, problem.span.end))
    return f"{problem.message}: {statement.sql.encode()[start:end].decode()}"


def _checked(
    sql: str, statement: SourceStatement, problem: Problem, snapshot: Snapshot
) -> tuple[Edit, ...] | None:
    """The edits that make the statement read so; None where it has a problem then, or they are not exact."""
    try:
        edits = edits_of(statement, _changes(sql, statement, problem), snapshot)
    except DeclinedError:
        return None
    after = applied(snapshot.document.slice(), edits)
    place = Span(statement.span.start, statement.span.start + 1)
    left = diagnose(after, snapshot.language, snapshot.known, within=place, beside=snapshot.beside)
    return edits if edits and not left else None


def _changes(sql: str, statement: SourceStatement, problem: Problem) -> list[Change]:
    start, end = (at - statement.span.start for at in (problem.span.start, problem.span.end))
    old, new = statement.sql.encode(), sql.encode()
    if new.startswith(old[:start]) and new.endswith(old[end:]) and len(new) > start + len(old) - end:
        return [Change(start, end, (new[start : len(new) - (len(old) - end)].decode(),))]
    return changes_to(statement, sql)


async def _runs(sql: str, statement: SourceStatement, tools: Toolbox) -> bool:
    """Whether it runs; taken as given where it may not be run, or waits for values."""
    if tools.probe is None or statement.holes or any(each.kind == "parameter" for each in statement.tokens):
        return True
    return (await tools.probe.run(sql)).rows is not None
