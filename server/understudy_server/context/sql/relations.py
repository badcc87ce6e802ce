"""Relations visible at the cursor, from tokens alone: aliases, CTEs, derived tables; works on text that does not parse."""

from collections.abc import Sequence

from attrs import evolve, frozen

from understudy_server.context.query_context import VisibleRelation
from understudy_server.context.sql.from_item import FromItem
from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.named_relations import Columns, Ctes, NamedRelations, Relations
from understudy_server.context.sql.query_parts import DML, Items, inserted_query, read_parts
from understudy_server.context.sql.relation_tree import Group, group_at, keyword_of, nest
from understudy_server.context.sql.select_list import given_names, select_list
from understudy_server.context.sql.statement_in import StatementIn, statement_in
from understudy_server.context.sql.words import begins_clause
from understudy_server.context.sql.written_items import WrittenItems
from understudy_server.context.tables import Tables

_USE_GIVEN = frozenset(("GROUP", "HAVING", "QUALIFY", "ORDER"))


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
    outer = resolver.named.rows_of(part.table) if part.table else []
    top = nest(part.tokens, max(part.tokens[-1].end, offset))
    visible = resolver.visible(top, {}, outer)
    return Scope(tuple(visible), resolver.branch, resolver.given)


def output_names(tokens: Sequence[Token], catalog: Tables | None) -> Columns:
    """Names of the columns that a statement yields; None when one cannot be known."""
    return _Resolver(-1, catalog, tokens).named.outputs(nest(tokens, tokens[-1].end), {}) if tokens else None


class _Resolver:
    def __init__(self, offset: int, catalog: Tables | None, tokens: Sequence[Token]) -> None:
        self.offset = offset
        self.written = WrittenItems(tokens, offset, catalog)
        self.named = NamedRelations(self.written, catalog)
        self.branch: Items = ()
        self.given: tuple[str, ...] = ()

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
                    known[cte.name.lower()] = (cte.name, cte.columns or self.named.outputs(cte.body, known))
                return self.visible(cte.body, known, ())
            columns = cte.columns
            if columns is None:
                columns = self.named.outputs(
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
            read = self.written.of(parts.branches[0])
            listed = select_list(parts.branches[0])
            self.given = given_names(listed or (), self.named.relations(read, known), read)
            self.branch = parts.tail
            return []
        first = branch[0] if branch else None
        if isinstance(first, Group) and first.is_query and first.holds(self.offset):
            return self.visible(first, known, outer)
        if keyword_of(first) in ("INSERT", "REPLACE", "INTO"):
            return self._insert(branch, known, outer)
        return self._branch(branch, known, outer)

    def _branch(self, core: Items, ctes: Ctes, outer: Sequence[VisibleRelation]) -> Relations:
        core = self.written.with_from(core, ctes)
        items = self.written.of(core)
        nested = group_at(core, self.offset)
        if nested is not None:
            return self._inside(nested, core, items, ctes, outer)
        own = self.named.relations(items, ctes, outer)
        self._remember(core, items, own)
        own += self.named.changed_rows(core, items, self.offset)
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
                    beside = self.named.relations(items[:place], ctes) if items[place].lateral else []
                    return beside + _nameable(ctes, set()) + _not_shadowed(outer, beside)
                own = self.named.relations(items, ctes, outer)
                self._remember(core, items, own)
                own += self.named.changed_rows(core, items, self.offset)
                return own + _not_shadowed(outer, own)
            nested = deeper
        place = next(
            (at for at, item in enumerate(items) if item.group is not None and _reaches(item.group, nested)),
            len(items),
        )
        if place < len(items) and not items[place].lateral:
            return self.visible(nested, ctes, ())
        own = self.named.relations(items[:place], ctes, outer)
        own += self.named.changed_rows(core, items, self.offset)
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
        words = [item.keyword for item in tail] or [item.keyword for item in core if item.end <= self.offset]
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
        if any(item.keyword in _USE_GIVEN and item.end <= self.offset for item in core):
            self.given = given_names(select_list(core) or (), relations, items)


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
    for item in reversed(core):
        word = item.keyword
        if item.end > offset or (word and item.end == offset):
            continue
        if word in ("FROM", "JOIN", "APPLY"):
            return True
        if word in ("ON", "USING") or begins_clause(word, ""):
            return False
    return False


def _not_shadowed(outer: Sequence[VisibleRelation], own: Sequence[VisibleRelation]) -> Relations:
    names = {relation.name.lower() for relation in own}
    return [relation for relation in outer if relation.name.lower() not in names]
