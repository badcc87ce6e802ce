"""Source text and a cursor -> QueryContext. Knows nothing of LSP or models."""

import re
from collections.abc import Sequence
from typing import Literal

from attrs import evolve

from understudy_knowledge.catalog import Catalog
from understudy_server.context.defined.relations import FileTables
from understudy_server.context.dialect.code import dialect_beside, dialect_of_code
from understudy_server.context.dialect.decision import DialectHints, decide_dialect
from understudy_server.context.dialect.markers import HEAD_BYTES
from understudy_server.context.frames.cells_above import code_cells
from understudy_server.context.frames.python_code import (
    catalog_with_frames,
    frames_in_sql,
    python_code_context,
    relations_with_frames,
    sees_frames,
)
from understudy_server.context.frames.tables import FrameTables
from understudy_server.context.frames.values import Frame
from understudy_server.context.jinja.masked import mask_jinja
from understudy_server.context.jinja.this import model_of, with_this
from understudy_server.context.notebook.cells import Cell, code_of_cells, defining_cells, is_python
from understudy_server.context.notebook.question import question_above
from understudy_server.context.python.filled import filled_at
from understudy_server.context.python.question import python_question
from understudy_server.context.python.regions import PythonRegion
from understudy_server.context.query_context import (
    DialectSource,
    QueryContext,
    Question,
    Span,
    StringForm,
    VisibleRelation,
)
from understudy_server.context.region import Region, region_at
from understudy_server.context.sql.clause import clause_at
from understudy_server.context.sql.lexer import Token, in_comment, tokenize
from understudy_server.context.sql.question import model_question, statement_question
from understudy_server.context.sql.relations import scope_at
from understudy_server.context.sql.statement_in import statement_in
from understudy_server.context.sql.statements import Statement, statement_at
from understudy_server.context.sql.windows import window_names
from understudy_server.context.sql.written_names import by_written_names
from understudy_server.context.tables import Tables
from understudy_server.context.text.document import Document

ABOVE_BYTES = 4_000
_EVIDENCE_BYTES = 1_000
_MAY_DEFINE = re.compile(rb"\b(?:create|into|alter|declare)\b", re.IGNORECASE)
_NO_CODE = Document("", "")
"""The Python beside a cell that is all SQL."""
_NAMES_RELATIONS = frozenset(("from", "join"))
_USES_GIVEN = frozenset(("group by", "having", "order by"))


def extract(
    document: Document,
    offset: int,
    *,
    language: Literal["sql", "python"],
    catalog: Catalog | None = None,
    dialect: str | DialectHints = "",
    cells_above: Sequence[Cell] | None = None,
) -> QueryContext | None:
    """Everything known at the byte offset, or None where SQL has no place: comments, Jinja tags.

    Python code outside of SQL has a context of its own, of region `python-code`, whose relations are its frames.
    A `dialect` given by name is as one that is configured; empty, nothing is known of it before the text is read.
    The document is a cell of a notebook where `cells_above` are given, those above it in order.
    Raises UnderstudyError for a cursor in a statement, or in a string that holds one, of more than 64 KB.
    """
    region = region_at(document, offset, language, cells_above or (), in_notebook=cells_above is not None)
    if region is None:
        is_code = language == "python" and (cells_above is None or is_python(document))
        return _code(document, offset, catalog, cells_above or ()) if is_code else None
    cursor = offset - region.start
    known_tokens = region.python.tokens if region.python else None
    tokens = tokenize(region.text) if known_tokens is None else known_tokens
    if in_comment(tokens, cursor):
        return None
    statement = statement_at(region.text, cursor, tokens)
    question = statement_question(region.text, tokens, statement)
    span = statement.span
    hints = DialectHints(dialect) if isinstance(dialect, str) else dialect
    said, source = _dialect(document, region, span, hints, cells_above or ())
    read, at = _filled(region, cursor) or (statement, cursor)
    inner = statement_in(read.tokens, at, said)
    clause = clause_at(inner.tokens, at)
    frames: dict[str, Frame] = {}
    sink = "polars" if region.polars else region.python.sink if region.python else ""
    if region.kind != "sql-file" and sees_frames(said, sink):
        beside = language == "python" and (cells_above is None or is_python(document))
        frames = frames_in_sql(
            document if beside else _NO_CODE,
            offset if beside else 0,
            dialect=said,
            sink=sink,
            catalog=catalog,
            above=code_cells(cells_above),
        )
        frames = region.polars.tables(frames) if region.polars else frames
    known: Tables | None = catalog_with_frames(catalog, frames, _text(region, span.start, span.end))
    for cell in defining_cells(cells_above or ()):
        known = FileTables(cell, len(cell), known)
    if language == "sql":
        known = with_this(FileTables(document, region.start + span.start, known), region.text, document.name)
    elif region.kind == "notebook-cell" and _MAY_DEFINE.search(region.text, 0, span.start):
        known = FileTables(Document(document.name, region.text.decode("utf-8", "replace")), span.start, known)
    scope = scope_at(inner, at, known)
    relations = relations_with_frames(scope.relations, frames, in_from=clause in _NAMES_RELATIONS)
    return QueryContext(
        region=region.kind,
        dialect=said,
        dialect_source=source,
        one_line=region.one_line,
        statement_span=Span(region.start + span.start, region.start + span.end),
        offset=offset,
        statement=_text(region, span.start, span.end),
        prefix=_text(region, span.start, cursor),
        suffix=_text(region, cursor, span.end),
        clause=clause,
        relations=_as_written(relations, document, region, statement.tokens, cursor),
        windows=window_names(scope.branch),
        given=scope.given if clause in _USES_GIVEN else (),
        question=_moved(question, region) or _question_around(region, document.name, cells_above or ()),
        indent=region.margin or _indent(document, offset, region.python),
        string=_form(region, offset),
        above=_above(document, region, span.start),
        tables=FrameTables(frames, known) if frames else known,
    )


