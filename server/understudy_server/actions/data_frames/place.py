"""Queries that pandas reads and chains over frames in a Python document, each written as the other one."""

import ast
import io
import tokenize
import warnings
from collections.abc import Iterator, Sequence

from attrs import frozen

from understudy_server.actions.changes import applied, is_python
from understudy_server.actions.data_frames.from_pandas import from_pandas
from understudy_server.actions.data_frames.from_sql import from_sql
from understudy_server.actions.data_frames.steps import Steps
from understudy_server.actions.data_frames.to_pandas import to_pandas
from understudy_server.actions.data_frames.to_sql import to_sql
from understudy_server.actions.declined import DeclinedError
from understudy_server.actions.edits import Edit, Snapshot
from understudy_server.actions.statements import SourceStatement
from understudy_server.context.frames.visible import scope_at
from understudy_server.context.query_context import Span
from understudy_server.context.sql.lexer import tokenize as tokens_of

_READERS = ("read_sql", "read_sql_query")
_WIDTH = 100


@frozen
class _Read:
    """A call `pd.read_sql("…", connection)` at bytes of the document."""

    span: Span
    call: ast.Call
    sql: str
    module: str


def is_read_by_pandas(statement: SourceStatement, snapshot: Snapshot) -> bool:
    """Whether pandas reads the statement."""
    return snapshot.language == "python" and statement.sink in _READERS


def as_pandas(statement: SourceStatement, snapshot: Snapshot) -> tuple[Edit, ...]:
    """The call that reads the query as an expression over frames. Raises DeclinedError."""
    text = snapshot.document.slice()
    read = next((each for each in _reads(text) if _holds(each.span, statement.span)), None)
    if read is None:
        raise DeclinedError("it is not read by a plain `pd.read_sql` with a query and a connection")
    source = text[read.span.start : read.span.end].decode()
    if _has_comments(source) or any(token.kind == "comment" for token in tokens_of(read.sql.encode())):
        raise DeclinedError("its comments would be lost")
    if statement.holes or any(token.kind == "parameter" for token in statement.tokens):
        raise DeclinedError("a value that is put in when it runs would be lost")
    steps = from_sql(statement.sql, snapshot.known.catalog, snapshot.known.dialect)
    _require_frames(steps, read.span.start, snapshot)
    links = to_pandas(steps, read.module)
    return _edit(_laid_out(links, read.span.start, snapshot), read.span, snapshot)


def chain_at(snapshot: Snapshot, span: Span) -> Span | None:
    """The longest chain over a frame around the bytes `span` that can be written as SQL; None elsewhere."""
    found = _chain(snapshot.document.slice(), span) if snapshot.language == "python" else None
    return found[0] if found is not None else None


def as_sql(snapshot: Snapshot, span: Span) -> tuple[Edit, ...]:
    """The chain at `span` as a query that pandas reads. Raises DeclinedError."""
    text = snapshot.document.slice()
    found = _chain(text, span)
    if found is None:
        raise DeclinedError("no chain over a frame is here that SQL can say")
    place, steps = found
    if snapshot.known.dialect != "sqlite":
        raise DeclinedError("only for SQLite it is certain that pandas answers alike")
    if _has_comments(text[place.start : place.end].decode()):
        raise DeclinedError("its comments would be lost")
    _require_frames(steps, place.start, snapshot)
    read = next(_reads(text), None)
    connection = read.call.args[1] if read is not None else None
    if read is None or not isinstance(connection, ast.Name):
        raise DeclinedError("no connection is known; read something with `pd.read_sql` first")
    sql = to_sql(steps).replace("\\", "\\\\")
    quote = next((each for each in ('"', "'", '"""') if each not in sql and not sql.endswith(each[0])), None)
    if quote is None:
        raise DeclinedError("the string's quotes and escapes leave no exact way to write it")
    return _edit(f"{read.module}.read_sql({quote}{sql}{quote}, {connection.id})", place, snapshot)


def _chain(text: bytes, span: Span) -> tuple[Span, Steps] | None:
    for node, place in _expressions(text):
        if isinstance(node, ast.Call | ast.Subscript) and _holds(place, span):
            try:
                return place, from_pandas(node)
            except DeclinedError:
                continue
    return None


def _reads(text: bytes) -> Iterator[_Read]:
    for node, place in _expressions(text):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        module, plain = node.func.value, len(node.args) == 2 and not node.keywords
        if not plain or node.func.attr not in _READERS or not isinstance(module, ast.Name):
            continue
        if isinstance(node.args[0], ast.Constant):
            yield _Read(place, node, str(node.args[0].value), module.id)


def _expressions(text: bytes) -> Iterator[tuple[ast.expr, Span]]:
    """Expressions with their bytes, outer ones first; none where the document does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node in ast.walk(tree):
        if isinstance(node, ast.expr) and node.end_lineno is not None and node.end_col_offset is not None:
            start, end = (
                starts[node.lineno - 1] + node.col_offset,
                starts[node.end_lineno - 1] + node.end_col_offset,
            )
            yield node, Span(start, end)


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _require_frames(steps: Steps, offset: int, snapshot: Snapshot) -> None:
    """A frame of each table's name and columns is here."""
    frames = {
        each.name: each.frame for each in scope_at(snapshot.document, offset, snapshot.known.catalog).frames
    }
    for source in steps.sources:
        frame, table = frames.get(source.table), snapshot.known.catalog.table(source.table)
        if frame is None:
            raise DeclinedError(f"no frame called {source.table} is here; read the table first")
        columns = {column.name for column in table.columns} if table is not None else set()
        if frame.names is None or not columns or set(frame.names) != columns:
            raise DeclinedError(f"the frame {source.table} is not certain to hold that table")


def _laid_out(links: Sequence[str], offset: int, snapshot: Snapshot) -> str:
    """On one line where that is short, else a line for each link."""
    start = snapshot.document.line_start(snapshot.document.line_at(offset))
    before = snapshot.document.text(start, offset)
    line = "".join(links)
    if len(before) + len(line) <= _WIDTH:
        return line
    indent = before[: len(before) - len(before.lstrip())]
    return "(\n" + "".join(f"{indent}    {link}\n" for link in links) + f"{indent})"


def _has_comments(source: str) -> bool:
    try:
        return any(
            token.type == tokenize.COMMENT for token in tokenize.generate_tokens(io.StringIO(source).readline)
        )
    except (tokenize.TokenError, SyntaxError):
        return True


def _edit(code: str, span: Span, snapshot: Snapshot) -> tuple[Edit, ...]:
    edits = (Edit(span, code),)
    if not is_python(applied(snapshot.document.slice(), edits)):
        raise DeclinedError("there is no exact way to write it here")
    return edits
