"""Relations visible at the cursor, from tokens alone: aliases, CTEs, derived tables; works on text that does not parse."""

from collections.abc import Mapping, Sequence

from understudy_knowledge.catalog import Catalog
from understudy_server.context.from_clause import RESERVED, FromItem, read_from_items
from understudy_server.context.query_context import VisibleRelation
from understudy_server.context.relation_tree import Group, nest
from understudy_server.context.sql_lexer import Token

_SET_OPERATORS = frozenset(("UNION", "EXCEPT", "INTERSECT", "MINUS"))
Columns = tuple[str, ...] | None
Ctes = Mapping[str, tuple[str, Columns]]
"""Lower-case name -> (name as written, output columns)."""


def visible_relations(
    tokens: Sequence[Token], offset: int, catalog: Catalog | None = None
) -> tuple[VisibleRelation, ...]:
    """The relations whose columns may be named at the offset, innermost query first, in the order of its FROM clause.

    `tokens` are the statement's, what follows the cursor included. CTEs that no FROM clause names are listed only where
    the query at the cursor has named no relation yet, or in its FROM clause: elsewhere their columns are not in scope.
    """
    if not tokens:
        return ()
    top = nest(tokens, max(tokens[-1].end, offset))
    return tuple(_Resolver(offset, catalog).visible(top, {}, ()))


def output_names(query: Group, catalog: Catalog | None) -> Columns:
    """Names of the columns that a query yields; None when one cannot be known."""
    return _Resolver(-1, catalog).outputs(query, {})


class _Resolver:
    def __init__(self, offset: int, catalog: Catalog | None) -> None:
        self.offset = offset
        self.catalog = catalog

    def visible(self, group: Group, ctes: Ctes, outer: Sequence[VisibleRelation]) -> list[VisibleRelation]:
        """What a cursor inside of the group sees."""
        if len(group.items) == 1 and isinstance(inner := group.items[0], Group) and inner.holds(self.offset):
            return self.visible(inner, ctes, outer)
        rest, ctes, at_cursor = self._read_with(group, ctes)
        if at_cursor is not None:
            return at_cursor
        core = _without_target(self._core_at_cursor(rest), self.offset)
        items = read_from_items(core, self.offset)
        own = self._relations(items, ctes)
        if (nested := _group_at(core, self.offset)) is not None:
            return self._inside(nested, core, items, own, ctes, outer)
        if not own or _in_from(core, self.offset):
            named = {item.path[-1].lower() for item in items if item.path}
            own += [
                VisibleRelation(name, None, columns)
                for key, (name, columns) in ctes.items()
                if key not in named
            ]
        return own + _not_shadowed(outer, own)

    def _inside(
        self,
        nested: Group,
        core: Sequence[Token | Group],
        items: Sequence[FromItem],
        own: list[VisibleRelation],
        ctes: Ctes,
        outer: Sequence[VisibleRelation],
    ) -> list[VisibleRelation]:
        """Descend into the parenthesis at the cursor: a call goes on with this query, a subquery is one of its own."""
        if not nested.is_query:
            deeper = _group_at(nested.items, self.offset)
            if deeper is None:
                if not nested.items and any(item.group is nested for item in items):
                    own = []
                return own + _not_shadowed(outer, own)
            return self._inside(deeper, core, items, own, ctes, outer)
        derived = next((item for item in items if item.group is nested), None)
        if derived is not None and not derived.lateral:
            return self.visible(nested, ctes, ())
        if derived is not None:
            own = [relation for relation in own if relation.name != derived.alias]
        return self.visible(nested, ctes, own + _not_shadowed(outer, own))

    def outputs(self, group: Group, ctes: Ctes) -> Columns:
        """Names of the columns that a query yields; None when one cannot be known."""
        if len(group.items) == 1 and isinstance(inner := group.items[0], Group):
            return self.outputs(inner, ctes)
        rest, ctes, _ = self._read_with(group, ctes, follow=False)
        core = _cores(rest)[0]
        keywords = [item.keyword if isinstance(item, Token) else "" for item in core]
        if "SELECT" not in keywords:
            return None
        begin = keywords.index("SELECT") + 1
        end = next(
            (
                i
                for i in range(begin, len(core))
                if keywords[i] in ("FROM", "WHERE", "GROUP", "ORDER", "LIMIT")
            ),
            len(core),
        )
        relations = self._relations(read_from_items(core, -1), ctes)
        names: list[str] = []
        for item in _split_commas(core[begin:end]):
            columns = _output_names(item, relations)
            if columns is None:
                return None
            names += columns
        return tuple(names)

    def _read_with(
        self, group: Group, ctes: Ctes, *, follow: bool = True
    ) -> tuple[list[Token | Group], Ctes, list[VisibleRelation] | None]:
        """What follows the WITH, the CTEs in scope there, and what the cursor sees when it is inside of one of them."""
        items = group.items
        if not items or not isinstance(items[0], Token) or items[0].keyword != "WITH":
            return items, ctes, None
        known = dict(ctes)
        index = 1
        recursive = index < len(items) and _keyword(items[index]) == "RECURSIVE"
        index += recursive
        while index < len(items) and isinstance(name := items[index], Token) and name.name:
            index += 1
            columns: Columns = None
            if index < len(items) and isinstance(listed := items[index], Group):
                columns = tuple(t.name for t in listed.items if isinstance(t, Token) and t.name)
                index += 1
            while index < len(items) and _keyword(items[index]) in ("AS", "NOT", "MATERIALIZED"):
                index += 1
            if index >= len(items) or not isinstance(body := items[index], Group):
                break
            index += 1
            if follow and body.holds(self.offset):
                inside = {**known, name.name.lower(): (name.name, columns)} if recursive else known
                return [], known, self.visible(body, inside, ())
            known[name.name.lower()] = (name.name, columns or self.outputs(body, known))
            if index < len(items) and _text(items[index]) == ",":
                index += 1
        return items[index:], known, None

    def _core_at_cursor(self, items: Sequence[Token | Group]) -> Sequence[Token | Group]:
        cores = _cores(items)
        chosen = cores[0]
        for core in cores[1:]:
            if core and core[0].start <= self.offset and core[0].end < self.offset:
                chosen = core
        return chosen

    def _relations(self, items: Sequence[FromItem], ctes: Ctes) -> list[VisibleRelation]:
        found = (self._relation(item, ctes) for item in items)
        return [relation for relation in found if relation is not None]

    def _relation(self, item: FromItem, ctes: Ctes) -> VisibleRelation | None:
        if item.group is not None:
            columns = item.columns or (self.outputs(item.group, ctes) if item.group.is_query else None)
            return VisibleRelation(item.alias, None, columns) if item.alias else None
        name = item.path[-1]
        if len(item.path) == 1 and name.lower() in ctes:
            return VisibleRelation(item.alias or name, None, item.columns or ctes[name.lower()][1])
        if item.call:
            return VisibleRelation(item.alias or name, None, item.columns)
        table = self.catalog.table(name) if self.catalog else None
        if table is None:
            # The name being typed right now is not yet the name of anything.
            return None if item.partial else VisibleRelation(item.alias or name, name, item.columns)
        columns = item.columns or tuple(column.name for column in table.columns)
        return VisibleRelation(item.alias or name, table.name, columns)


