"""The items of a FROM clause as they were meant, where a keyword is missing at the cursor or half typed."""

from collections.abc import Container, Sequence
from functools import cached_property

from attrs import evolve

from understudy_knowledge.catalog import Table
from understudy_server.context.sql.data_files import file_table, is_file
from understudy_server.context.sql.from_clause import read_from_items
from understudy_server.context.sql.from_item import FromItem, Items
from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.relation_tree import text_of
from understudy_server.context.tables import Tables


class WrittenItems:
    """Reads the items of one statement; `tokens` are all of it, `offset` is the cursor, or -1 for none."""

    def __init__(self, tokens: Sequence[Token], offset: int, tables: Tables | None) -> None:
        self._tokens = tokens
        self._offset = offset
        self._tables = tables

    def of(self, core: Items) -> list[FromItem]:
        """The relations that one query core names, in order; what only tests rows stands among them in its condition alone."""
        items = read_from_items(core, self._offset)
        return self._decided(
            [item for item in items if not item.tests_until or item.start <= self._offset <= item.tests_until]
        )

    def table(self, item: FromItem) -> Table | None:
        """The table of the path as written, or of a data file; BigQuery's may stand in one pair of quotes with its dots."""
        if self._tables is None or item.group is not None or not item.path[0]:
            return None
        if len(item.path) == 1 and is_file(item.path[0]):
            return file_table(item.path[0], self._tables)
        return self._tables.table(".".join(item.path))

    @cached_property
    def _qualifiers(self) -> set[str]:
        """Lower-case names that stand before a dot somewhere in the statement."""
        return {
            name.name.lower()
            for name, dot in zip(self._tokens, self._tokens[1:], strict=False)
            if dot.text == "." and name.name
        }

    def _decided(self, items: list[FromItem]) -> list[FromItem]:
        """The items without what only looks like an alias, because a keyword before it is missing or half typed."""
        decided: list[FromItem] = []
        missing = False
        for item in _without_alias_targets(items):
            if item.listed and missing:
                continue  # what the comma parts is no longer a list of relations
            decided.append(self._without_false_alias(item))
            missing = item.doubtful and not decided[-1].alias
        return decided

    def _without_false_alias(self, item: FromItem) -> FromItem:
        if not (item.doubtful or item.unfinished or item.hinted):
            return item
        table = self.table(item)
        lists_own = bool(table and item.columns and all(table.column(name) for name in item.columns))
        if item.hinted and lists_own:  # USING is missing
            return evolve(item, columns=None)
        if item.alias.lower() in self._qualifiers or item.hinted:
            return item
        false = item.unfinished or lists_own or (table is not None and table.column(item.alias) is not None)
        false = false or self.table(FromItem((item.alias,))) is not None
        return evolve(item, alias="", columns=None) if false else item

    def with_from(self, core: Items, ctes: Container[str]) -> Items:
        """The branch with FROM put in at the cursor, where it has none and a relation's name stands behind the cursor."""
        words = [item.keyword for item in core]
        if "SELECT" not in words[:3] or "FROM" in words:
            return core
        at = next((index for index, item in enumerate(core) if item.start >= self._offset), len(core))
        first = core[at] if at < len(core) else None
        if not isinstance(first, Token) or not first.name or text_of(core[at - 1]) in (",", "."):
            return core
        known = first.name.lower() in ctes or self.table(FromItem((first.name,))) is not None
        put_in = Token("word", self._offset, self._offset, "FROM", "FROM")
        return [*core[:at], put_in, *core[at:]] if known else core


def _without_alias_targets(items: list[FromItem]) -> list[FromItem]:
    """`UPDATE o SET ... FROM orders o` and `DELETE FROM o USING orders o` name their target by an alias given later."""
    later = {item.alias.lower() for item in items[1:] if item.alias}
    if (
        items
        and items[0].target
        and not items[0].alias
        and items[0].path
        and items[0].path[-1].lower() in later
    ):
        return items[1:]
    return items
