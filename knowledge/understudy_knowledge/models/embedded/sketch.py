"""A plain SELECT as a set of independent pieces, so that single pieces can be kept, dropped, replaced or added.

In pieces every column is written `table.column` with the base table's name, whatever alias the source used.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Literal

from attrs import evolve, field, frozen
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.models.embedded.dialects import carried_over
from understudy_knowledge.models.embedded.tokens import name_stems

_CLAUSES = frozenset("expressions distinct from_ joins where group having order limit".split())
_KEYWORDS = frozenset(
    """ADD ALL ALTER AND AS BETWEEN CASE CHECK COLLATE COLUMN COMMIT CONSTRAINT CREATE CROSS DEFAULT DELETE DESC DISTINCT DROP
    ELSE END ESCAPE EXCEPT EXISTS FOREIGN FROM FULL GROUP HAVING IN INDEX INNER INSERT INTERSECT INTO IS JOIN LEFT LIMIT NATURAL
    NOT NULL OFFSET ON OR ORDER OUTER PRIMARY REFERENCES RETURNING RIGHT SELECT SET TABLE THEN TO TRANSACTION UNION UNIQUE
    UPDATE USING VALUES WHEN WHERE WINDOW WITH""".split()
)
Role = Literal["dimension", "metric", "condition", "having", "order", "limit"]


@frozen(eq=False, slots=False)
class Piece:
    """One piece. `words` are the stems of the question that ask for it; empty means that the question takes it for granted."""

    role: Role
    code: exp.Expr
    words: frozenset[str] = frozenset()
    origin: Literal["lesson", "definition", "question", "default"] = "question"

    @cached_property
    def key(self) -> str:
        """Equal for pieces that mean the same to the letter."""
        return normal(self.code)

    @property
    def counts_rows(self) -> bool:
        """Whether it is COUNT(*), or keeps groups by a comparison with it."""
        return counts_rows(self.code.this if self.role == "having" else self.code)

    @cached_property
    def tables(self) -> frozenset[str]:
        """Base tables of the piece's own columns, lower-cased; those of inner queries are their own business."""
        return frozenset(column.table.lower() for column in outer_columns(self.code) if column.table)


@frozen(eq=False)
class Join:
    """`left` and `right` are base tables; `on` is written with their names."""

    left: str
    right: str
    on: exp.Expr
    outer: bool = False
    kept: bool = False
    """Whether no piece needs it: then it is there for the rows that it keeps or multiplies."""


@frozen(eq=False)
class Sketch:
    """The pieces of one SELECT. `outputs` stand in output order; `groups` are grouping expressions, shown or not."""

    outputs: tuple[Piece, ...]
    conditions: tuple[Piece, ...] = ()
    groups: tuple[Piece, ...] = ()
    having: tuple[Piece, ...] = ()
    orders: tuple[Piece, ...] = ()
    limit: Piece | None = None
    distinct: bool = False
    root: str | None = None
    """The table whose rows are counted; None lets the pieces decide."""
    joins: tuple[Join, ...] = field(default=())
    told: frozenset[str] = frozenset()
    """Words that the sketch accounts for as a whole: those a lesson's own question and the new one share."""
    prelude: exp.With | None = None
    """The CTEs before the SELECT, whole; `root` and `joins` may name them."""

    def pieces(self) -> Iterator[Piece]:
        """Every piece once, in the order of the clauses."""
        yield from self.outputs
        yield from self.conditions
        yield from (group for group in self.groups if group.key not in {out.key for out in self.outputs})
        yield from self.having
        yield from self.orders
        if self.limit:
            yield self.limit

    @property
    def tables(self) -> tuple[str, ...]:
        """Base tables that the pieces need, lower-cased, in order of first use."""
        found: dict[str, None] = {}
        for piece in self.pieces():
            for column in outer_columns(piece.code):
                if column.table:
                    found.setdefault(column.table.lower())
        return tuple(found)

    @property
    def words(self) -> frozenset[str]:
        """Stems that the sketch accounts for. COUNT(*) accounts for the name of what it counts, and for no other word with it:
        the premium members are counted by a condition.
        """
        counted = frozenset(word for table in (*self.tables, self.root or "") for word in name_stems(table))
        by_piece = (each.words & counted if counts_rows(each.code) else each.words for each in self.pieces())
        return self.told.union(*by_piece)

    @property
    def aggregated(self) -> bool:
        """Whether any piece computes over a group of rows."""
        return any(has_aggregate(piece.code) for piece in (*self.outputs, *self.having, *self.orders))


