"""Code actions: what can be done at a place of a document. Each is offered only when its edits are exact."""

from collections.abc import Iterator
from typing import Literal

from attrs import frozen

from understudy_server.actions.change_name import change_name
from understudy_server.actions.diagnose import MAX_BYTES, diagnose
from understudy_server.actions.edits import Edit, Snapshot, edit
from understudy_server.actions.expand_star import expand_star
from understudy_server.actions.markup import Markup
from understudy_server.actions.problem import Problem
from understudy_server.actions.statements import statements_of
from understudy_server.context.query_context import Span


@frozen
class Action:
    """One thing to do, in one step. `problem` is what it mends."""

    title: str
    kind: Literal["fix", "rewrite"]
    edits: tuple[Edit, ...]
    problem: Problem | None = None


def code_actions(snapshot: Snapshot, span: Span) -> list[Action]:
    """What can be done about the bytes of `span`; fixes first."""
    text = snapshot.document.slice()
    if len(text) > MAX_BYTES:
        return []
    return [*_fixes(text, snapshot, span), *_rewrites(text, snapshot, span)]


def _fixes(text: bytes, snapshot: Snapshot, span: Span) -> Iterator[Action]:
    for problem in diagnose(text, snapshot.language, snapshot.known, within=span, beside=snapshot.beside):
        touched = problem.span.start <= span.end and span.start <= problem.span.end
        if not touched:
            continue
        if problem.meant is not None and (made := change_name(problem, snapshot)):
            yield Action(_changing_to(problem.meant), "fix", (made,), problem)
        former = snapshot.document.text(problem.span.start, problem.span.end)
        for sql in problem.instead:
            if made := edit(sql, problem.span, snapshot, former=former):
                yield Action(_changing_to(sql), "fix", (made,), problem)


def _changing_to(name: str) -> str:
    return f"Change to `{Markup(formatted=False).code(name)}`"


def _rewrites(text: bytes, snapshot: Snapshot, span: Span) -> Iterator[Action]:
    for statement in statements_of(text, snapshot.language):
        touched = statement.span.start <= span.end and span.start <= statement.span.end
        if touched and (edit := expand_star(statement, span, snapshot)):
            yield Action("Expand * to column names", "rewrite", (edit,))
            return
