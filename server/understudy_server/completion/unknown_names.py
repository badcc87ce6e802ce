"""Which tables and columns of a statement nobody knows in their scope, where they stand, and what may have been meant."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from attrs import frozen
from sqlglot import exp

from understudy_server.completion.name_scopes import NameScope, NameScopes, Statement, has_column, is_open
from understudy_server.completion.unlisted_names import (
    has_fields,
    is_compared_text,
    is_elsewhere,
    is_hidden_column,
    is_loop_variable,
    is_unit,
    may_name_table,
    names_rows,
)
from understudy_server.completion.whole_tables import WholeTables
from understudy_server.context.query_context import VisibleRelation
from understudy_server.context.tables import Tables


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
    owners: tuple[str, ...] = ()
    """The relations that all have a column of that name, where the name is not unknown but ambiguous."""


def unknown_names(
    statement: Statement,
    sql: str,
    tables: Tables,
    *,
    listed: Callable[[], Iterable[str]] = tuple,
    dialect: str = "",
) -> list[UnknownName]:
    """Every table, alias and column that is unknown where it stands, and every ambiguous column, in no particular order.

    `statement` is `sql` as it was parsed; `listed` says, when asked, which tables an unknown one may mean. A column is
    unknown only if every relation that it may be of has known columns, and neither they nor the names that the queries
    around give have it.
    """
    names = _Names(statement, sql, WholeTables(tables), listed, dialect)
    return [*names.tables(), *names.columns()]


class _Names:
    def __init__(
        self,
        statement: Statement,
        sql: str,
        tables: WholeTables,
        listed: Callable[[], Iterable[str]],
        dialect: str,
    ) -> None:
        self.statement = statement
        self.known = tables
        self.listed = listed
        self.dialect = dialect
        self.scopes = NameScopes(statement, sql, tables, dialect)

    def tables(self) -> Iterator[UnknownName]:
        """Tables that are neither known nor CTEs in reach."""
        made = _made(self.statement)
        for table in self.statement.find_all(exp.Table):
            name = table.this
            if not isinstance(name, exp.Identifier) or any(table is one for one in made):
                continue
            if table.arg_key == "indexed" or isinstance(table.parent, exp.JoinHint):
                continue
            if is_elsewhere(table) or _is_alias(table):
                continue
            ctes = _ctes_in_reach(table)
            # One of another namespace counts: not all of them need be known.
            if (
                name.name.lower() not in {cte.lower() for cte in ctes}
                and self.known.table(_called(name)) is None
            ):
                yield from _unknown(name, [*self.listed(), *ctes])

    def columns(self) -> Iterator[UnknownName]:
        """Columns that nothing in their scope has, and qualifiers that name no relation of it."""
        for column in self.statement.find_all(exp.Column):
            name, qualifier = column.this, column.args.get("table")
            scope = self.scopes.of(column)
            if scope is None:
                continue
            if isinstance(qualifier, exp.Identifier):
                yield from self._qualified(column, qualifier, scope)
            elif isinstance(name, exp.Identifier) and not is_unit(column):
                if name.name.lower() in scope.ambiguous:
                    owners = [one.name for one in scope.relations if has_column(one, name.name)]
                    yield from _unknown(name, (), owners=owners)
                elif not scope.open and not scope.has(name.name) and not self._is_unlisted(column, scope):
                    yield from _unknown(name, [*sorted(scope.given), *_columns(scope.relations)])

    def _is_unlisted(self, column: exp.Column, scope: NameScope) -> bool:
        """Whether a bare name is right although no relation has a column of it."""
        if is_hidden_column(column.name, self.dialect) or is_loop_variable(column):
            return True
        if is_compared_text(column, self.dialect):
            return True
        if not may_name_table(column, self.dialect):
            return False
        return bool(scope.named(column.name)) or column.name.lower() in {
            name.lower() for name in _ctes_in_reach(column)
        }

    def _qualified(
        self, column: exp.Column, qualifier: exp.Identifier, scope: NameScope
    ) -> Iterator[UnknownName]:
        name, relations = column.this, scope.named(qualifier.name)
        if not relations:
            if isinstance(self.statement, exp.DML | exp.Create) and names_rows(qualifier.name):
                return
            first = column.parts[0].name
            if has_fields(self.dialect) and (scope.open or scope.named(first) or scope.has(first)):
                return
            names = [relation.name for relation in scope.relations]
            yield from _unknown(qualifier, names, self._alias_of(qualifier.name, scope))
        elif (
            isinstance(name, exp.Identifier)
            and not is_hidden_column(name.name, self.dialect)
            and not any(is_open(relation) or has_column(relation, name.name) for relation in relations)
        ):
            yield from _unknown(name, _columns(relations))

    def _alias_of(self, table: str, scope: NameScope) -> str | None:
        """The one alias of a table that is called by its own name although it has an alias."""
        meant = self.known.table(table)
        aliases = [
            each.name for each in scope.relations if each.table and self.known.table(each.table) == meant
        ]
        return aliases[0] if meant and len(aliases) == 1 else None


def _made(statement: Statement) -> list[exp.Expr]:
    """The tables that a CREATE or a SELECT INTO makes: they need not be known."""
    made: list[exp.Expr] = [into.this for into in statement.find_all(exp.Into)]
    if isinstance(statement, exp.Create):
        made.append(statement.this.this if isinstance(statement.this, exp.Schema) else statement.this)
    return made


def _is_alias(table: exp.Table) -> bool:
    """Whether a change of rows names its target by the alias that its own FROM gives: `DELETE o FROM orders AS o`."""
    change, name = table.parent, table.name.lower()
    if not isinstance(change, exp.Update | exp.Delete) or table.args.get("db"):
        return False
    return any(other is not table and other.alias.lower() == name for other in change.find_all(exp.Table))


def _called(name: exp.Identifier) -> str:
    """The name as the file's own tables are called: sqlglot takes the marks of T-SQL's temporary tables away."""
    marks = "##" if name.args.get("global_") else "#" if name.args.get("temporary") else ""
    return marks + name.name


def _ctes_in_reach(named: exp.Expr) -> list[str]:
    """Names of the CTEs that the queries around it define. Their order is not looked at: some engines do not."""
    if named.args.get("db"):
        return []
    found: list[str] = []
    node: exp.Expr | None = named
    while node is not None:
        clause = node.args.get("with_")
        found += [cte.alias_or_name for cte in clause.expressions] if clause else []
        node = node.parent
    return found


def _unknown(
    identifier: exp.Identifier,
    candidates: Iterable[str],
    meant: str | None = None,
    owners: Sequence[str] = (),
) -> Iterator[UnknownName]:
    start, end = identifier.meta.get("start"), identifier.meta.get("end")
    if start is not None and end is not None:
        listed = tuple(dict.fromkeys(candidates))
        yield UnknownName(identifier.name, start, end + 1, listed, meant, tuple(owners))


def _columns(relations: Iterable[VisibleRelation]) -> list[str]:
    return [column for relation in relations for column in relation.columns or ()]
