"""Which tables and columns of a statement nobody knows, where they stand, and what may have been meant."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from attrs import frozen
from sqlglot import exp

from understudy_knowledge.catalog.model import Catalog, Table


@frozen
class UnknownName:
    """A name at characters `start` (included) to `end` (excluded); `candidates` are what could stand there instead.

    `meant` is what it must have meant, where there is no doubt.
    """

    name: str
    start: int
    end: int
    candidates: tuple[str, ...]
    meant: str | None = None


def unknown_names(statement: exp.Query | exp.DML | exp.Create, catalog: Catalog) -> list[UnknownName]:
    """Every unknown table, alias and column, in no particular order.

    Scopes are read as one: a name known anywhere in the statement counts as known. What that lets through,
    sqlglot's qualify finds.
    """
    names = _Names(statement, catalog)
    return [*names.tables(), *names.columns()]


class _Names:
    def __init__(self, statement: exp.Query | exp.DML | exp.Create, catalog: Catalog) -> None:
        self.statement = statement
        self.catalog = catalog
        self.ctes = {cte.alias_or_name.lower(): cte.alias_or_name for cte in statement.find_all(exp.CTE)}
        self.sources: dict[str, list[Table]] = defaultdict(list)
        """Base tables by the name they go by; nothing is known of the columns of an entry with no table."""
        self.open = False
        """Whether something stands in FROM whose columns nobody knows."""
        for table in statement.find_all(exp.Table):
            self._add(table)
        for derived in statement.find_all(exp.Subquery, exp.UDTF):
            if derived.alias:
                self.sources[derived.alias.lower()] += []
        self.aliases = {name.lower() for name in self._given_names()}

    def tables(self) -> Iterator[UnknownName]:
        """Tables that are neither in the catalog nor CTEs."""
        for table in self.statement.find_all(exp.Table):
            name = table.this
            if isinstance(name, exp.Identifier) and not self._is_known(table):
                yield from _unknown(
                    name, [*(known.name for known in self.catalog.tables), *self.ctes.values()]
                )

    def columns(self) -> Iterator[UnknownName]:
        """Columns of no table, and qualifiers that are no relation's name."""
        for column in self.statement.find_all(exp.Column):
            name, qualifier = column.this, column.args.get("table")
            if isinstance(qualifier, exp.Identifier):
                yield from self._qualified(qualifier, name)
            elif isinstance(name, exp.Identifier) and not self.open:
                tables = [table for tables in self.sources.values() for table in tables]
                if name.name.lower() not in self.aliases and not _has(tables, name.name):
                    yield from _unknown(name, [*sorted(self.aliases), *_columns(tables)])

    def _qualified(self, qualifier: exp.Identifier, name: object) -> Iterator[UnknownName]:
        tables = self.sources.get(qualifier.name.lower())
        if tables is None:
            yield from _unknown(qualifier, self.sources, self._alias_of(qualifier.name))
        elif tables and isinstance(name, exp.Identifier) and not _has(tables, name.name):
            yield from _unknown(name, _columns(tables))

    def _alias_of(self, table: str) -> str | None:
        """The one alias of a table that is called by its own name although it has an alias."""
        meant = self.catalog.table(table)
        aliases = [alias for alias, tables in self.sources.items() if meant in tables]
        return aliases[0] if len(aliases) == 1 else None

    def _add(self, table: exp.Table) -> None:
        known = self.catalog.meant(table) if isinstance(table.this, exp.Identifier) else None
        is_cte = table.name.lower() in self.ctes
        whole = known is not None and not known.partial
        self.sources[table.alias_or_name.lower()] += [known] if known and whole and not is_cte else []
        self.open = self.open or not (whole or is_cte)

    def _is_known(self, table: exp.Table) -> bool:
        """Whether there is such a table. One of another namespace counts: the catalog need not know them all."""
        return table.name.lower() in self.ctes or self.catalog.table(table.name) is not None

    def _given_names(self) -> Iterator[str]:
        """Names the statement itself gives: of expressions, and of the columns of CTEs and subqueries."""
        for alias in self.statement.find_all(exp.Alias, exp.TableAlias):
            if isinstance(alias, exp.TableAlias):
                yield from (column.name for column in alias.args.get("columns") or ())
            else:
                yield alias.alias


def _unknown(
    identifier: exp.Identifier, candidates: Iterable[str], meant: str | None = None
) -> Iterator[UnknownName]:
    start, end = identifier.meta.get("start"), identifier.meta.get("end")
    if start is not None and end is not None:
        yield UnknownName(identifier.name, start, end + 1, tuple(dict.fromkeys(candidates)), meant)


def _has(tables: Iterable[Table], column: str) -> bool:
    return any(table.column(column) for table in tables)


def _columns(tables: Iterable[Table]) -> list[str]:
    return [column.name for table in tables for column in table.columns]
