"""The statements of a document by what they answer, and the CTEs in them: for an outline."""

from collections.abc import Iterator
from itertools import islice

from attrs import frozen

from understudy_knowledge.errors import UnderstudyError
from understudy_server.actions.diagnose import MAX_BYTES
from understudy_server.actions.edits import Snapshot
from understudy_server.actions.query_tokens import ctes_of
from understudy_server.actions.statements import SourceStatement, statements_of
from understudy_server.context.extract import extract
from understudy_server.context.query_context import Span

MAX_STATEMENTS = 400
_LONGEST = 80


@frozen
class Symbol:
    """`span` is the whole, `name_span` what names it; `detail` is how the statement begins where a question names it."""

    name: str
    span: Span
    name_span: Span
    detail: str = ""
    children: tuple["Symbol", ...] = ()


def symbols(snapshot: Snapshot) -> list[Symbol]:
    """At most 400 statements, in order; none of a document over 384 KB."""
    text = snapshot.document.slice()
    if len(text) > MAX_BYTES:
        return []
    statements = islice(statements_of(text, snapshot.language), MAX_STATEMENTS)
    return [_symbol(statement, snapshot) for statement in statements]


def _symbol(statement: SourceStatement, snapshot: Snapshot) -> Symbol:
    begins = _cut(" ".join(statement.sql.split()))
    question = _cut(_question(statement, snapshot))
    start = statement.span.start
    first = statement.tokens[0]
    name_span = Span(start + first.start, start + first.end)
    detail = begins if question else ""
    return Symbol(question or begins, statement.span, name_span, detail, tuple(_ctes(statement)))


def _ctes(statement: SourceStatement) -> Iterator[Symbol]:
    start, tokens = statement.span.start, statement.tokens
    for cte in ctes_of(tokens):
        name, last = tokens[cte.name], tokens[cte.closes]
        span = Span(start + name.start, start + last.end)
        yield Symbol(name.name, span, Span(start + name.start, start + name.end), "common table expression")


def _question(statement: SourceStatement, snapshot: Snapshot) -> str:
    try:
        context = extract(snapshot.document, statement.span.start, language=snapshot.language)
    except UnderstudyError:
        return ""
    return context.question.text if context is not None else ""


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
