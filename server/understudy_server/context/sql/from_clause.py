"""The items of a query's FROM clause, and of what takes its place in INSERT, UPDATE, DELETE and MERGE."""

from sys import maxsize

from attrs import evolve

from understudy_server.context.sql.from_item import FromItem, ItemReader, Items
from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.relation_tree import Group, compares_distinct
from understudy_server.context.sql.words import INTRODUCES, RESERVED, begins_clause

_BEFORE_NAME = frozenset(
    ("ONLY", "OR", "TABLE", "ROWS", "IGNORE", "LOW_PRIORITY", "IF", "EXISTS", "CONCURRENTLY")
)
_OPENS = frozenset(("FROM", "JOIN", "APPLY", "STRAIGHT_JOIN"))
# What may stand before JOIN and says how it joins.
_KINDS = frozenset("NATURAL LEFT RIGHT FULL INNER OUTER CROSS SEMI ANTI ASOF POSITIONAL GLOBAL ANY".split())
_FROM = Token("word", -1, -1, "FROM", "FROM")


def read_from_items(core: Items, offset: int) -> list[FromItem]:
    """The relations that one query core names, in order; `offset` is the cursor, or -1 for none."""
    return _Walk(ItemReader(core, offset)).read()


class _Walk:
    """From word to word: which of them say that relations follow, and which that they end."""

    def __init__(self, reader: ItemReader) -> None:
        self.reader = reader
        self.items: list[FromItem] = []
        self.statement = reader.word(0)
        self.expecting = False
        """A relation's name is to follow."""
        self.listing = False
        """A comma makes another one follow."""
        self.condition = False
        """This is the condition of a join: its operands end no list."""
        self.lateral = self.natural = self.target = self.listed = False
        """What is known of the next item."""
        self.testing = False
        """The next item, or the last where a condition follows it, only tests the rows of those before."""

    def read(self) -> list[FromItem]:
        reader = self.reader
        core, words = reader.core, reader.words
        while reader.index < len(core):
            word = words[reader.index]
            if not self.expecting and (
                word not in INTRODUCES if word else not self.listing or core[reader.index].text != ","
            ):
                # What follows a relation is neither its alias nor another one: a keyword is missing before it.
                if self.listing and not self.condition:
                    self.listing = not self._is_operand(word)
                reader.index += 1
            elif not self._read("" if self._is_qualified() else word):
                reader.index += 1
        self._end_test(maxsize)
        return self.items

    def _read(self, word: str) -> bool:
        """Take note of the word; whether the index was moved behind it."""
        following = self.reader.word(self.reader.index + 1)
        if word in _OPENS and not compares_distinct(self.reader.core, self.reader.index):
            kinds = self._kinds() if word == "JOIN" else set()
            self._end_test(self.reader.core[self.reader.index].start)
            self.testing = not kinds.isdisjoint(("SEMI", "ANTI")) and "RIGHT" not in kinds
            self.expecting = self.listing = True
            self.listed = self.condition = False
            self.lateral = word == "APPLY"
            self.natural = "NATURAL" in kinds
            self.target = word == "FROM" and self.statement == "DELETE" and not self.items
        elif self._names_target(word):
            self.expecting = self.target = True
            self.listing = word == "UPDATE"
        elif word == "LATERAL" and self.listing:
            if following == "VIEW":
                view = self.reader.lateral_view()
                self.items += [view] if view else []
                self.expecting = False
                return True
            self.expecting = self.lateral = True
        elif word == "USING":
            self._read_using()
        elif begins_clause(word, following):
            self.expecting = self.listing = False
            self._end_test(self.reader.core[self.reader.index].start)
        elif word == "ON":
            self.expecting, self.condition = False, True
        elif self.listing and self.reader.text(self.reader.index) == ",":
            self.expecting = self.listed = True
            self._end_test(self.reader.core[self.reader.index].start)
            self.lateral = self.natural = self.condition = False
        elif self.expecting and word not in _BEFORE_NAME:
            return self._read_item(word)
        return False

    def _read_item(self, word: str) -> bool:
        is_list = self.target and isinstance(self.reader.at(self.reader.index), Group)
        item = None if is_list else self.reader.item(self.lateral)
        if item is None:
            self.expecting = word in RESERVED
            return False
        if self.natural or self.target or self.listed:
            item = evolve(item, natural=self.natural, target=self.target, listed=self.listed)
        self.items += self._joined_in(item)
        self.expecting = self.lateral = self.natural = self.target = False
        return True

    def _kinds(self) -> set[str]:
        """The words right before JOIN that say how it joins."""
        begin = self.reader.index
        while self.reader.word(begin - 1) in _KINDS:
            begin -= 1
        return set(self.reader.words[begin : self.reader.index])

    def _end_test(self, until: int) -> None:
        """What was joined to test rows is no longer visible."""
        if self.testing and not self.expecting and self.items:
            self.items[-1] = evolve(self.items[-1], tests_until=until)
        self.testing = False

    def _read_using(self) -> None:
        """MERGE INTO t USING s and DELETE FROM t USING s name relations, JOIN t USING (c) columns."""
        merged = self.reader.at(self.reader.index + 1)
        changes = self.statement in ("MERGE", "DELETE") and len(self.items) < 2
        if changes or not isinstance(merged, Group):
            self.expecting, self.listing, self.target = True, self.statement == "DELETE", False
            return
        self.expecting, self.condition = False, True
        if self.items:
            self.items[-1] = evolve(self.items[-1], using=_names(merged))

    def _names_target(self, word: str) -> bool:
        """Whether the word introduces the table that the statement changes, or that its index is of."""
        if word == "INTO":
            return self.statement in ("INSERT", "REPLACE", "MERGE", "INTO") and not self.items
        if word in ("UPDATE", "MERGE"):
            return self.reader.index == 0
        if self.statement == "ALTER":
            return word == "TABLE" and self.reader.index == 1
        if self.statement == "CREATE":
            return word == "ON" and "INDEX" in self.reader.words[1:4]
        return word == "OVERWRITE" and self.statement == "INSERT"

    def _joined_in(self, item: FromItem) -> list[FromItem]:
        """The item, or those that parentheses around joined relations hold."""
        group = item.group
        if group is None or group.is_query or not group.items or item.alias:
            return [item]
        return read_from_items([_FROM, *group.items], self.reader.offset)

    def _is_operand(self, word: str) -> bool:
        item = self.reader.at(self.reader.index)
        return isinstance(item, Token) and word not in RESERVED and item.kind != "punctuation"

    def _is_qualified(self) -> bool:
        """Whether the word at the index is a name behind a dot; a keyword that the cursor or a space parts from its dot is none."""
        index = self.reader.index
        before, here = self.reader.at(index - 1), self.reader.at(index)
        if not isinstance(before, Token) or before.text != "." or not isinstance(here, Token):
            return False
        return here.start == before.end != self.reader.offset


def _names(group: Group) -> tuple[str, ...]:
    return tuple(item.name for item in group.items if isinstance(item, Token) and item.name)