def counts_rows(code: exp.Expr) -> bool:
    """Whether `code` is COUNT(*): what it means depends on the table at the root."""
    return isinstance(code, exp.Count) and isinstance(code.this, exp.Star)


def has_aggregate(code: exp.Expr) -> bool:
    """Whether an aggregate that is no window function stands in `code`, outside of inner queries."""
    return any(
        isinstance(node, exp.AggFunc)
        and not isinstance(node.parent, exp.Window)
        and not node.find_ancestor(exp.Subquery, exp.Exists)
        for node in code.find_all(exp.AggFunc)
    )


def identifier(name: str) -> exp.Identifier:
    """The name as code writes it: quoted where it would be read as something else."""
    return exp.to_identifier(name, quoted=True if name.upper() in _KEYWORDS else None)


def outer_columns(code: exp.Expr) -> Iterator[exp.Column]:
    """The columns of `code` that do not stand in an inner query."""
    for column in code.find_all(exp.Column):
        inner = column.find_ancestor(exp.Select, exp.SetOperation)
        if inner is None:
            yield column


def normal(code: exp.Expr) -> str:
    """One spelling for expressions that differ in case, quotes and spaces alone."""
    return code.sql(
        dialect="sqlite", normalize=True, normalize_functions="upper", identify=False, comments=False
    )


def parse(sql: str, dialect: str) -> exp.Expr | None:
    """The statement's tree, carried over to SQLite's dialect; None where it does not parse."""
    try:
        tree = _one(sql, dialect)
    except (SqlglotError, RecursionError):
        return None
    return carried_over(tree, dialect, "sqlite") if tree is not None else None


def _one(sql: str, dialect: str) -> exp.Expr | None:
    from sqlglot import parse as parse_all

    trees = [tree for tree in parse_all(sql, read=dialect) if tree is not None]
    return trees[0] if len(trees) == 1 and isinstance(trees[0], exp.Expr) else None


def decompose(sql: str, catalog: Catalog, dialect: str) -> Sketch | None:
    """The pieces of a plain SELECT; None where it is not one.

    Plain means: one SELECT over base tables and CTEs, each at most once, inner joins or left joins, no window functions.
    CTEs and inner queries in conditions stay whole.
    """
    tree = parse(sql, dialect)
    if not isinstance(tree, exp.Select):
        return None
    prelude = tree.args.get("with_")
    try:
        qualified = qualify(
            tree.copy(),
            schema={name: columns for name, columns in catalog.sqlglot_schema.items() if columns},
            dialect=dialect,
            expand_stars=False,
            validate_qualify_columns=False,
            quote_identifiers=False,
            identify=False,
        )
    except (SqlglotError, RecursionError):
        return None
    return _pieces_of(qualified, prelude, catalog) if isinstance(qualified, exp.Select) else None


def _pieces_of(tree: exp.Select, prelude: exp.With | None, catalog: Catalog) -> Sketch | None:
    tree.set("with_", None)
    ctes = {cte.alias.lower() for cte in prelude.expressions} if prelude is not None else set()
    source = tree.args.get("from_")
    if source is None or tree.find(exp.Window) or not _is_plain(tree):
        return None
    tables = [source.this, *(join.this for join in tree.args.get("joins") or ())]
    if not all(
        isinstance(table, exp.Table) and (table.name.lower() in ctes or catalog.table(table.name))
        for table in tables
    ):
        return None
    names = [table.name.lower() for table in tables]
    if len(set(names)) != len(names) or not _name_by_table(tree, tables):
        return None  # one table twice: names alone could not tell them apart
    joins = _joins_of(tree, names)
    if joins is None:
        return None
    outputs = [select.unalias() for select in tree.expressions]
    aliases = {select.alias_or_name.lower(): select.unalias() for select in tree.expressions}
    group = tree.args.get("group")
    orders = tree.args.get("order")
    limit = tree.args.get("limit")
    sketch = Sketch(
        outputs=tuple(Piece("metric" if has_aggregate(out) else "dimension", out.copy()) for out in outputs),
        conditions=tuple(Piece("condition", code.copy()) for code in _conjuncts(tree.args.get("where"))),
        groups=tuple(Piece("dimension", code.copy()) for code in (group.expressions if group else ())),
        having=tuple(Piece("having", code.copy()) for code in _conjuncts(tree.args.get("having"))),
        orders=tuple(
            Piece("order", _resolved(code, aliases)) for code in (orders.expressions if orders else ())
        ),
        limit=Piece("limit", limit.expression.copy()) if limit else None,
        distinct=tree.args.get("distinct") is not None,
        root=names[0],
        joins=joins,
        prelude=prelude,
    )
    return with_kept_joins(sketch) if _needs_root(sketch) else None


