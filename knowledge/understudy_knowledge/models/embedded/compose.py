"""Pieces back to a statement: joins found, aliases given, clauses in order."""

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen
from sqlglot import exp
from sqlglot.tokens import Tokenizer

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.models.embedded.joins import connect, edges
from understudy_knowledge.models.embedded.per_catalog import PerCatalog
from understudy_knowledge.models.embedded.periods import units_in
from understudy_knowledge.models.embedded.sketch import (
    Join,
    Piece,
    Sketch,
    defined_inside,
    has_aggregate,
    identifier,
)
from understudy_knowledge.models.embedded.tokens import name_stems


@frozen(eq=False)
class Composer:
    """Writes sketches over one catalog; the joins its keys allow are found once."""

    catalog: Catalog
    known: list[Join]

    @classmethod
    def of(cls, catalog: Catalog) -> "Composer":
        """A composer for the catalog."""
        return cls(catalog, edges(catalog))

    def compose(self, sketch: Sketch, spoken: Mapping[str, str] = MappingProxyType({})) -> exp.Select | None:
        """The statement; None when the tables cannot be joined or nothing is asked for.

        `spoken` gives the question's word for each of its stems, in its order; figures are named by it.
        """
        needed = sketch.tables
        root = self._root(sketch, needed)
        if root is None or not sketch.outputs:
            return None
        kept = [
            join.right
            for join in sketch.joins
            if join.outer or join.kept or not self.catalog.table(join.right)
        ]
        joins = connect(root, (*needed, *kept), sketch.joins, self.known)
        if joins is None:
            return None
        aliases = self._aliases([root, *(join.right for join in joins)])
        tree = exp.Select()
        tree = tree.select(*_named_outputs(sketch, spoken), copy=False)
        tree = tree.from_(self._table(root, aliases), copy=False)
        for join in joins:
            tree = tree.join(
                self._table(join.right, aliases),
                on=join.on.copy(),
                join_type="left" if join.outer else "",
                copy=False,
            )
        # What a definition asks for may be asked for by the question and by a lesson too.
        tests = {
            test.sql(dialect="sqlite"): test for piece in sketch.conditions for test in _conjuncts(piece.code)
        }
        tree = tree.where(*(test.copy() for test in tests.values()), copy=False)
        if sketch.aggregated:
            for code in self._grouping(sketch):
                tree = tree.group_by(code, copy=False)
        for piece in sketch.having:
            tree = tree.having(piece.code.copy(), copy=False)
        for piece in sketch.orders:
            tree = tree.order_by(_by_alias(piece.code, tree), copy=False)
        if sketch.limit:
            tree = tree.limit(sketch.limit.code.copy(), copy=False)
        if sketch.distinct:
            tree = tree.distinct(copy=False)
        tree = _with_aliases(tree, aliases)
        if sketch.prelude is not None:
            tree.set("with_", sketch.prelude.copy())
        return tree

    def _root(self, sketch: Sketch, needed: tuple[str, ...]) -> str | None:
        counts = any(piece.counts_rows for piece in (*sketch.outputs, *sketch.having))
        root = (sketch.root or "").lower()
        if root and (not needed or counts or root in needed or self.catalog.table(root) is None):
            return root
        facts = [
            table for piece in sketch.outputs if piece.role == "metric" for table in sorted(piece.tables)
        ]
        return next((table for table in (*facts, *needed)), None)

    def _grouping(self, sketch: Sketch) -> list[exp.Expr]:
        """The stated groups, and every plain output that an aggregate stands beside."""
        codes = {piece.key: piece.code.copy() for piece in sketch.groups}
        for piece in sketch.outputs:
            if not has_aggregate(piece.code) and not isinstance(piece.code, exp.Literal):
                codes.setdefault(piece.key, piece.code.copy())
        return list(codes.values())

    def _table(self, name: str, aliases: dict[str, str]) -> exp.Table:
        table = self.catalog.table(name)
        written = exp.Table(this=identifier(table.name if table else name))
        alias = aliases[name]
        if alias != name:
            written.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))
        return written

    def _aliases(self, tables: list[str]) -> dict[str, str]:
        if len(tables) == 1:
            return {tables[0]: tables[0]}
        taken: dict[str, str] = {}
        for table in tables:
            words = name_stems(table) or ("t",)
            alias = "".join(word[0] for word in words)
            number = 2
            base = alias
            while alias in taken.values() or alias in _RESERVED:
                alias = f"{base}{number}"
                number += 1
            taken[table] = alias
        return taken


