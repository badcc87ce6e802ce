"""Changes of a statement as edits of its document: written as each place needs it, moved as they stand, and read again to be sure."""

import ast
import warnings
from collections.abc import Iterator, Sequence
from itertools import pairwise

from attrs import evolve, field, frozen

from understudy_knowledge.errors import UnderstudyError
from understudy_server.actions.declined import DeclinedError
from understudy_server.actions.edits import Edit, Snapshot
from understudy_server.actions.statements import SourceStatement, statements_of
from understudy_server.context.extract import extract
from understudy_server.context.insertion import render_insertion
from understudy_server.context.python.regions import PythonRegion, find_region
from understudy_server.context.query_context import QueryContext, Span, StringForm
from understudy_server.context.sql.lexer import code_of, tokenize
from understudy_server.context.text.document import Document

_GAP = b"\x00"
_LOST = "a value that Python puts in would be lost or moved"


@frozen
class Change:
    """Bytes `start` to `end` of a statement's SQL become `pieces`, one behind the other.

    A piece is SQL, or a span of the statement that is copied as its document has it, holes and escapes included.
    """

    start: int
    end: int
    pieces: tuple[str | Span, ...]


@frozen
class _Part:
    """A stretch of the statement that is written in one form; offsets are of the statement. SQL files have one, of no form."""

    start: int
    end: int
    form: StringForm | None


@frozen
class _Page:
    """The statement as its document has it."""

    statement: SourceStatement
    raw: bytes
    parts: tuple[_Part, ...]
    context: QueryContext = field(repr=False)

    def part(self, offset: int) -> _Part:
        """The part that holds the offset; of two that meet there the first."""
        found = next((part for part in self.parts if part.start <= offset <= part.end), None)
        if found is None:
            raise DeclinedError("the place lies between two strings")
        return found

    def outside_of_escape(self, offset: int, *, forward: bool) -> int:
        """The offset, or the next one that is not in the middle of `\\'`."""
        part = self.part(offset)
        before = self.raw[part.start : offset]
        slashes = len(before) - len(before.rstrip(b"\\"))
        if part.form is None or part.form.raw or slashes % 2 == 0:
            return offset
        return offset + 1 if forward else offset - 1


def edits_of(statement: SourceStatement, changes: Sequence[Change], snapshot: Snapshot) -> tuple[Edit, ...]:
    """The edits that make exactly these changes, in order. Raises DeclinedError where they cannot be made exactly."""
    changes = sorted(changes, key=lambda change: (change.start, change.end))
    page = _page(statement, snapshot)
    _keep_holes(page, changes)
    _keep_spellings(page, changes)
    edits = tuple(edit for change in changes for edit in _edits(change, page))
    _read_again(page, changes, edits, snapshot)
    return edits


def changed_sql(statement: SourceStatement, changes: Sequence[Change]) -> str:
    """The statement's SQL with the changes made."""
    return _changed(statement.sql.encode(), changes).decode()