def with_kept_joins(sketch: Sketch) -> Sketch:
    """The sketch with those joins marked that no piece needs, neither for itself nor on the way to another table."""
    needed = {sketch.root, *sketch.tables}
    if any(isinstance(piece.code, exp.Star) for piece in sketch.outputs):
        return evolve(sketch, joins=tuple(evolve(join, kept=True) for join in sketch.joins))
    for join in reversed(sketch.joins):
        if join.right in needed:
            needed.update(column.table.lower() for column in join.on.find_all(exp.Column))
    return evolve(sketch, joins=tuple(evolve(join, kept=join.right not in needed) for join in sketch.joins))


def _needs_root(sketch: Sketch) -> bool:
    """Whether a piece uses the root, or it stands between tables that pieces use; else it only multiplies rows."""
    counted = any(
        isinstance(piece.code, (exp.Count, exp.Star)) and not any(piece.code.find_all(exp.Column))
        for piece in sketch.outputs
    )
    return (
        counted or sketch.root in sketch.tables or sum(join.left == sketch.root for join in sketch.joins) != 1
    )


def _is_plain(tree: exp.Select) -> bool:
    """Whether the pieces can hold every clause of the statement."""
    group, limit, distinct = (tree.args.get(name) for name in ("group", "limit", "distinct"))
    if any(value for name, value in tree.args.items() if name not in _CLAUSES):
        return False
    if group is not None and (group.find(exp.Rollup, exp.Cube, exp.GroupingSets) or not _aggregates(tree)):
        return False  # ROLLUP and its kind, or groups without a figure, which are a DISTINCT in disguise
    return (limit is None or isinstance(limit, exp.Limit)) and (
        distinct is None or not distinct.args.get("on")
    )


def _aggregates(tree: exp.Select) -> bool:
    clauses = (*tree.expressions, tree.args.get("having"), tree.args.get("order"))
    return any(has_aggregate(clause) for clause in clauses if clause is not None)


def _name_by_table(tree: exp.Select, tables: list[exp.Table]) -> bool:
    """Write `table.column` for every `alias.column` of the outer SELECT; False where an inner query hides such a name."""
    names = {table.alias_or_name.lower(): table.name for table in tables}
    for column in tree.find_all(exp.Column):
        alias = column.table.lower()
        if alias in names and not defined_inside(column, alias, tree):
            if defined_inside(column, names[alias].lower(), tree):
                return False
            column.set("table", identifier(names[alias]))
    for table in tables:
        table.set("alias", None)
    return True


def defined_inside(column: exp.Column, name: str, tree: exp.Select) -> bool:
    """Whether a query between the column and `tree` has a relation of that name."""
    scope = column.find_ancestor(exp.Select)
    while scope is not None and scope is not tree:
        if any(
            table.alias_or_name.lower() == name and table.find_ancestor(exp.Select) is scope
            for table in scope.find_all(exp.Table)
        ):
            return True
        scope = scope.find_ancestor(exp.Select)
    return False


def _joins_of(tree: exp.Select, names: list[str]) -> tuple[Join, ...] | None:
    found = []
    for join, name in zip(tree.args.get("joins") or (), names[1:], strict=True):
        on = join.args.get("on")
        if on is None or join.side not in {"", "LEFT"}:
            return None
        others = [column.table.lower() for column in on.find_all(exp.Column) if column.table.lower() != name]
        known = [other for other in others if other in names]
        if not known:
            return None
        found.append(Join(known[0], name, on.copy(), outer=join.side == "LEFT"))
    return tuple(found)


def _conjuncts(clause: exp.Expr | None) -> list[exp.Expr]:
    if clause is None:
        return []
    return list(clause.this.flatten()) if isinstance(clause.this, exp.And) else [clause.this]


def _resolved(order: exp.Expr, aliases: dict[str, exp.Expr]) -> exp.Expr:
    """The ORDER BY term with output aliases replaced by what they stand for."""
    order = order.copy()
    for column in list(order.find_all(exp.Column)):
        if not column.table and column.name.lower() in aliases:
            column.replace(aliases[column.name.lower()].copy())
    return order


def with_conditions(sketch: Sketch, *more: Piece) -> Sketch:
    """The sketch with further conditions, each at most once."""
    known = {piece.key for piece in sketch.conditions}
    return evolve(
        sketch, conditions=sketch.conditions + tuple(piece for piece in more if piece.key not in known)
    )
