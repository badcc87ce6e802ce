"""Items of a FROM clause -> relations with columns; and what a query yields, which is what its alias has for columns."""

from collections.abc import Mapping, Sequence

from attrs import evolve

from understudy_server.context.query_context import RelationKind, VisibleRelation
from understudy_server.context.sql.array_columns import path_in, unnested
from understudy_server.context.sql.data_files import file_name, file_read_by, file_table, is_file
from understudy_server.context.sql.from_item import FromItem
from understudy_server.context.sql.query_parts import DML, Items, read_parts
from understudy_server.context.sql.relation_tree import Group, keyword_of
from understudy_server.context.sql.select_list import all_columns, names_of, select_list
from understudy_server.context.sql.table_functions import function_columns
from understudy_server.context.sql.words import begins_clause
from understudy_server.context.sql.written_items import WrittenItems
from understudy_server.context.tables import Tables

Columns = tuple[str, ...] | None
Ctes = Mapping[str, tuple[str, Columns]]
"""Lower-case name -> (name as written, output columns)."""
Relations = list[VisibleRelation]
_CHANGED_ROWS = {"INSERT": ("inserted",), "DELETE": ("deleted",)}


class NamedRelations:
    """Names the relations of one statement."""

    def __init__(self, written: WrittenItems, tables: Tables | None) -> None:
        self._written = written
        self._tables = tables

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
        items = self._written.of(branch)
        relations = self.relations(items, ctes)
        if listed is None:  # FROM t alone selects everything
            names = all_columns(relations, items)
            return None if names is None else tuple(names)
        return names_of(listed, relations, items)

    def relations(
        self, items: Sequence[FromItem], ctes: Ctes, around: Sequence[VisibleRelation] = ()
    ) -> Relations:
        """Those of the items that have a name, in order. Those of the queries `around` may be what they unnest."""
        found: Relations = []
        for item in items:
            relation = self._relation(item, ctes, (*found, *around))
            found += [relation] if relation is not None else []
        return found

    def _relation(
        self, item: FromItem, ctes: Ctes, beside: Sequence[VisibleRelation] = ()
    ) -> VisibleRelation | None:
        if item.group is not None:
            if not item.alias:
                return None
            columns = None if item.pivoted or not item.group.is_query else self.outputs(item.group, ctes)
            return VisibleRelation(item.alias, None, _listed(item, columns), "subquery")
        name = item.path[-1]
        if len(item.path) == 1 and name.lower() in ctes:
            return self._named(item, name, None, ctes[name.lower()][1], "cte")
        table = self._written.table(item)
        if table is None and item.call:
            return self._named(item, name, None, self._called(item, beside), "function")
        if table is None and len(item.path) == 2 and (fields := unnested(item.path, beside, self._tables)):
            return self._named(item, name, None, fields, "function")
        if table is None:
            # The name being typed right now is not yet the name of anything.
            if item.partial and not item.alias:
                return None
            return self._named(item, _table_name(item.path), name, None, "table")
        columns = tuple(column.name for column in table.columns) or None
        short = self._tables.short_path(table) if self._tables else table.name
        return self._named(item, _table_name(item.path), short, columns, "table")

    def _called(self, item: FromItem, beside: Sequence[VisibleRelation]) -> Columns:
        """The columns that a call yields, of what stands `beside` it, of a file, or of its name."""
        name = item.path[-1]
        if name.lower() == "unnest" and (fields := unnested(path_in(item.arguments), beside, self._tables)):
            return fields
        path = file_read_by(name, item.arguments)
        if path and self._tables is not None:
            table = file_table(path, self._tables)
            return tuple(column.name for column in table.columns) or None if table else None
        return function_columns(name, item.alias)

    def _named(
        self, item: FromItem, name: str, table: str | None, columns: Columns, kind: RelationKind
    ) -> VisibleRelation:
        if item.pivoted:
            return VisibleRelation(item.alias or name, None, item.columns, "subquery")
        return VisibleRelation(item.alias or name, table, _listed(item, columns), kind)

    def rows_of(self, name: str) -> Relations:
        """`new` and `old` of a trigger on the table."""
        relation = self._relation(FromItem((name,)), {})
        return [evolve(relation, name=row) for row in ("new", "old")] if relation else []

    def changed_rows(self, core: Items, items: Sequence[FromItem], offset: int) -> Relations:
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
            if item.start > offset:
                break
            word, following = keyword_of(item), keyword_of(core[index + 1] if index + 1 < len(core) else None)
            if word == "OUTPUT":
                inside = True
            elif word == "INTO" or begins_clause(word, following) or word == "FROM":
                inside = False
        relation = self._relation(evolve(target, alias=""), {}) if inside else None
        rows = _CHANGED_ROWS.get(keyword_of(core[0]), ("inserted", "deleted"))
        return [evolve(relation, name=row) for row in rows] if relation else []


def _table_name(path: Sequence[str]) -> str:
    """How a table without an alias is called: by the last part of its path, also of one in a single pair of quotes."""
    if len(path) == 1 and is_file(path[0]):
        return file_name(path[0])
    return path[-1].rpartition(".")[2] if len(path) == 1 else path[-1]


def _listed(item: FromItem, columns: Columns) -> Columns:
    """The columns with the first of them renamed as an alias list says."""
    if item.columns is None:
        return columns
    return item.columns + (columns[len(item.columns) :] if columns else ())
