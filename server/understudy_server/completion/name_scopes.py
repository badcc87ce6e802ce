"""What each column of a parsed statement may mean: the relations of its own scope, and the names that its queries give."""

from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache

from attrs import frozen
from sqlglot import exp

from understudy_server.context.query_context import VisibleRelation
from understudy_server.context.sql.lexer import Token, code_of, tokenize
from understudy_server.context.sql.relations import scope_at
from understudy_server.context.sql.statement_in import statement_in
from understudy_server.context.tables import Tables

Statement = exp.Query | exp.DML | exp.Create
_FROM = frozenset(("from_", "joins", "laterals"))
_BESIDE = _FROM | {"with_"}
_USE_GIVEN = frozenset("group having qualify order sort cluster distribute windows distinct limit".split())
# Elsewhere a query may use the names that it gives its columns in WHERE and ON, or that is not certain.
_NONE_IN_WHERE = frozenset(("postgres", "mysql", "bigquery", "tsql"))
_NONE_IN_SELECT = _NONE_IN_WHERE | {"sqlite"}


@frozen
class NameScope:
    """What one column may mean. `relations` are innermost first; names of `given` are lower-case."""

    relations: tuple[VisibleRelation, ...]
    given: frozenset[str]
    """Names that the queries around give and that may be used here."""
    open: bool
    """Whether something here has columns that nobody can list."""
    ambiguous: frozenset[str] = frozenset()
    """Columns, in lower case, that two relations of the innermost query have and that no join merges."""

    def named(self, qualifier: str) -> list[VisibleRelation]:
        """The relations that go by the name."""
        return _named(qualifier, self.relations)

    def has(self, column: str) -> bool:
        """Whether the column is one of a relation or a name that is given."""
        return column.lower() in self.given or any(has_column(each, column) for each in self.relations)


class NameScopes:
    """The scopes of one statement; columns of one clause of one query share theirs."""

    def __init__(self, tree: Statement, sql: str, tables: Tables, dialect: str) -> None:
        self._tree = tree
        self._sql = sql
        self._tables = tables
        self._dialect = dialect
        self._kept: dict[tuple[int, str, int], NameScope] = {}

    def of(self, column: exp.Column) -> NameScope | None:
        """The scope that the column stands in; None outside of any query, as in a constraint."""
        start = next((at for part in column.parts if (at := part.meta.get("start")) is not None), None)
        child, owner = _owner(column)
        if start is None or owner is None:
            return None
        key = (id(owner), child.arg_key or "", (child.index or 0) if child.arg_key in _FROM else 0)
        if key not in self._kept:
            self._kept[key] = self._read(column, start, child, owner)
        return self._kept[key]

    @cached_property
    def _open_everywhere(self) -> bool:
        """Whether something gives columns that are not read: SEARCH, CYCLE, several names for one call."""
        return self._tree.find(exp.RecursiveWithSearch, exp.Aliases) is not None

    @cached_property
    def _tokens(self) -> list[Token]:
        return code_of(tokenize(self._sql.encode()))

    def _read(self, column: exp.Column, start: int, child: exp.Expr, owner: exp.Expr) -> NameScope:
        offset = start if self._sql.isascii() else len(self._sql[:start].encode())
        part = statement_in(self._tokens, offset, self._dialect)
        scope = scope_at(part, offset, self._tables)
        given = {name.lower() for name in scope.given}
        relations = (*scope.relations, *_new_rows(owner))
        opened = self._open_everywhere or any(is_open(relation) for relation in relations)
        # DuckDB lets a subquery of FROM name what stands before it.
        opened = opened or (self._dialect == "duckdb" and column.find_ancestor(exp.Subquery) is not None)
        for query, clause in _queries_around(column):
            if isinstance(query, exp.SetOperation):
                names = {name.lower() for each in query.find_all(exp.Select) for name in each.named_selects}
                opened = opened or "*" in names
                given |= names
            else:
                given |= self._aliases(query, clause) if isinstance(query, exp.Select) else set()
                for source in _sources(query):
                    # The engine of the context reads from tokens; what the parser alone sees may have any columns.
                    if (name := source.alias_or_name) and not _named(name, relations):
                        relations, opened = (*relations, VisibleRelation(name, None)), True
                    unnamed = _outputs(source) if not source.alias_or_name else frozenset()
                    given |= unnamed or frozenset()
                    opened = opened or unnamed is None
        ambiguous = _ambiguous(owner, scope.relations) if isinstance(owner, exp.Select) else set()
        return NameScope(relations, frozenset(given), opened, frozenset(ambiguous - given))

    def _aliases(self, query: exp.Select, clause: str) -> set[str]:
        """Names that the query gives its columns, where the clause may use them."""
        refused = (clause in ("where", *_FROM) and self._dialect in _NONE_IN_WHERE) or (
            clause == "expressions" and self._dialect in _NONE_IN_SELECT
        )
        named = query.named_selects if clause in _USE_GIVEN else [each.alias for each in query.expressions]
        return set() if refused else {name.lower() for name in named if name and name != "*"}


