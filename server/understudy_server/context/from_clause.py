"""The items of a query's FROM clause, and of what takes its place in INSERT, UPDATE, DELETE and MERGE."""

from collections.abc import Sequence

from attrs import evolve, frozen

from understudy_server.context.relation_tree import Group, compares_distinct, keyword_of, text_of
from understudy_server.context.sql_lexer import Token
from understudy_server.context.sql_words import INTRODUCES, RESERVED, begins_clause

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
_BEFORE_NAME = frozenset(
    ("ONLY", "OR", "TABLE", "ROWS", "IGNORE", "LOW_PRIORITY", "IF", "EXISTS", "CONCURRENTLY")
)
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
    listed: bool = False
    """A comma introduces it."""
    target: bool = False
    """It is what INSERT, UPDATE, DELETE or MERGE changes."""


def read_from_items(core: Items, offset: int) -> list[FromItem]:
    """The relations that one query core names, in order; `offset` is the cursor, or -1 for none."""
    return _Reader(core, offset).read()


class _Reader:
    def __init__(self, core: Items, offset: int) -> None:
        self.core = core
        self.offset = offset
        self.index = 0
        self.words = [keyword_of(item) for item in core]

    def read(self) -> list[FromItem]:
        items: list[FromItem] = []
        statement = self._word(0)
        changes = statement not in ("SELECT", "FROM")
        expecting = listing = lateral = natural = target = listed = condition = False
        while self.index < len(self.core):
            word = self.words[self.index]
            if not expecting and (word not in INTRODUCES if word else self._text(self.index) != ","):
                # What follows a relation is neither its alias nor another one: a keyword is missing before it.
                listing = listing and (condition or not self._is_operand(word))
                self.index += 1
                continue
            word = "" if self._is_qualified(self.index) else word
            if word in ("FROM", "JOIN", "APPLY", "STRAIGHT_JOIN") and not (
                word == "FROM" and compares_distinct(self.core, self.index)
            ):
                expecting = listing = True
                listed = condition = False
                lateral = word == "APPLY"
                natural = word == "JOIN" and "NATURAL" in (self._word(self.index - n) for n in range(1, 4))
                target = word == "FROM" and statement == "DELETE" and not items
            elif (
                changes
                and word == "INTO"
                and statement in ("INSERT", "REPLACE", "MERGE", "INTO")
                and not items
            ) or (word in ("UPDATE", "MERGE") and self.index == 0):
                expecting, listing, target = True, word == "UPDATE", True
            elif (changes and self._names_altered(statement, word)) or (
                word == "OVERWRITE" and statement == "INSERT"
            ):
                expecting, target = True, True
            elif word == "LATERAL" and listing:
                if self._word(self.index + 1) == "VIEW":
                    items += self._lateral_view()
                    expecting = False
                    continue
                expecting = lateral = True
            elif word == "USING":
                # MERGE INTO t USING s and DELETE FROM t USING s name relations, JOIN t USING (c) columns.
                if (
                    statement in ("MERGE", "DELETE") or not isinstance(self._at(self.index + 1), Group)
                ) and not (items and isinstance(self._at(self.index + 1), Group) and len(items) > 1):
                    expecting, listing, target = True, statement == "DELETE", False
                else:
                    expecting, condition = False, True
                    if items and isinstance(merged := self._at(self.index + 1), Group):
                        items[-1] = evolve(items[-1], using=_names(merged))
            elif begins_clause(word, self._word(self.index + 1)):
                expecting = listing = False
            elif word == "ON":
                expecting, condition = False, True
            elif listing and self._text(self.index) == ",":
                expecting, lateral, natural, listed, condition = True, False, False, True, False
            elif expecting and word not in _BEFORE_NAME:
                read = [] if target and isinstance(self._at(self.index), Group) else self._item(lateral)
                if read:
                    if natural or target or listed:
                        read = [evolve(item, natural=natural, target=target, listed=listed) for item in read]
                    items += read
                    expecting = lateral = natural = target = False
                    continue
                expecting = expecting and word in RESERVED
            self.index += 1
        return items

    # --- one item ------------------------------------------------------------------------------------------------

    def _item(self, lateral: bool) -> list[FromItem]:
        """The item at the index, with the index moved behind it; nothing where none begins."""
        first = self._at(self.index)
        if isinstance(first, Group):
            return self._group(first, lateral)
        if first is None or not (name := _relation_name(first)) or first.keyword in RESERVED:
            return []
        path, last = [name], first
        self.index += 1
        if name == "#" and isinstance(named := self._at(self.index), Token):
            path, last = ["#" + named.text], named
            self.index += 1
        while self._text(self.index) == ".":
            following = self._at(self.index + 1)
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
        call = isinstance(self._at(self.index), Group) and self._word(0) not in ("INSERT", "REPLACE")
        self.index += call
        item = FromItem(
            tuple(path),
            None,
            call=call,
            lateral=lateral,
            partial=last.end == self.offset,
            start=first.start,
            end=last.end,
        )
        return [self._finish(item)]

    def _group(self, group: Group, lateral: bool) -> list[FromItem]:
        self.index += 1
        if group.is_query or not group.items:
            return [
                self._finish(FromItem((), group, lateral=lateral, start=group.start - 1, end=group.end + 1))
            ]
        inner = read_from_items([_FROM, *group.items], self.offset)
        item = self._finish(FromItem((), group, lateral=lateral, start=group.start - 1, end=group.end + 1))
        return [item] if item.alias else inner

    def _finish(self, item: FromItem) -> FromItem:
        """The item with its alias and what else stands behind it."""
        self._skip_modifiers()
        item = self._alias(item)
        self._skip_modifiers()
        while self._word(self.index) in _PIVOTS:
            self.index += 1
            while self._word(self.index) in ("INCLUDE", "EXCLUDE", "NULLS"):
                self.index += 1
            if not isinstance(self._at(self.index), Group):
                break
            self.index += 1
            item = self._alias(evolve(item, pivoted=True))
        return item

    def _alias(self, item: FromItem) -> FromItem:
        at = self.index
        stated = self._word(at) == "AS"
        at += stated
        alias = self._at(at)
        if not isinstance(alias, Token) or not alias.name or not self._is_alias(alias, at, stated, item):
            if stated and isinstance(alias, Group):  # AS (a INT, b TEXT): columns without a name
                self.index = at + 1
                return evolve(item, columns=_columns(alias), end=alias.end + 1)
            self.index += stated
            return item
        gap = not stated and item.end <= self.offset <= alias.start
        listed = self._at(at + 1)
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
            not stated and alias.keyword in _MODIFIERS and isinstance(self._at(at + 1), Group)
        ):
            return False
        if stated:
            return True
        if self._word(0) in ("ALTER", "CREATE"):
            return False
        following = self._at(at + 1)
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
            word, after = self._word(self.index), self._word(self.index + 1)
            if word in _MODIFIERS and isinstance(self._at(self.index + 1), Group):
                self.index += 2
            elif word in ("TABLESAMPLE", "SAMPLE", "REPEATABLE", "SEED"):
                self.index += 2 + isinstance(self._at(self.index + 2), Group)
            elif word == "FOR" and after in ("SYSTEM_TIME", "VERSION", "TIMESTAMP", "SYSTEM_VERSION"):
                self._skip_until_clause()
            elif word == "WITH" and after in ("ORDINALITY", "OFFSET"):
                self.index += 2
                if after == "OFFSET":
                    self._skip_offset_alias()
                    return
            elif word in _HINTS and after in ("INDEX", "KEY", "INDEXED", "BY"):
                self.index += 2 + (after == "BY" or isinstance(self._at(self.index + 2), Group))
            else:
                return

    def _skip_offset_alias(self) -> None:
        self.index += self._word(self.index) == "AS"
        named = self._at(self.index)
        self.index += isinstance(named, Token) and bool(named.name) and named.keyword not in RESERVED

    def _skip_until_clause(self) -> None:
        """Behind FOR SYSTEM_TIME AS OF expression; an alias may follow, so this stops behind one operand."""
        self.index += 2
        while self._word(self.index) in ("AS", "OF", "TIMESTAMP", "BETWEEN", "AND", "FROM", "TO"):
            self.index += 1
        self.index += 1
        while isinstance(self._at(self.index), Group):
            self.index += 1

    def _stage(self, last: Token) -> Token:
        """Behind the path of a stage, as in @stage/folder/file.csv."""
        while (
            isinstance(piece := self._at(self.index), Token) and piece.start == last.end and piece.text != ","
        ):
            last = piece
            self.index += 1
        return last

    def _lateral_view(self) -> list[FromItem]:
        """LATERAL VIEW [OUTER] function(...) name [AS] column, column."""
        self.index += 2
        self.index += self._word(self.index) == "OUTER"
        start = piece.start if (piece := self._at(self.index)) is not None else 0
        while self.index < len(self.core) and not isinstance(self._at(self.index), Group):
            self.index += 1
        self.index += 1
        name, columns = "", []
        named = self._at(self.index)
        if isinstance(named, Token) and named.name and named.keyword not in RESERVED:
            name = named.name
            self.index += 1
        if self._word(self.index) == "AS":
            self.index += 1
            while isinstance(column := self._at(self.index), Token) and column.name:
                columns.append(column.name)
                self.index += 1
                if self._text(self.index) != ",":
                    break
                self.index += 1
        if not name:
            return []
        return [FromItem(("",), None, name, tuple(columns) or None, call=True, lateral=True, start=start)]

    def _names_altered(self, statement: str, word: str) -> bool:
        """Whether the word introduces the table that ALTER TABLE or CREATE INDEX is about."""
        if statement == "ALTER":
            return word == "TABLE" and self.index == 1
        return statement == "CREATE" and word == "ON" and "INDEX" in self.words[1:4]

    def _is_operand(self, word: str) -> bool:
        item = self._at(self.index)
        return isinstance(item, Token) and word not in RESERVED and item.kind != "punctuation"

    # --- looking at tokens ---------------------------------------------------------------------------------------

    def _at(self, index: int) -> Token | Group | None:
        return self.core[index] if 0 <= index < len(self.core) else None

    def _word(self, index: int) -> str:
        return self.words[index] if 0 <= index < len(self.words) else ""

    def _text(self, index: int) -> str:
        return text_of(self._at(index))

    def _is_qualified(self, index: int) -> bool:
        """Whether the word is a name behind a dot; a keyword that the cursor or a space parts from its dot is none."""
        before, here = self._at(index - 1), self._at(index)
        if not isinstance(before, Token) or before.text != "." or not isinstance(here, Token):
            return False
        return here.start == before.end != self.offset


_FROM = Token("word", -1, -1, "FROM")


def _relation_name(token: Token) -> str:
    """What a token names where a relation is expected: also a variable, a file in quotes, or T-SQL's `#`."""
    if token.kind == "parameter":
        return token.text if token.text[0] in "@$" else ""
    if token.kind == "string":
        # A file; other strings are what IS DISTINCT FROM compares with while it is typed.
        return token.text.strip("'") if "." in token.text or "/" in token.text else ""
    return token.name or (token.text if token.text == "#" else "")


def _half_typed(word: str) -> bool:
    return len(word) > 1 and any(clause.startswith(word) for clause in RESERVED)


def _names(group: Group) -> tuple[str, ...]:
    return tuple(item.name for item in group.items if isinstance(item, Token) and item.name)


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
