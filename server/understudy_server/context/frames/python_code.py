"""The query context of Python code outside of SQL: the frames it may name, its statement, the question around it."""

from collections.abc import Sequence

from attrs import evolve

from understudy_knowledge.catalog import Catalog
from understudy_server.context.frames.logical_lines import after_line, breaks_off
from understudy_server.context.frames.queries import with_frames
from understudy_server.context.frames.remembering import remembered
from understudy_server.context.frames.values import Frame
from understudy_server.context.frames.visible import Scope, VisibleFrame, scope_at
from understudy_server.context.python.question import code_question
from understudy_server.context.query_context import QueryContext, Question, Span, VisibleRelation
from understudy_server.context.text.document import Document

MAX_BYTES = 4_000
"""So much below the cursor may belong to its statement."""
_SEES_FRAMES = frozenset(("duckdb", "sqldf", "polars"))


def python_code_context(
    document: Document, offset: int, catalog: Catalog | None = None, above: Sequence[Document] = ()
) -> QueryContext:
    """What is known at a byte offset of Python code. It is no SQL: its clause is `other`, its relations are frames."""
    scope = scope_at(document, offset, catalog, above)
    prefix = scope.begun.decode("utf-8", "replace")
    # A cursor between \r and \n stands behind its line's end.
    end = max(offset, _end_of_statement(document, offset, scope))
    suffix = document.text(offset, end)
    line_start = document.line_start(document.line_at(offset))
    line = document.text(line_start, offset)
    return QueryContext(
        region="python-code",
        dialect="",
        statement_span=Span(scope.start, end),
        offset=offset,
        statement=prefix + suffix,
        prefix=prefix,
        suffix=suffix,
        clause="other",
        relations=remembered("relations", (scope.names,), lambda: tuple(map(as_relation, scope.frames))),
        question=code_question(document, scope.start) or Question("", "none"),
        indent=line[: len(line) - len(line.lstrip())],
    )


def as_relation(visible: VisibleFrame) -> VisibleRelation:
    """The frame as a relation: without columns where they are not all known."""
    names = visible.frame.names
    columns = tuple(str(name) for name in names) if names is not None else None
    return VisibleRelation(visible.name, None, columns, "frame")


def sees_frames(dialect: str, sink: str) -> bool:
    """Whether a query of the dialect, or in a string that the function takes, may name frames as tables."""
    return dialect in _SEES_FRAMES or sink in _SEES_FRAMES


def frames_in_sql(
    document: Document,
    offset: int,
    *,
    dialect: str,
    sink: str,
    catalog: Catalog | None,
    above: Sequence[Document] = (),
) -> dict[str, Frame]:
    """The frames that SQL in a string at the offset may name as tables, not to be changed: DuckDB and pandasql take those in scope."""
    if not sees_frames(dialect, sink):
        return {}
    names = scope_at(document, offset, catalog, above).names
    return remembered("frames", (names,), lambda: dict(reversed(names.frames.items())))


def catalog_with_frames(catalog: Catalog | None, frames: dict[str, Frame], sql: str) -> Catalog | None:
    """The catalog as a query over these frames sees it."""
    return with_frames(catalog or Catalog(), frames, sql) if frames else catalog


def relations_with_frames(
    relations: Sequence[VisibleRelation], frames: dict[str, Frame], *, in_from: bool
) -> tuple[VisibleRelation, ...]:
    """The relations with those marked that are frames, and after FROM with the other frames: each may be named there."""
    known = {name.lower(): name for name in frames}
    found = []
    for relation in relations:
        name = known.get((relation.table or "").lower())
        columns = relation.columns
        if name is not None:
            columns = columns or as_relation(VisibleFrame(name, frames[name])).columns
            relation = evolve(relation, table=None, columns=columns, kind="frame")
        found.append(relation)
    if in_from:
        named = {relation.name for relation in found}
        found += [
            as_relation(VisibleFrame(name, frame)) for name, frame in frames.items() if name not in named
        ]
    return tuple(found)


def _end_of_statement(document: Document, offset: int, scope: Scope) -> int:
    """Where the statement at the cursor ends: its line's end, or that of a line below while brackets are open."""
    quote, depth = b"", 0
    for begun in scope.begun.split(b"\n"):
        quote, depth = after_line(begun, quote, depth)
    line_end = document.line_end(document.line_at(offset))
    end = offset
    for line in document.slice(offset, offset + MAX_BYTES).splitlines(keepends=True):
        if end >= line_end and breaks_off(line, scope.indent):
            break
        quote, depth = after_line(line, quote, depth)
        end += len(line)
        if not quote and depth <= 0:
            return end - (len(line) - len(line.rstrip(b"\r\n")))
    # What is never closed was opened a moment ago.
    return line_end