def is_open(relation: VisibleRelation) -> bool:
    """Whether it may have columns that nobody lists; functions have hidden ones."""
    return relation.columns is None or relation.kind == "function"


def has_column(relation: VisibleRelation, column: str) -> bool:
    """Whether it is known to have the column, whatever its case."""
    return column.lower() in _lowered(relation.columns or ())


@lru_cache(maxsize=256)
def _lowered(columns: tuple[str, ...]) -> frozenset[str]:
    """Every column of a statement is looked for in the same few tables, some of them wide."""
    return frozenset(name.lower() for name in columns)


def _named(name: str, relations: Iterable[VisibleRelation]) -> list[VisibleRelation]:
    return [each for each in relations if each.name.lower() == name.lower()]


def _owner(node: exp.Expr) -> tuple[exp.Expr, exp.Expr | None]:
    """(the clause, the query or change of rows that it belongs to) of a node."""
    while node.parent is not None:
        if isinstance(node.parent, exp.Select | exp.SetOperation | exp.DML):
            return node, node.parent
        node = node.parent
    return node, None


def _queries_around(node: exp.Expr) -> Iterator[tuple[exp.Expr, str]]:
    """(query, its clause that the node is in), innermost first, as far as the node sees."""
    passed = False
    while node.parent is not None:
        clause = node.arg_key or ""
        if isinstance(node.parent, exp.Select | exp.SetOperation | exp.DML):
            beside = passed and clause in _BESIDE and node.find(exp.Lateral) is None
            if beside:
                return
            # A branch of a set operation does not see what the whole gives.
            if not isinstance(node.parent, exp.SetOperation) or clause in _USE_GIVEN:
                yield node.parent, clause
            passed = True
        node = node.parent


def _new_rows(change: exp.Expr) -> list[VisibleRelation]:
    """The rows to insert, where the INSERT names them for its ON DUPLICATE KEY."""
    rows = change.expression if isinstance(change, exp.Insert) else None
    if not isinstance(rows, exp.Values) or not rows.alias:
        return []
    columns = rows.alias_column_names or [name.name for name in change.this.expressions]
    return [VisibleRelation(rows.alias, None, tuple(columns) or None, kind="subquery")]


def _sources(query: exp.Expr) -> list[exp.Expr]:
    """What stands in FROM, one for each item."""
    opened = query.args.get("from_")
    joins = query.args.get("joins") or ()
    laterals = query.args.get("laterals") or ()
    return [*([opened.this] if opened else ()), *(join.this for join in joins), *laterals]


def _outputs(source: exp.Expr) -> frozenset[str] | None:
    """Lower-case names of what a source without an alias yields besides relations with a name; None where not known."""
    query = source.this if isinstance(source, exp.Subquery | exp.Paren) else None
    if isinstance(query, exp.Table):  # `FROM (a JOIN b)`: these have names of their own
        return frozenset()
    names = query.named_selects if isinstance(query, exp.Query) else ["*"]
    return None if "*" in names else frozenset(name.lower() for name in names)


def _ambiguous(query: exp.Select, relations: tuple[VisibleRelation, ...]) -> set[str]:
    """Names that two relations of the query have, where it is certain that no join merges them."""
    sources = _sources(query)
    joins = query.args.get("joins") or ()
    if any(join.method or join.kind in ("SEMI", "ANTI") for join in joins):
        return set()
    names = [source.alias_or_name.lower() for source in sources]
    own = [each for each in relations if each.name.lower() in names]
    if len(own) != len(sources) or not all(isinstance(each, exp.Table | exp.Subquery) for each in sources):
        return set()
    merged = {name.name.lower() for join in joins for name in join.args.get("using") or ()}
    seen: set[str] = set()
    twice: set[str] = set()
    for relation in own:
        columns = {name.lower() for name in relation.columns or ()}
        twice |= seen & columns
        seen |= columns
    return twice - merged
