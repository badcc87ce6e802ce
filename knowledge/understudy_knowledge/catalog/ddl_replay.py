"""The schema that a sequence of changes leaves behind: migrations are replayed here instead of run."""

from collections.abc import Callable, Iterable, Iterator

from attrs import evolve

from understudy_knowledge.catalog.ddl_apply import changed
from understudy_knowledge.catalog.ddl_changes import (
    Change,
    CreateFrom,
    CreateTable,
    DropTable,
    ListValues,
    Name,
    RenameColumn,
    RenameTable,
)
from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table
from understudy_knowledge.catalog.views import derive_outputs

_DEFAULT_NAMESPACES = ("", "public", "main", "dbo")
_ROUNDS = 5
"""How often views that refer to later views are tried again."""


class Replay:
    """Applies changes in order. A change to a table that is not known does nothing: its CREATE may lie elsewhere.

    `known` is asked for tables of other sources, where views refer to them or changes are about them: a changed table is
    taken over from there.
    """

    def __init__(self, dialect: str, known: Callable[[], Catalog] | None = None) -> None:
        self.dialect = dialect
        self.known = known
        self.notes: list[str] = []
        self._tables: dict[tuple[str, str], Table] = {}
        self._waiting: list[CreateFrom] = []
        self._values: dict[str, tuple[str, ...]] = {}

    def apply(self, change: Change) -> bool:
        """One step further; whether there was a table to apply it to."""
        match change:
            case CreateTable():
                self._create(change)
            case CreateFrom():
                self._make_from(change)
            case ListValues(name, values):
                self._values[name.name.lower()] = values
            case DropTable(name):
                return self._drop(name)
            case RenameTable():
                return self._rename(change)
            case RenameColumn():
                return self._rename_column(change)
            case _:
                table = self.find(change.table) or self._taken_over(change.table)
                if table is None:
                    return False
                self._tables[_key(table)] = changed(table, change)
        return True

    def take_over(self, tables: Iterable[Table]) -> "Replay":
        """This very replay, with tables that were made elsewhere."""
        self._tables.update((_key(table), table) for table in tables)
        return self

    @property
    def waiting(self) -> tuple[CreateFrom, ...]:
        """The views and tables made of queries whose columns could not be derived so far."""
        return tuple(self._waiting)

    def apply_all(self, changes: Iterable[Change]) -> "Replay":
        """This very replay, after all of them."""
        for change in changes:
            self.apply(change)
        return self

    def find(self, name: Name) -> Table | None:
        """The table that the name means now: as it is written, else in a default namespace, else in any if none was given."""
        lowered = name.name.lower()
        if (exact := self._tables.get((name.namespace.lower(), lowered))) is not None:
            return exact
        if name.namespace.lower() in _DEFAULT_NAMESPACES:
            for namespace in _DEFAULT_NAMESPACES:
                if (table := self._tables.get((namespace, lowered))) is not None:
                    return table
        if name.namespace:
            return None
        return next((table for (_, known), table in self._tables.items() if known == lowered), None)

    def catalog(self, *, final: bool = True) -> Catalog:
        """What there is now. Foreign keys stand as written; a view whose columns cannot be derived adds a note, unless
        it still has a chance elsewhere: it is among `waiting` then.
        """
        for _ in range(_ROUNDS):
            waiting, self._waiting = self._waiting, []
            self._waiting = [change for change in waiting if not self._derive(change)]
            if not self._waiting or len(self._waiting) == len(waiting):
                break
        lost = [
            f"{change.table.source}: {change.table.kind} {change.table.name} skipped, its columns cannot be derived."
            for change in (self._waiting if final else ())
        ]
        tables = tuple(
            evolve(table, columns=tuple(self._listed(column) for column in table.columns))
            for table in self._tables.values()
        )
        return Catalog(tables, self.dialect, (*self.notes, *lost))

    def _create(self, change: CreateTable) -> None:
        inherited: list[Column] = []
        for name in change.like:
            parent = self.find(name) or self._known_table(name)
            if parent is None:
                self.notes.append(
                    f"{change.table.source}: {change.table.name} takes columns from {name.path}, which is not known."
                )
            else:
                inherited += [evolve(column, source="") for column in parent.columns]
        own = {column.name.lower() for column in change.table.columns}
        columns = (*(column for column in inherited if column.name.lower() not in own), *change.table.columns)
        if columns:
            self._tables.pop(_key(change.table), None)
            self._tables[_key(change.table)] = evolve(change.table, columns=columns)

    def _make_from(self, change: CreateFrom) -> None:
        self._waiting = [waiting for waiting in self._waiting if _key(waiting.table) != _key(change.table)]
        if not self._derive(change):
            self._waiting.append(change)

    def _drop(self, name: Name) -> bool:
        self._waiting = [waiting for waiting in self._waiting if not _means(name, waiting.table)]
        table = self.find(name)
        if table is None:
            return False
        del self._tables[_key(table)]
        return True

    def _derive(self, change: CreateFrom) -> bool:
        columns = self._outputs(change)
        if change.columns:
            if columns is None or len(columns) != len(change.columns):
                columns = tuple(Column(name, family=family_of("", name)) for name in change.columns)
            else:
                columns = tuple(
                    evolve(column, name=name) for column, name in zip(columns, change.columns, strict=True)
                )
        if columns is None:
            return False
        self._tables[_key(change.table)] = evolve(change.table, columns=columns)
        return True

    def _outputs(self, change: CreateFrom) -> tuple[Column, ...] | None:
        dialect = change.dialect or self.dialect
        own = Catalog(tuple(self._tables.values()), dialect)
        columns = derive_outputs(change.query, own)
        if columns is None and self.known is not None:
            columns = derive_outputs(change.query, evolve(own, tables=(*own.tables, *self.known().tables)))
        return columns

    def _known_table(self, name: Name) -> Table | None:
        return self.known().table(name.path) if self.known is not None else None

    def _taken_over(self, name: Name) -> Table | None:
        table = self._known_table(name)
        if table is not None:
            self._tables[_key(table)] = table
        return table

    def _rename(self, change: RenameTable) -> bool:
        table = self.find(change.old)
        if table is None:
            return False
        renamed = evolve(
            table,
            name=table.name if change.name is None else change.name,
            namespace=table.namespace if change.namespace is None else change.namespace,
        )
        self._tables = {
            key: other for key, other in self._tables.items() if key not in (_key(table), _key(renamed))
        }
        self._tables[_key(renamed)] = renamed
        for key, child in self._referring(table):
            self._tables[key] = evolve(
                child,
                foreign_keys=tuple(
                    evolve(foreign, ref_table=renamed.path) if _refers(foreign, table) else foreign
                    for foreign in child.foreign_keys
                ),
            )
        return True

    def _rename_column(self, change: RenameColumn) -> bool:
        table = self.find(change.table) or self._taken_over(change.table)
        if table is None or table.column(change.old) is None or table.column(change.new) is not None:
            return False
        self._tables[_key(table)] = evolve(
            table,
            columns=tuple(
                evolve(column, name=change.new) if column.name.lower() == change.old.lower() else column
                for column in table.columns
            ),
            foreign_keys=tuple(
                evolve(foreign, columns=_replaced(foreign.columns, change)) for foreign in table.foreign_keys
            ),
        )
        for key, child in self._referring(table):
            self._tables[key] = evolve(
                child,
                foreign_keys=tuple(
                    evolve(foreign, ref_columns=_replaced(foreign.ref_columns, change))
                    if _refers(foreign, table)
                    else foreign
                    for foreign in child.foreign_keys
                ),
            )
        return True

    def _referring(self, parent: Table) -> Iterator[tuple[tuple[str, str], Table]]:
        for key, table in list(self._tables.items()):
            if any(_refers(foreign, parent) for foreign in table.foreign_keys):
                yield key, table

    def _listed(self, column: Column) -> Column:
        """The column with the values of its type, where a CREATE TYPE listed them."""
        if column.samples or not self._values:
            return column
        values = self._values.get(column.type.rpartition(".")[2].strip('"').lower())
        return evolve(column, samples=values, family="text") if values else column


def _key(table: Table) -> tuple[str, str]:
    return table.namespace.lower(), table.name.lower()


def _means(name: Name, table: Table) -> bool:
    return name.name.lower() == table.name.lower() and name.namespace.lower() in (
        "",
        table.namespace.lower(),
    )


def _refers(key: ForeignKey, parent: Table) -> bool:
    return key.ref_table.lower() in (parent.path.lower(), parent.name.lower())


def _replaced(columns: tuple[str, ...], change: RenameColumn) -> tuple[str, ...]:
    return tuple(change.new if column.lower() == change.old.lower() else column for column in columns)
