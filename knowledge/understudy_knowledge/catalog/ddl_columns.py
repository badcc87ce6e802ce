"""The entries between the parentheses of a CREATE TABLE: columns, keys and what is copied from elsewhere.

Goes by the few words that all dialects share, so that whatever else a vendor wrote behind a column does no harm.
"""

import re

from attrs import define, field, frozen

from understudy_knowledge.catalog.ddl_changes import Name
from understudy_knowledge.catalog.ddl_reader import Reader
from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.catalog.model import Column, ForeignKey, Value

_ENDS_TYPE = frozenset(
    """NOT NULL DEFAULT PRIMARY UNIQUE CHECK REFERENCES CONSTRAINT COLLATE GENERATED AS IDENTITY AUTO_INCREMENT
    AUTOINCREMENT COMMENT ON CHARSET ENCODE DISTKEY SORTKEY OPTIONS STORED VIRTUAL PERSISTED INVISIBLE VISIBLE SPARSE
    ROWGUIDCOL MASKED MASKING STORAGE COMPRESSION COMPRESS USING HIDDEN DEFERRABLE TAG FIRST AFTER KEY ENABLE PROJECTION
    FORMAT""".split()
)
_ENDS_TYPE_STARTS = ("DEFAULT=", "IDENTITY(")
_BRACKETED = re.compile(r"\[([A-Za-z_]\w*)\]")
_LISTS_VALUES = re.compile(r"(?:ENUM|SET)\s*\((.*)\)", re.IGNORECASE | re.DOTALL)
_MOST_VALUES = 100


@frozen
class ColumnEntry:
    """A column, and the key it is by itself: REFERENCES behind it."""

    column: Column
    key: ForeignKey | None = None


@define
class Entries:
    """What the parentheses held."""

    columns: list[Column] = field(factory=list)
    primary_key: tuple[str, ...] = ()
    foreign_keys: list[ForeignKey] = field(factory=list)
    like: list[Name] = field(factory=list)


def read_entries(body: Reader) -> Entries:
    """Everything of a table's body. An entry that is neither a column nor a key it knows is passed over."""
    found = Entries()
    for item in body.items():
        read_entry(item, found)
    return found


def read_entry(item: Reader, found: Entries) -> None:
    """One entry, added to what was found so far."""
    if item.take("CONSTRAINT") and not _is_constraint(item):
        item.column()
    if item.take("PRIMARY", "KEY"):
        found.primary_key = _listed(item)
    elif item.take("FOREIGN", "KEY"):
        if (key := _foreign_key(item)) is not None:
            found.foreign_keys.append(key)
    elif item.word() == "LIKE" and item.word(1) != "(":
        item.take("LIKE")
        if (name := item.name()) is not None:
            found.like.append(name)
    elif not _is_constraint(item) and (entry := read_column(item)) is not None:
        found.columns.append(entry.column)
        if entry.key is not None:
            found.foreign_keys.append(entry.key)


def read_column(item: Reader) -> ColumnEntry | None:
    """A column's definition: its name, its type, then constraints in any order. None where there is no name."""
    name = item.column()
    if not name:
        return None
    declared = read_type(item)
    required = key = False
    comment = ""
    reference: ForeignKey | None = None
    values: tuple[Value, ...] = enum_values(declared)
    while item:
        if item.take("NOT", "NULL"):
            required = True
        elif item.take("PRIMARY", "KEY"):
            key = True
        elif item.take("REFERENCES"):
            reference = _references((name,), item)
        elif item.take("COMMENT"):
            comment = item.string() or comment
        elif item.take("OPTIONS"):
            comment = option(item.group(), "DESCRIPTION") or comment
        elif item.take("CHECK"):
            values = values or _checked_values(item.group(), name)
        elif item.take("DEFAULT"):
            item.skip()
        else:
            item.skip()
    column = Column(
        name,
        declared,
        nullable=not required and not key,
        primary_key=key,
        samples=values,
        comment=comment,
        family=family_of(declared, name),
    )
    return ColumnEntry(column, reference)


def read_type(item: Reader) -> str:
    """The type as written, up to the first word that begins a constraint; empty where there is none."""
    begin = item.at
    while (piece := item.piece) is not None:
        word = item.word()
        if item.at > begin and word == "CHARACTER" and item.word(1) == "SET":
            break
        if word == "WITH" and item.word(1) not in ("TIME", "LOCAL"):
            break
        if (
            word in _ENDS_TYPE
            or word.startswith(_ENDS_TYPE_STARTS)
            or (piece.kind == "quoted" and piece.text[0] in "'$")
        ):
            break
        item.skip()
    return _BRACKETED.sub(r"\1", item.text(begin, item.at))


def enum_values(declared: str) -> tuple[str, ...]:
    """The values that an ENUM type lists."""
    match = _LISTS_VALUES.fullmatch(declared)
    if match is None:
        return ()
    listed = re.findall(r"'((?:[^']|'')*)'", match[1])
    return tuple(value.replace("''", "'") for value in listed[:_MOST_VALUES])


def option(options: Reader | None, name: str) -> str:
    """The string that an option such as `description = "…"` has; empty where it is not among them."""
    if options is None:
        return ""
    for item in options.items():
        if item.word().rstrip("=") == name:
            item.skip()
            item.take("=")
            return item.string() or ""
    return ""


def _is_constraint(item: Reader) -> bool:
    """Whether the entry is no column. `key` and `index` are good column names too, and so are others when quoted."""
    word, following = item.word(), item.word(1)
    if word in ("PRIMARY", "FOREIGN"):
        return following == "KEY"
    if word in ("CHECK", "UNIQUE", "EXCLUDE", "PERIOD"):
        return following in ("(", "KEY", "INDEX", "USING", "FOR", "NULLS", "CLUSTERED", "NONCLUSTERED") or (
            word == "UNIQUE" and item.word(2) == "("
        )
    if word in ("FULLTEXT", "SPATIAL"):
        return following in ("KEY", "INDEX", "(") or item.word(2) == "("
    if word in ("KEY", "INDEX"):
        behind = 1 if following == "(" else 2
        inside = item.word(behind + 1)
        return item.word(behind) in ("(", "USING", "NONCLUSTERED", "CLUSTERED", "UNIQUE") and not (
            behind == 2 and inside.isdigit()
        )
    return word == "CONSTRAINT"


def _listed(item: Reader) -> tuple[str, ...]:
    while item and item.word() != "(":  # CLUSTERED, USING BTREE
        item.skip()
    return item.columns()


def _foreign_key(item: Reader) -> ForeignKey | None:
    columns = _listed(item)
    if not columns or not item.take("REFERENCES"):
        return None
    return _references(columns, item)


def _references(columns: tuple[str, ...], item: Reader) -> ForeignKey | None:
    """The key as written; `ref_columns` is empty where the text leaves them to the parent's primary key."""
    parent = item.name()
    return ForeignKey(columns, parent.path, item.columns()) if parent else None


def _checked_values(check: Reader | None, name: str) -> tuple[str, ...]:
    """The values of `CHECK (name IN ('a', 'b'))`, written just so."""
    if check is None or check.column().lower() != name.lower() or not check.take("IN"):
        return ()
    listed = check.group()
    values = [item.string() for item in listed.items()] if listed else []
    return tuple(value for value in values[:_MOST_VALUES] if value is not None)
