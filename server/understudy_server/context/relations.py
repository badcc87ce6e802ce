"""Relations visible at the cursor, from tokens alone: aliases, CTEs, derived tables; works on text that does not parse."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from attrs import evolve, frozen

from understudy_knowledge.catalog import Table
from understudy_server.context.from_clause import read_from_items
from understudy_server.context.from_item import FromItem
from understudy_server.context.query_context import RelationKind, VisibleRelation
from understudy_server.context.query_parts import DML, Items, inserted_query, read_parts
from understudy_server.context.relation_tree import Group, group_at, keyword_of, nest, text_of
from understudy_server.context.select_list import all_columns, given_names, names_of, select_list
from understudy_server.context.sql_lexer import Token
from understudy_server.context.sql_words import begins_clause
from understudy_server.context.statement_in import StatementIn, statement_in
from understudy_server.context.table_functions import function_columns
from understudy_server.context.tables import Tables

Columns = tuple[str, ...] | None
Ctes = Mapping[str, tuple[str, Columns]]
"""Lower-case name -> (name as written, output columns)."""
Relations = list[VisibleRelation]
_USE_GIVEN = frozenset(("GROUP", "HAVING", "QUALIFY", "ORDER"))
_CHANGED_ROWS = {"INSERT": ("inserted",), "DELETE": ("deleted",)}


@frozen
class Scope:
    """What a cursor sees: relations, innermost query first, and the branch of the innermost query it stands in."""

    relations: tuple[VisibleRelation, ...]
    branch: Items = ()
    given: tuple[str, ...] = ()
    """The names that the query at the cursor gives its columns; of a set operation those of its first branch."""


def visible_relations(
    tokens: Sequence[Token], offset: int, catalog: Tables | None = None
) -> tuple[VisibleRelation, ...]:
    """The relations whose columns may be named at the offset, innermost query first, in the order of its FROM clause.

    `tokens` are the statement's, what follows the cursor included. CTEs that no FROM clause names are listed only where
    the query at the cursor has named no relation yet, or in its FROM clause: elsewhere their columns are not in scope.
    """
    return scope_at(statement_in(tokens, offset), offset, catalog).relations


def scope_at(part: StatementIn, offset: int, catalog: Tables | None = None) -> Scope:
    """What a cursor at the offset sees."""
    if not part.tokens:
        return Scope(())
    resolver = _Resolver(offset, catalog, part.tokens)
    outer = resolver.rows_of(part.table) if part.table else []
    top = nest(part.tokens, max(part.tokens[-1].end, offset))
    visible = resolver.visible(top, {}, outer)
    return Scope(tuple(visible), resolver.branch, resolver.given)


def output_names(tokens: Sequence[Token], catalog: Tables | None) -> Columns:
    """Names of the columns that a statement yields; None when one cannot be known."""
    return _Resolver(-1, catalog, tokens).outputs(nest(tokens, tokens[-1].end), {}) if tokens else None


class _Resolver:
    def __init__(self, offset: int, catalog: Tables | None, tokens: Sequence[Token]) -> None:
        self.offset = offset
        self.catalog = catalog
        self.tokens = tokens
        self.branch: Items = ()
        self.given: tuple[str, ...] = ()

    # --- the cursor's way down -----------------------------------------------------------------------------------

    def visible(self, group: Group, ctes: Ctes, outer: Sequence[VisibleRelation]) -> Relations:
        """What a cursor inside of the group sees."""
        if len(group.items) == 1 and isinstance(inner := group.items[0], Group) and inner.holds(self.offset):
            return self.visible(inner, ctes, outer)
        return self._query(group.items, ctes, outer)

    def _query(self, items: Items, ctes: Ctes, outer: Sequence[VisibleRelation]) -> Relations:
        parts = read_parts(items)
        known = dict(ctes)
        for cte in parts.ctes:
            if cte.body.holds(self.offset):
                if parts.recursive:
                    known[cte.name.lower()] = (cte.name, cte.columns or self.outputs(cte.body, known))
                return self.visible(cte.body, known, ())
            columns = cte.columns
            if columns is None:
                columns = self.outputs(
                    cte.body, {**known, cte.name.lower(): (cte.name, None)} if parts.recursive else known
                )
            known[cte.name.lower()] = (cte.name, columns)
        known.pop("", None)
        if parts.ctes and parts.start < self.offset < parts.body:
            self.branch = ()
            return _nameable(known, set())
        branch = parts.branch_at(self.offset)
        if parts.tail and parts.tail[0].start <= self.offset:
            nested = group_at(parts.tail, self.offset)
            if nested is not None and nested.is_query:
                return self.visible(nested, known, outer)
            read = self._decided(read_from_items(parts.branches[0], -1))
            listed = select_list(parts.branches[0])
            self.given = given_names(listed or (), self._relations(read, known), read)
            self.branch = parts.tail
            return []
        first = branch[0] if branch else None
        if isinstance(first, Group) and first.is_query and first.holds(self.offset):
            return self.visible(first, known, outer)
        if keyword_of(first) in ("INSERT", "REPLACE", "INTO"):
            return self._insert(branch, known, outer)
        return self._branch(branch, known, outer)

    def _branch(self, core: Items, ctes: Ctes, outer: Sequence[VisibleRelation]) -> Relations:
        core = self._with_from(core, ctes)
        items = self._decided(read_from_items(core, self.offset))
        nested = group_at(core, self.offset)
        if nested is not None:
            return self._inside(nested, core, items, ctes, outer)
        own = self._relations(items, ctes)
        self._remember(core, items, own)
        own += self._changed_rows(core, items)
        if keyword_of(core[0] if core else None) not in DML and (not own or _in_from(core, self.offset)):
            own += _nameable(ctes, {item.path[-1].lower() for item in items if item.path})
        return own + _not_shadowed(outer, own)

    def _inside(
        self,
        nested: Group,
        core: Items,
        items: Sequence[FromItem],
        ctes: Ctes,
        outer: Sequence[VisibleRelation],
    ) -> Relations:
        """Descend into the parenthesis at the cursor: a call goes on with this query, a subquery is one of its own."""
        while not nested.is_query:
            deeper = group_at(nested.items, self.offset)
            if deeper is None:
                empty = not nested.items and any(item.group is nested for item in items)
                if empty:  # the query of a FROM item is about to be written there
                    place = next(index for index, item in enumerate(items) if item.group is nested)
                    beside = self._relations(items[:place], ctes) if items[place].lateral else []
                    return beside + _nameable(ctes, set()) + _not_shadowed(outer, beside)
                own = self._relations(items, ctes)
                self._remember(core, items, own)
                own += self._changed_rows(core, items)
                return own + _not_shadowed(outer, own)
            nested = deeper
        place = next(
            (at for at, item in enumerate(items) if item.group is not None and _reaches(item.group, nested)),
            len(items),
        )
        if place < len(items) and not items[place].lateral:
            return self.visible(nested, ctes, ())
        own = self._relations(items[:place], ctes) + self._changed_rows(core, items)
        return self.visible(nested, ctes, own + _not_shadowed(outer, own))

    def _insert(self, core: Items, ctes: Ctes, outer: Sequence[VisibleRelation]) -> Relations:
        """The query that INSERT takes its rows from does not see the target; what stands around it does."""
        begin, end = inserted_query(core)
        if begin < end and core[begin].start <= self.offset:
            behind = core[end].start if end < len(core) else None
            if (behind is None or self.offset < behind) and not self._at_start(core, begin):
                return self._query(core[begin:end], ctes, ())
        tail = [item for item in core[end:] if item.start <= self.offset]
        rest = [*core[:begin], *core[end:]]
        relations = self._branch(rest, ctes, outer)
        words = [keyword_of(item) for item in tail] or [
            keyword_of(item) for item in core if item.end <= self.offset
        ]
        if "CONFLICT" in words and "RETURNING" not in words and relations:
            relations.insert(1, evolve(relations[0], name="excluded"))
        return relations

    def _at_start(self, core: Items, index: int) -> bool:
        """Whether the cursor stands right before the inserted query, where it may still be something else."""
        first = core[index]
        return isinstance(first, Token) and self.offset <= first.start

    def _remember(self, core: Items, items: Sequence[FromItem], relations: Relations) -> None:
        """Note the branch at the cursor, and the names it gives where a clause may use them."""
        self.branch = core
        if any(item.end <= self.offset and keyword_of(item) in _USE_GIVEN for item in core):
            self.given = given_names(select_list(core) or (), relations, items)

    # --- what a query yields -------------------------------------------------------------------------------------

    def outputs(self, group: Group, ctes: Ctes) -> Columns:
        """Names of the columns that a query yields; None when one cannot be known."""
        while len(group.items) == 1 and isinstance(inner := group.items[0], Group):
            group = inner
        parts = read_parts(group.items)
        known = dict(ctes)
        for cte in parts.ctes:
            recursive = {**known, cte.name.lower(): (cte.name, None)} if parts.recursive else known
            known[cte.name.lower()] = (cte.name, cte.columns or self.outputs(cte.body, recursive))
        branch = parts.branches[0]
        if branch and isinstance(first := branch[0], Group) and first.is_query:
            return self.outputs(first, known)
        return self._branch_outputs(branch, known)

    def _branch_outputs(self, branch: Items, ctes: Ctes) -> Columns:
        first = keyword_of(branch[0] if branch else None)
        listed = select_list(branch, "RETURNING" if first in DML else "SELECT")
        if listed is None and first != "FROM":
            return None
        items = self._decided(read_from_items(branch, -1))
        relations = self._relations(items, ctes)
        if listed is None:  # FROM t alone selects everything
            names = all_columns(relations, items)
            return None if names is None else tuple(names)
        return names_of(listed, relations, items)

    # --- relations -----------------------------------------------------------------------------------------------

    @cached_property
    def _qualifiers(self) -> set[str]:
        """Lower-case names that stand before a dot somewhere in the statement."""
        return {
            name.name.lower()
            for name, dot in zip(self.tokens, self.tokens[1:], strict=False)
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
        table = self._table(item)
        lists_own = bool(table and item.columns and all(table.column(name) for name in item.columns))
        if item.hinted and lists_own:  # USING is missing
            return evolve(item, columns=None)
        if item.alias.lower() in self._qualifiers or item.hinted:
            return item
        false = item.unfinished or lists_own or (table is not None and table.column(item.alias) is not None)
        false = false or self._table(FromItem((item.alias,))) is not None
        return evolve(item, alias="", columns=None) if false else item

    def _with_from(self, core: Items, ctes: Ctes) -> Items:
        """The branch with FROM put in at the cursor, where it has none and a relation's name stands behind the cursor."""
        words = [keyword_of(item) for item in core]
        if "SELECT" not in words[:3] or "FROM" in words:
            return core
        at = next((index for index, item in enumerate(core) if item.start >= self.offset), len(core))
        first = core[at] if at < len(core) else None
        if not isinstance(first, Token) or not first.name or text_of(core[at - 1]) in (",", "."):
            return core
        known = first.name.lower() in ctes or self._table(FromItem((first.name,))) is not None
        put_in = Token("word", self.offset, self.offset, "FROM")
        return [*core[:at], put_in, *core[at:]] if known else core

    def _relations(self, items: Sequence[FromItem], ctes: Ctes) -> Relations:
        found = (self._relation(item, ctes) for item in items)
        return [relation for relation in found if relation is not None]

    def _relation(self, item: FromItem, ctes: Ctes) -> VisibleRelation | None:
        if item.group is not None:
            if not item.alias:
                return None
            columns = None if item.pivoted or not item.group.is_query else self.outputs(item.group, ctes)
            return VisibleRelation(item.alias, None, _listed(item, columns), "subquery")
        name = item.path[-1]
        if len(item.path) == 1 and name.lower() in ctes:
            return self._named(item, name, None, ctes[name.lower()][1], "cte")
        table = self._table(item)
        if table is None and item.call:
            return self._named(item, name, None, function_columns(name, item.alias), "function")
        if table is None:
            # The name being typed right now is not yet the name of anything.
            if item.partial and not item.alias:
                return None
            return self._named(item, name.rpartition(".")[2], name, None, "table")
        columns = tuple(column.name for column in table.columns) or None
        short = self.catalog.short_path(table) if self.catalog else table.name
        return self._named(item, table_name(item.path), short, columns, "table")

    def _named(
        self, item: FromItem, name: str, table: str | None, columns: Columns, kind: RelationKind
    ) -> VisibleRelation:
        if item.pivoted:
            return VisibleRelation(item.alias or name, None, item.columns, "subquery")
        return VisibleRelation(item.alias or name, table, _listed(item, columns), kind)

    def _table(self, item: FromItem) -> Table | None:
        """The table of the path as written; BigQuery's may stand in one pair of quotes with its dots."""
        if self.catalog is None or item.group is not None or not item.path[0]:
            return None
        return self.catalog.table(".".join(item.path))

    def rows_of(self, name: str) -> Relations:
        """`new` and `old` of a trigger on the table."""
        relation = self._relation(FromItem((name,)), {})
        return [evolve(relation, name=row) for row in ("new", "old")] if relation else []

    def _changed_rows(self, core: Items, items: Sequence[FromItem]) -> Relations:
        """`inserted` and `deleted` where the cursor stands in an OUTPUT clause."""
        target = next((item for item in items if item.target), items[0] if items else None)
        if (
            target is None
            or keyword_of(core[0]) not in DML
            or all(keyword_of(item) != "OUTPUT" for item in core)
        ):
            return []
        inside = False
        for index, item in enumerate(core):
            if item.start > self.offset:
                break
            word, following = keyword_of(item), keyword_of(core[index + 1] if index + 1 < len(core) else None)
            if word == "OUTPUT":
                inside = True
            elif word == "INTO" or begins_clause(word, following) or word == "FROM":
                inside = False
        relation = self._relation(evolve(target, alias=""), {}) if inside else None
        rows = _CHANGED_ROWS.get(keyword_of(core[0]), ("inserted", "deleted"))
        return [evolve(relation, name=row) for row in rows] if relation else []


