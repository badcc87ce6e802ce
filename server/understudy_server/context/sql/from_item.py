"""One item of a FROM clause as written: its name or parenthesis, its alias, and what may stand around them."""

from collections.abc import Sequence

from attrs import evolve, frozen

from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.relation_tree import Group, keyword_of, text_of
from understudy_server.context.sql.words import RESERVED, begins_clause

Items = Sequence[Token | Group]
# A word that one of these follows is an operand, not an alias: the keyword between was not written, or is being.
_OPERATORS = frozenset(
    ("=", "<", ">", "<=", ">=", "<>", "!=", ".", "+", "-", "/", "||", "::", "->", "->>", "%", "*")
)
_OPERATOR_WORDS = frozenset(
    ("IN", "IS", "LIKE", "ILIKE", "BETWEEN", "DESC", "ASC", "GLOB", "REGEXP", "RLIKE", "SIMILAR")
)
# What may stand between a relation and its alias, or behind both, with a parenthesis of its own.
_MODIFIERS = frozenset(
    ("TABLESAMPLE", "SAMPLE", "PARTITION", "AT", "BEFORE", "CHANGES", "MATCH_RECOGNIZE", "WITH")
)
_PIVOTS = frozenset(("PIVOT", "UNPIVOT"))

_TABLE_HINTS = frozenset(
    ("NOLOCK", "READPAST", "UPDLOCK", "ROWLOCK", "TABLOCK", "HOLDLOCK", "READUNCOMMITTED")
)
_HINTS = frozenset(("USE", "FORCE", "IGNORE", "INDEXED", "NOT", "FINAL"))


@frozen
class FromItem:
    """One relation as written: a dotted path, or a parenthesis; `alias` is empty when there is none."""

    path: tuple[str, ...] = ()
    group: Group | None = None
    alias: str = ""
    columns: tuple[str, ...] | None = None
    """The columns that an alias list gives, as in `AS t(a, b)`."""
    call: bool = False
    arguments: Group | None = None
    """Those of a call."""
    lateral: bool = False
    partial: bool = False
    """The cursor touches the name: it may not be finished."""
    doubtful: bool = False
    """Nothing but the cursor stands between the name and the alias: a word that was to follow may be missing."""
    hinted: bool = False
    """Nothing but the cursor stands between the alias and its column list: it may be another list."""
    unfinished: bool = False
    """The alias ends at the cursor and may become a keyword."""
    pivoted: bool = False
    start: int = 0
    end: int = 0
    using: tuple[str, ...] = ()
    """Columns that its join merges with those of the items before."""
    natural: bool = False
    tests_until: int = 0
    """Offset up to which it is visible: behind SEMI and ANTI JOIN it only tests the rows. 0 where nothing bounds it."""
    listed: bool = False
    """A comma introduces it."""
    target: bool = False
    """It is what INSERT, UPDATE, DELETE or MERGE changes."""