def _filled(region: Region, cursor: int) -> tuple[Statement, int] | None:
    """The statement that clause and relations are read from, and the cursor in it, where a string's masked text does not show all."""
    filled = filled_at(region.python, cursor) if region.python is not None else None
    return (statement_at(filled.text, filled.cursor), filled.cursor) if filled is not None else None


def _as_written(
    relations: Sequence[VisibleRelation],
    document: Document,
    region: Region,
    tokens: Sequence[Token],
    cursor: int,
) -> tuple[VisibleRelation, ...]:
    """The relations by names that stand in the document; holes of Python strings keep theirs, which go with the masked text."""
    if region.python is not None:
        return tuple(relations)
    source = document.slice(region.start, region.start + len(region.text))
    model = model_of(document.name) if region.kind == "sql-file" else ""
    return by_written_names(relations, tokens, (source, region.text), cursor, model)


def _dialect(
    document: Document, region: Region, span: Span, hints: DialectHints, cells_above: Sequence[Cell]
) -> tuple[str, DialectSource]:
    """What the statement is written in, and what said so."""
    begins = region.start + span.start
    if settled := hints.settled:
        return settled
    # Above a statement of a file stand others, and the window may have left them out.
    low = 0 if region.kind == "sql-file" else region.start
    cut = max(begins - _EVIDENCE_BYTES, low)
    above = document.slice(cut, begins) if region.python is None else b""
    return decide_dialect(
        hints,
        region.text[span.start : span.end],
        name=document.name,
        head=document.slice(0, HEAD_BYTES),
        above=above[above.find(b"\n") + 1 :] if cut > low else above,
        imported=region.dialect or _imported(document, region, cells_above),
    )


def _imported(document: Document, region: Region, cells_above: Sequence[Cell]) -> str:
    """What the Python around says of the database: that of a string, or of the cells above SQL."""
    if region.python is not None:
        return dialect_beside(document, region.python.literal, code_of_cells(cells_above))
    return dialect_of_code((code_of_cells(cells_above),)) if cells_above else ""


def _text(region: Region, start: int, end: int) -> str:
    return region.text[start:end].decode("utf-8", "replace")


def _moved(question: Question | None, region: Region) -> Question | None:
    """The question with its span in offsets of the document."""
    if question is None or question.span is None:
        return question
    span = question.span
    return evolve(question, span=Span(region.start + span.start, region.start + span.end))


def _code(
    document: Document, offset: int, catalog: Catalog | None, cells_above: Sequence[Cell]
) -> QueryContext:
    """The context of Python code outside of SQL."""
    context = python_code_context(document, offset, catalog, code_cells(cells_above))
    return evolve(context, question=_or_of_markdown(context.question, cells_above) or context.question)


def _question_around(region: Region, name: str, cells_above: Sequence[Cell]) -> Question:
    """What stands around the SQL asks: written for it first, then the notebook's Markdown, then names."""
    found = _or_of_markdown(python_question(region.python) if region.python else None, cells_above)
    if found is None and region.kind == "sql-file":
        found = model_question(name)
    return found or Question("", "none")


def _or_of_markdown(found: Question | None, cells_above: Sequence[Cell]) -> Question | None:
    """What the notebook's Markdown asks, where nothing that was written for the code itself does."""
    if found is not None and found.source in ("comment", "docstring"):
        return found
    return question_above(cells_above) or found


def _form(region: Region, offset: int) -> StringForm | None:
    part = region.python.part_at(offset) if region.python else None
    return part.form if part else None


def _indent(document: Document, offset: int, region: PythonRegion | None) -> str:
    """White space that continuation lines begin with; on the line that opens a string one step more than the code."""
    start = document.line_start(document.line_at(offset))
    line = document.text(start, offset)
    indent = line[: len(line) - len(line.lstrip())]
    opens_here = region is not None and region.span.start > start
    return indent + "    " if opens_here else indent


def _above(document: Document, region: Region, statement_start: int) -> str:
    """SQL above the statement in its file or string, from a line's start on."""
    if region.python is not None:
        return _text(region, 0, statement_start)[-ABOVE_BYTES:].strip()
    end = region.start + statement_start
    start = max(end - ABOVE_BYTES, 0)
    if start:
        start += document.slice(start, end).find(b"\n") + 1
    return mask_jinja(document.slice(start, end)).decode("utf-8", "replace").strip()