_LONGEST_NAME = 3
_KEYWORDS = frozenset(word for keyword in Tokenizer.KEYWORDS for word in keyword.split())
_RESERVED = frozenset({"as", "by", "do", "if", "in", "is", "no", "of", "on", "or", "to"})


def _conjuncts(code: exp.Expr) -> list[exp.Expr]:
    return list(code.flatten()) if isinstance(code, exp.And) else [code]


def _named_outputs(sketch: Sketch, spoken: Mapping[str, str]) -> list[exp.Expr]:
    """The outputs, each with an alias where it has no name of its own; no alias twice."""
    taken: set[str] = set()
    named = []
    for piece in sketch.outputs:
        code = piece.code.copy()
        if not isinstance(code, (exp.Column, exp.Star)):
            base = name = _spoken(piece, spoken) or _name(code)
            number = 2
            while name in taken:
                name = f"{base}_{number}"
                number += 1
            taken.add(name)
            code = exp.alias_(code, name, quoted=False)
        named.append(code)
    return named


def _spoken(piece: Piece, spoken: Mapping[str, str]) -> str:
    """A figure goes by what the question calls it, in the question's order: `net_revenue`."""
    if piece.role != "metric":
        return ""
    name = "_".join([word for stem, word in spoken.items() if stem in piece.words][:_LONGEST_NAME])
    return "" if not name.isidentifier() or name.upper() in _KEYWORDS else name


def _name(code: exp.Expr) -> str:
    column = next(
        (column for column in code.find_all(exp.Column) if not isinstance(column.this, exp.Star)), None
    )
    name = column.name if column is not None else ""
    if isinstance(code, exp.Count):
        return f"{name}_count" if name else "count"
    for kind, word in ((exp.Sum, "total"), (exp.Avg, "average"), (exp.Min, "min"), (exp.Max, "max")):
        if isinstance(code, kind) and name:
            return f"{word}_{name}"
    units = units_in(code)
    if units and not has_aggregate(code):
        return units[0].lower()
    text = code.sql(dialect="sqlite")
    if "STRFTIME" in text and not has_aggregate(code):
        return "month" if "%m" in text else "year" if "%Y" in text else "period"
    return "value" if has_aggregate(code) or not name else name


def _by_alias(order: exp.Expr, tree: exp.Select) -> exp.Expr:
    """An ORDER BY term that repeats an output refers to its alias instead."""
    order = order.copy()
    wanted = order.this if isinstance(order, exp.Ordered) else order
    for select in tree.expressions:
        if isinstance(select, exp.Alias) and select.this == wanted:
            name = exp.column(select.alias)
            if isinstance(order, exp.Ordered):
                order.set("this", name)
                return order
            return name
    return order


def _with_aliases(tree: exp.Select, aliases: dict[str, str]) -> exp.Select:
    """`alias.column` for `table.column`; the bare column where one table is all there is."""
    single = len(aliases) == 1 and not any(node is not tree for node in tree.find_all(exp.Select))
    for column in tree.find_all(exp.Column):
        alias = aliases.get(column.table.lower())
        if alias is None or defined_inside(column, column.table.lower(), tree):
            continue
        if single:
            column.set("table", None)
        else:
            column.set("table", identifier(alias))
    return tree


composer_for = PerCatalog(Composer.of)
"""The composer of a catalog."""