class ItemReader:
    """Reads items from a query's tokens; `index` is where it stands. `offset` is the cursor, or -1 for none."""

    def __init__(self, core: Items, offset: int) -> None:
        self.core = core
        self.offset = offset
        self.index = 0
        self.words = [item.keyword for item in core]

    def at(self, index: int) -> Token | Group | None:
        """What stands there, None beyond the borders."""
        return self.core[index] if 0 <= index < len(self.core) else None

    def word(self, index: int) -> str:
        """The bare word there in upper case, else empty."""
        return self.words[index] if 0 <= index < len(self.words) else ""

    def text(self, index: int) -> str:
        """The token there as it is written, empty for a group."""
        return text_of(self.at(index))

    def item(self, lateral: bool) -> FromItem | None:
        """The item at the index, with the index moved behind it; None where none begins."""
        first = self.at(self.index)
        if isinstance(first, Group):
            return self._group(first, lateral)
        if first is None or not (name := _relation_name(first)) or first.keyword in RESERVED:
            return None
        path, last = [name], first
        self.index += 1
        while self.text(self.index) == ".":
            following = self.at(self.index + 1)
            if isinstance(following, Token) and following.text == ".":  # database..table
                self.index += 1
                continue
            if not isinstance(following, Token) or not following.name:
                self.index += 1
                break
            if following.keyword in RESERVED and following.start > last.end + 1:
                self.index += 1
                break
            path.append(following.name)
            last = following
            self.index += 2
        if first.kind == "parameter":
            last = self._stage(last)
        arguments = self.at(self.index)
        if not isinstance(arguments, Group) or self.word(0) in ("INSERT", "REPLACE"):
            arguments = None
        self.index += arguments is not None
        item = FromItem(
            tuple(path),
            None,
            call=arguments is not None,
            arguments=arguments,
            lateral=lateral,
            partial=last.end == self.offset,
            start=first.start,
            end=last.end,
        )
        return self._finish(item)

    def _group(self, group: Group, lateral: bool) -> FromItem:
        self.index += 1
        return self._finish(FromItem((), group, lateral=lateral, start=group.start - 1, end=group.end + 1))

    def _finish(self, item: FromItem) -> FromItem:
        """The item with its alias and what else stands behind it."""
        self._skip_modifiers()
        item = self._alias(item)
        self._skip_modifiers()
        while self.word(self.index) in _PIVOTS:
            self.index += 1
            while self.word(self.index) in ("INCLUDE", "EXCLUDE", "NULLS"):
                self.index += 1
            if not isinstance(self.at(self.index), Group):
                break
            self.index += 1
            item = self._alias(evolve(item, pivoted=True))
        return item

    def _alias(self, item: FromItem) -> FromItem:
        at = self.index
        stated = self.word(at) == "AS"
        at += stated
        alias = self.at(at)
        if not isinstance(alias, Token) or not alias.name or not self._is_alias(alias, at, stated, item):
            if stated and isinstance(alias, Group):  # AS (a INT, b TEXT): columns without a name
                self.index = at + 1
                return evolve(item, columns=_columns(alias), end=alias.end + 1)
            self.index += stated
            return item
        gap = not stated and item.end <= self.offset <= alias.start
        listed = self.at(at + 1)
        self.index = at + 1
        if isinstance(listed, Group) and not listed.is_query and not (gap and not _is_name_list(listed)):
            self.index += 1
            columns = _columns(listed)
            if columns and {column.upper() for column in columns} <= _TABLE_HINTS:
                columns = None
            hinted = alias.end <= self.offset < listed.start
            return evolve(
                item, alias=alias.name, columns=columns, doubtful=gap, hinted=hinted, end=listed.end + 1
            )
        # `FROM orders whe⎸` is no alias but a keyword half typed.
        half_typed = not stated and alias.end == self.offset and _half_typed(alias.keyword)
        return evolve(item, alias=alias.name, doubtful=gap, unfinished=half_typed, end=alias.end)

    def _is_alias(self, alias: Token, at: int, stated: bool, item: FromItem) -> bool:
        if alias.keyword in RESERVED or (
            not stated and alias.keyword in _MODIFIERS and isinstance(self.at(at + 1), Group)
        ):
            return False
        if stated:
            return True
        if self.word(0) in ("ALTER", "CREATE"):
            return False
        following = self.at(at + 1)
        if isinstance(following, Group):
            return not item.end <= self.offset <= alias.start or _is_name_list(following)
        if begins_clause(alias.keyword, keyword_of(following)):
            return False
        return not (
            isinstance(following, Token)
            and (following.text in _OPERATORS or following.keyword in _OPERATOR_WORDS)
        )

    def _skip_modifiers(self) -> None:
        while True:
            word, after = self.word(self.index), self.word(self.index + 1)
            if word in _MODIFIERS and isinstance(self.at(self.index + 1), Group):
                self.index += 2
            elif word in ("TABLESAMPLE", "SAMPLE", "REPEATABLE", "SEED"):
                self.index += 2 + isinstance(self.at(self.index + 2), Group)
            elif word == "FOR" and after in ("SYSTEM_TIME", "VERSION", "TIMESTAMP", "SYSTEM_VERSION"):
                self._skip_until_clause()
            elif word == "WITH" and after in ("ORDINALITY", "OFFSET"):
                self.index += 2
                if after == "OFFSET":
                    self._skip_offset_alias()
                    return
            elif word in _HINTS and after in ("INDEX", "KEY", "INDEXED", "BY"):
                self.index += 2 + (after == "BY" or isinstance(self.at(self.index + 2), Group))
            else:
                return

    def _skip_offset_alias(self) -> None:
        self.index += self.word(self.index) == "AS"
        named = self.at(self.index)
        self.index += isinstance(named, Token) and bool(named.name) and named.keyword not in RESERVED

    def _skip_until_clause(self) -> None:
        """Behind FOR SYSTEM_TIME AS OF expression; an alias may follow, so this stops behind one operand."""
        self.index += 2
        while self.word(self.index) in ("AS", "OF", "TIMESTAMP", "BETWEEN", "AND", "FROM", "TO"):
            self.index += 1
        self.index += 1
        while isinstance(self.at(self.index), Group):
            self.index += 1

    def _stage(self, last: Token) -> Token:
        """Behind the path of a stage, as in @stage/folder/file.csv."""
        while (
            isinstance(piece := self.at(self.index), Token) and piece.start == last.end and piece.text != ","
        ):
            last = piece
            self.index += 1
        return last

    def lateral_view(self) -> FromItem | None:
        """LATERAL VIEW [OUTER] function(...) name [AS] column, column; None without a name."""
        self.index += 2
        self.index += self.word(self.index) == "OUTER"
        start = piece.start if (piece := self.at(self.index)) is not None else 0
        while self.index < len(self.core) and not isinstance(self.at(self.index), Group):
            self.index += 1
        self.index += 1
        name, columns = "", []
        named = self.at(self.index)
        if isinstance(named, Token) and named.name and named.keyword not in RESERVED:
            name = named.name
            self.index += 1
        if self.word(self.index) == "AS":
            self.index += 1
            while isinstance(column := self.at(self.index), Token) and column.name:
                columns.append(column.name)
                self.index += 1
                if self.text(self.index) != ",":
                    break
                self.index += 1
        if not name:
            return None
        return FromItem(("",), None, name, tuple(columns) or None, call=True, lateral=True, start=start)


def _relation_name(token: Token) -> str:
    """What a token names where a relation is expected: also a variable or a file in quotes."""
    if token.kind == "parameter":
        return token.text if token.text[0] in "@$" else ""
    if token.kind == "string":
        # A file; other strings are what IS DISTINCT FROM compares with while it is typed.
        return token.text.strip("'") if "." in token.text or "/" in token.text else ""
    return token.name


def _half_typed(word: str) -> bool:
    return len(word) > 1 and any(clause.startswith(word) for clause in RESERVED)


def _is_name_list(group: Group) -> bool:
    """Whether it is (a, b, c) and nothing else."""
    return bool(group.items) and all(
        isinstance(item, Token) and ((item.text == ",") if index % 2 else bool(item.name))
        for index, item in enumerate(group.items)
    )


def _columns(group: Group) -> tuple[str, ...] | None:
    """The first word of each element, as in (a, b) and (a INT, b TEXT); None where that is no list of names."""
    names: list[str] = []
    fresh = True
    for item in group.items:
        if isinstance(item, Token) and item.text == ",":
            fresh = True
        elif fresh:
            if not isinstance(item, Token) or not item.name:
                return None
            names.append(item.name)
            fresh = False
    return tuple(names) or None