def _without_target(core: Sequence[Token | Group], offset: int) -> Sequence[Token | Group]:
    """The SELECT of an INSERT ... SELECT when the cursor is in it: the table inserted into is not in its scope."""
    if core and _keyword(core[0]) in ("INSERT", "REPLACE"):
        for index, item in enumerate(core):
            if _keyword(item) == "SELECT" and item.end <= offset:
                return core[index:]
    return core


def _output_names(item: Sequence[Token | Group], relations: Sequence[VisibleRelation]) -> list[str] | None:
    """The names one element of a select list yields; none for an expression without alias, None when unknown."""
    last = item[-1] if item else None
    if not isinstance(last, Token):
        return []
    if last.text == "*":
        wanted = item[-3].name.lower() if len(item) >= 3 and isinstance(item[-3], Token) else ""
        names: list[str] = []
        for relation in relations:
            if not wanted or relation.name.lower() == wanted:
                if relation.columns is None:
                    return None
                names += relation.columns
        return names if relations else None
    plain = len(item) == 1 or (isinstance(item[-2], Token) and item[-2].text == ".")
    before = item[-2] if len(item) > 1 else None
    aliased = (
        isinstance(before, Group)
        or _keyword(before) == "AS"
        or (isinstance(before, Token) and (before.kind != "punctuation" and before.keyword not in RESERVED))
    )
    if last.name and (aliased or plain) and last.keyword not in ("END", "NULL"):
        return [last.name]
    return []


def _cores(items: Sequence[Token | Group]) -> list[list[Token | Group]]:
    """The parts between UNION, EXCEPT and INTERSECT; each but the first begins with its operator."""
    cores: list[list[Token | Group]] = [[]]
    for item in items:
        if _keyword(item) in _SET_OPERATORS:
            cores.append([])
        cores[-1].append(item)
    return cores


def _split_commas(items: Sequence[Token | Group]) -> list[list[Token | Group]]:
    parts: list[list[Token | Group]] = [[]]
    for item in items:
        if _text(item) == ",":
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


def _group_at(items: Sequence[Token | Group], offset: int) -> Group | None:
    return next((item for item in items if isinstance(item, Group) and item.holds(offset)), None)


def _in_from(core: Sequence[Token | Group], offset: int) -> bool:
    """Whether the cursor stands where a relation is named: right after FROM, JOIN or a comma between them."""
    before = [item for item in core if item.end < offset or (item.end == offset and not _keyword(item))]
    for item in reversed(before):
        word = _keyword(item)
        if word in ("FROM", "JOIN"):
            return True
        if word in RESERVED or word == "ON":
            return False
    return False


def _not_shadowed(outer: Sequence[VisibleRelation], own: Sequence[VisibleRelation]) -> list[VisibleRelation]:
    names = {relation.name.lower() for relation in own}
    return [relation for relation in outer if relation.name.lower() not in names]


def _keyword(item: "Token | Group | None") -> str:
    return item.keyword if isinstance(item, Token) else ""


def _text(item: "Token | Group") -> str:
    return item.text if isinstance(item, Token) else ""
