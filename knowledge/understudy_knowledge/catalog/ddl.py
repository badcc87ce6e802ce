"""The catalog that DDL describes. Goes statement by statement, so one that cannot be read does not lose the rest."""

import re
from collections.abc import Iterable, Iterator, Sequence

from attrs import evolve, frozen

from understudy_knowledge.catalog.ddl_changes import Change
from understudy_knowledge.catalog.ddl_replay import Replay
from understudy_knowledge.catalog.ddl_statement import NotUnderstood, Statement, read_statement
from understudy_knowledge.catalog.ddl_text import ddl_lines
from understudy_knowledge.catalog.merge import resolve_keys
from understudy_knowledge.catalog.model import Catalog
from understudy_knowledge.catalog.pieces import Piece, statements

_DESCRIBES = re.compile(
    r"\b(?:CREATE\s+(?:[\w=`'@%]+\s+){0,12}?(?:TABLE|VIEW)|ALTER\s+(?:FOREIGN\s+)?TABLE|DROP\s+(?:\w+\s+){0,2}?(?:TABLE|VIEW)"
    r"|RENAME\s+TABLE|COMMENT\s+ON|sp_rename|sp_addextendedproperty)\b",
    re.IGNORECASE,
)
_BEGINS = frozenset("CREATE ALTER DROP RENAME COMMENT EXEC EXECUTE".split())
_BEGINS_WITHOUT_SEMICOLON = frozenset(
    "TABLE VIEW OR TEMP TEMPORARY EXTERNAL MATERIALIZED UNLOGGED TYPE SCHEMA".split()
)
_ROUTINES = frozenset("PROCEDURE PROC FUNCTION TRIGGER".split())


@frozen
class Definitions:
    """What a text defines, in order, and one sentence for each statement that could not be read."""

    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    dialect: str = ""
    """What the text's dialect is, as far as the text says so."""


def describes_tables(text: str) -> bool:
    """Whether `text` is worth reading as DDL: it creates, changes, drops or describes a table or view somewhere."""
    return _DESCRIBES.search(text) is not None


def read_ddl(text: str, *, dialect: str, source: str, known: Catalog | None = None) -> Catalog:
    """The tables and views that `text` leaves behind; a later definition of a name replaces an earlier one.

    `source` is how notes and tables name the file; `known` holds tables that views may refer to besides the file's own.
    A statement that cannot be read, and a view whose columns cannot be derived, adds one sentence to the notes.
    Foreign keys to tables that the text does not create are left out.
    """
    return resolve_keys(read_open_ddl(text, dialect=dialect, source=source, known=known))


def read_open_ddl(text: str, *, dialect: str, source: str, known: Catalog | None = None) -> Catalog:
    """As `read_ddl`, with foreign keys as written: the parent may be in another file, and REFERENCES without columns
    leaves `ref_columns` empty. Merge the files, then `resolve_keys`.
    """
    lines = (f"{line}\n" for line in text.split("\n"))
    read = read_definitions("".join(ddl_lines(lines)), dialect=dialect, source=source)
    replay = Replay(dialect, None if known is None else lambda: known)
    catalog = replay.apply_all(read.changes).catalog()
    return evolve(catalog, notes=(*read.notes, *catalog.notes))


def read_definitions(text: str, *, dialect: str, source: str) -> Definitions:
    """What a text that went through `ddl_lines` defines, not yet applied to anything."""
    changes: list[Change] = []
    notes: list[str] = []
    for pieces in _without_routines(statements(text, dialect)):
        for part in _parts(pieces):
            first = next(piece for piece in part if piece.kind != "comment")
            if first.text.upper() not in _BEGINS:
                continue
            place = f"{source}:{first.line + 1}"
            try:
                changes += read_statement(Statement(part, text, place, dialect))
            except NotUnderstood as error:
                notes.append(f"{place}: statement skipped, {error}.")
    return Definitions(tuple(changes), tuple(notes))


def _without_routines(found: Iterable[Sequence[Piece]]) -> Iterator[Sequence[Piece]]:
    """The statements without those in the body of a procedure or trigger that is no string: they run another day."""
    depth = 0
    for statement in found:
        words = [piece.text.upper() for piece in statement if piece.kind == "code"]
        first = next(piece for piece in statement if piece.kind != "comment")
        if depth == 0 or (first.start == first.line_start and words[:1] == ["CREATE"]):
            depth = 0
            if not (words[:1] in (["CREATE"], ["ALTER"]) and _ROUTINES & set(words[1:8])):
                yield statement
                continue
        for word, following in zip(words, (*words[1:], ""), strict=True):
            depth += word in ("BEGIN", "CASE") and not following.startswith("TRAN")
            depth -= word == "END"
        depth = max(depth, 0)


def _parts(statement: Sequence[Piece]) -> Iterator[Sequence[Piece]]:
    """The statement, cut where a line begins another one: T-SQL needs no semicolons."""
    begin = depth = 0
    line = -1
    for place, piece in enumerate(statement):
        if piece.kind == "comment":
            continue
        depth += (piece.text == "(") - (piece.text == ")")
        if (
            depth == 0
            and line >= 0
            and piece.line > line
            and piece.text.upper() in _BEGINS
            and _continues(statement, place)
        ):
            cut = place
            while statement[cut - 1].kind == "comment" and statement[cut - 1].line > line:
                cut -= 1
            yield statement[begin:cut]
            begin = cut
        line = piece.line
    yield statement[begin:]


def _continues(statement: Sequence[Piece], place: int) -> bool:
    following = statement[place + 1].text.upper() if place + 1 < len(statement) else ""
    return following in _BEGINS_WITHOUT_SEMICOLON or statement[place].text.upper().startswith("EXEC")