def applied(text: bytes, edits: Sequence[Edit]) -> bytes:
    """A document's text after the edits."""
    for edit in sorted(edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text.encode() + text[edit.span.end :]
    return text


def _changed(sql: bytes, changes: Sequence[Change]) -> bytes:
    made, at = bytearray(), 0
    for change in sorted(changes, key=lambda change: (change.start, change.end)):
        made += sql[at : change.start]
        for piece in change.pieces:
            made += piece.encode() if isinstance(piece, str) else sql[piece.start : piece.end]
        at = change.end
    return bytes(made + sql[at:])


def lines_at(statement: SourceStatement, snapshot: Snapshot) -> str | None:
    """What lines of the statement begin with; None where line ends have no place in it."""
    page = _page(statement, snapshot)
    if page.context.one_line or any(part.form is not None and not part.form.triple for part in page.parts):
        return None
    return page.context.indent


def _page(statement: SourceStatement, snapshot: Snapshot) -> _Page:
    document, known = snapshot.document, snapshot.known
    span = statement.span
    raw = document.slice(span.start, span.end)
    try:
        context = extract(
            document, span.start, language=snapshot.language, catalog=known.catalog, dialect=known.dialect
        )
        region = find_region(document, span.start) if snapshot.language == "python" else None
    except UnderstudyError as error:
        raise DeclinedError("the statement is too long") from error
    if context is None or context.region == "python-code":
        raise DeclinedError("no SQL is read at this place")
    if region is None:
        return _Page(statement, raw, (_Part(0, len(raw), None),), context)
    if not (region.span.start <= span.start and span.end <= region.span.end):
        raise DeclinedError("the statement is too long")
    return _Page(statement, raw, tuple(_parts(region, span)), context)


def _parts(region: PythonRegion, span: Span) -> Iterator[_Part]:
    for part in region.parts:
        if part.span.start < span.end and span.start < part.span.end:
            start, end = max(part.span.start, span.start), min(part.span.end, span.end)
            yield _Part(start - span.start, end - span.start, part.form)


def _keep_holes(page: _Page, changes: Sequence[Change]) -> None:
    """Each hole stays where it is, or is moved as it stands and only once; values without a name keep their order."""
    statement = page.statement
    sql = statement.sql.encode()
    moved = [piece for change in changes for piece in change.pieces if isinstance(piece, Span)]
    masks = {sql[hole.start : hole.end] for hole in statement.holes}
    for hole in statement.holes:
        replaced = any(change.start < hole.end and hole.start < change.end for change in changes)
        copies = sum(span.start <= hole.start and hole.end <= span.end for span in moved)
        if copies != replaced:
            raise DeclinedError(_LOST)
    written = [piece for change in changes for piece in change.pieces if isinstance(piece, str)]
    if any(mask in piece.encode() for mask in masks for piece in written):
        raise DeclinedError(_LOST)
    nameless = [token.start for token in statement.tokens if token.text == "?"]
    nameless += [hole.start for hole in statement.holes if page.raw[hole.start : hole.end] == b"%s"]
    if any(span.start <= at < span.end for span in moved for at in nameless):
        raise DeclinedError("values that are given by their order would change places")


def _keep_spellings(page: _Page, changes: Sequence[Change]) -> None:
    """What is written with escapes, or runs on in another string, is not written anew: the SQL shows it with spaces in it."""
    sql = page.statement.sql.encode()
    spelled = {
        token.text
        for token in page.statement.tokens
        if page.raw[token.start : token.end] != sql[token.start : token.end]
        or not any(part.start <= token.start and token.end <= part.end for part in page.parts)
    }
    written = [piece for change in changes for piece in change.pieces if isinstance(piece, str)]
    if spelled and any(text in spelled for piece in written for text in _texts(piece.encode())):
        raise DeclinedError(
            "a text that is written with escapes, or in two strings, would have to be written anew"
        )


def _edits(change: Change, page: _Page) -> Iterator[Edit]:
    part = page.part(change.start)
    stretches = [
        (max(change.start, each.start), min(change.end, each.end))
        for each in page.parts
        if each.start < change.end and change.start < each.end
    ] or [(change.start, change.start)]
    text = "".join(_written(piece, part, page) for piece in change.pieces)
    at = page.statement.span.start
    for start, end in stretches:
        part = next(each for each in page.parts if each.start <= start and end <= each.end)
        first = page.outside_of_escape(start, forward=False)
        last = page.outside_of_escape(end, forward=True) if end > start else first
        yield Edit(Span(at + first, at + last), text)
        text = ""


def _written(piece: str | Span, part: _Part, page: _Page) -> str:
    if isinstance(piece, str):
        return render_insertion(piece, evolve(page.context, string=part.form, indent=""))
    start = page.outside_of_escape(piece.start, forward=False)
    end = page.outside_of_escape(piece.end, forward=True)
    if {_manner(page.part(start)), _manner(page.part(end))} != {_manner(part)}:
        raise DeclinedError("it would be moved into a string of another form")
    return page.raw[start:end].decode()


def _manner(part: _Part) -> tuple[str, str, str] | None:
    """What has to be the same so that text may be moved as it is written."""
    return None if part.form is None else (part.form.prefix.lower(), part.form.quote, part.form.template)


def _read_again(page: _Page, changes: Sequence[Change], edits: Sequence[Edit], snapshot: Snapshot) -> None:
    """Make sure that the document, with the edits in it, says what was meant. Raises DeclinedError."""
    ordered = sorted(edits, key=lambda edit: edit.span.start)
    apart = all(one.span.end <= other.span.start for one, other in pairwise(ordered))
    before = snapshot.document.slice()
    after = applied(before, edits)
    start = page.statement.span.start
    found = next((each for each in statements_of(after, snapshot.language) if each.span.start == start), None)
    wanted = _texts(_changed(_marked(page.statement, page.parts), changes).replace(_GAP, b""))
    exact = apart and found is not None and _read_by_database(found, after, snapshot) == wanted
    if not exact or (snapshot.language == "python" and is_python(before) and not is_python(after)):
        raise DeclinedError("the string's quotes and escapes leave no exact way to write it")


def _read_by_database(statement: SourceStatement, text: bytes, snapshot: Snapshot) -> list[str]:
    """The tokens of the statement where nothing stands between two strings that are written one behind the other."""
    span = statement.span
    document = Document(snapshot.document.name, text.decode("utf-8", "replace"))
    region = find_region(document, span.start) if snapshot.language == "python" else None
    parts = tuple(_parts(region, span)) if region is not None else None
    return _texts(_marked(statement, parts).replace(_GAP, b""))


def _marked(statement: SourceStatement, parts: Sequence[_Part] | None) -> bytes:
    """The SQL with a mark in place of what stands between its strings, where a database reads nothing."""
    sql = statement.sql.encode()
    if parts is None:
        return sql
    marked = bytearray(_GAP * len(sql))
    for part in parts:
        marked[part.start : part.end] = sql[part.start : part.end]
    return bytes(marked)


def _texts(sql: bytes) -> list[str]:
    return [token.text for token in code_of(tokenize(sql))]


def is_python(text: bytes) -> bool:
    """Whether it parses."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