def table_name(path: Sequence[str]) -> str:
    """How a table without an alias is called: by the last part of its path, also of one in a single pair of quotes."""
    return path[-1].rpartition(".")[2] if len(path) == 1 else path[-1]


def _listed(item: FromItem, columns: Columns) -> Columns:
    """The columns with the first of them renamed as an alias list says."""
    if item.columns is None:
        return columns
    return item.columns + (columns[len(item.columns) :] if columns else ())


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


def _nameable(ctes: Ctes, named: set[str]) -> Relations:
    return [
        VisibleRelation(name, None, columns, "cte")
        for key, (name, columns) in ctes.items()
        if key not in named
    ]


def _reaches(group: Group, nested: Group) -> bool:
    """Whether the group is the nested one, or holds nothing but parentheses around it."""
    while group is not nested:
        inner = group.items[0] if group.items else None
        if not isinstance(inner, Group):
            return False
        group = inner
    return True


def _in_from(core: Items, offset: int) -> bool:
    """Whether the cursor stands where a relation is named: right after FROM, JOIN or a comma between them."""
    before = [item for item in core if item.end < offset or (item.end == offset and not keyword_of(item))]
    for item in reversed(before):
        word = keyword_of(item)
        if word in ("FROM", "JOIN", "APPLY"):
            return True
        if word in ("ON", "USING") or begins_clause(word, ""):
            return False
    return False


def _not_shadowed(outer: Sequence[VisibleRelation], own: Sequence[VisibleRelation]) -> Relations:
    names = {relation.name.lower() for relation in own}
    return [relation for relation in outer if relation.name.lower() not in names]
