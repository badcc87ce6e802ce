"""What is visible at any place of a whole query, from sqlglot's tree: the truth that the engine is measured against.

Shares no code with the engine: positions come from the tree's leaves and from sqlglot's own tokens. The rules:

- A query reaches from its parenthesis (or set operator) to the closing one, both borders included.
- A query's own relations are those of its FROM, joins and laterals; a subquery in an expression and a lateral item also
  see those of the queries around it, unless a nearer one has the name; a derived table and a CTE see none of them.
- In ORDER BY and LIMIT of a set operation no relation is visible, as in scope analysis: only its columns can be named.
- VALUES in parentheses of its own is a query without relations.
- In the WITH list, outside the bodies, no relation is visible.
- The clause is that of the last opening keyword left of the cursor; before a query's first word it is the clause of the
  place where the query stands, `statement` at the top, in a CTE and after a set operator.
- Names compare without case; an expression without alias has no name; columns are None when a table is unknown.
"""

from collections.abc import Iterator, Mapping
from itertools import chain

from attrs import frozen
from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from understudy_server.bench.context.gold_places import Held, Places
from understudy_server.bench.context.gold_reading import OPENS_ITEM, Reading, UntrustedError, listed

Columns = tuple[str, ...] | None


@frozen
class Source:
    """A relation of the truth. The text [start, end) names it, the word or comma that introduces it included."""

    name: str
    columns: Columns
    start: int
    end: int
    opens_after: int = -1
    """Where the word or comma that introduces the item ends."""


class Truth:
    """The truth of one statement. `schema` maps lower-case table names to columns. Raises UntrustedError; SqlglotError."""

    def __init__(self, sql: str, schema: Mapping[str, tuple[str, ...]], dialect: str) -> None:
        self.schema = schema
        self.reading = Reading(sql, dialect)
        self.tokens = self.reading.tokens
        self._places = Places(self.reading)
        self._columns: dict[int, Columns] = {}

    def clause_at(self, offset: int) -> str:
        """The clause at the offset."""
        return self._places.clause_at(offset)

    def visible_at(self, offset: int) -> list[list[Source]]:
        """The relations whose columns may be named at the offset, by query, innermost first; nearer names hide farther."""
        query = self._places.query_at(offset)
        if query is None or self.clause_at(offset) == "with":
            return []
        found = [list(self.own(query.node))]
        node: exp.Expr = query.node
        while (up := self._outer(node)) is not None:
            node, visible = up
            found.append(visible)
        return found

    def ctes_at(self, offset: int) -> set[str]:
        """Lower-case names of the CTEs that a FROM clause at the offset could name."""
        query = self._places.query_at(offset)
        return set() if query is None else {cte.alias.lower() for cte in self._ctes(query.node)}

    def _outer(self, node: exp.Expr) -> tuple[exp.Expr, list[Source]] | None:
        """The query around and what the node sees of it; None where there is none or it sees nothing."""
        child: exp.Expr = node
        parent = node.parent
        while parent is not None:
            if isinstance(parent, exp.CTE):
                return None
            if isinstance(parent, exp.Select | exp.DML):
                if child.arg_key in ("from_", "joins", "laterals", "using"):
                    return self._beside(parent, child, node)
                if isinstance(parent, exp.Insert) and child.arg_key == "expression":
                    return None
                return parent, list(self.own(parent))
            child, parent = parent, parent.parent
        return None

    def _beside(self, parent: Held, item: exp.Expr, node: exp.Expr) -> tuple[exp.Expr, list[Source]] | None:
        """A query within FROM: a lateral one sees the items left of it, one in an ON condition all of them."""
        below = node
        while below.parent is not None and below.parent is not item:
            below = below.parent
        own = list(self.own(parent))
        if isinstance(item, exp.Join) and below.arg_key in ("on", "match_condition"):
            return parent, own
        start = self.reading.extents[id(node)][0]
        lateral = isinstance(item, exp.Lateral) or any(
            isinstance(up, exp.Lateral) for up in _parents(node, item)
        )
        if lateral:
            return parent, [source for source in own if source.end <= start]
        return None

    def own(self, node: exp.Expr) -> Iterator[Source]:
        """The relations that a query names itself, in order."""
        if isinstance(node, exp.Select):
            items = [
                *listed(node.args.get("from_")),
                *(node.args.get("joins") or ()),
                *(node.args.get("laterals") or ()),
            ]
        elif isinstance(node, exp.DML):
            target = node.this.this if isinstance(node.this, exp.Schema) else node.this
            items = [
                *listed(target),
                *listed(node.args.get("from_")),
                *listed(node.args.get("using")),
                *(node.args.get("joins") or ()),
            ]
        else:
            return
        for item in items:
            relation = item.this if isinstance(item, exp.From | exp.Join) else item
            yield from self._sources(relation, node)

    def _sources(self, relation: object, query: exp.Expr) -> Iterator[Source]:
        if not isinstance(relation, exp.Expr) or id(relation) not in self.reading.extents:
            raise UntrustedError("a relation without a position")
        nested = list(chain(listed(relation.args.get("joins")), listed(relation.args.get("laterals"))))
        if (
            isinstance(relation, exp.Subquery)
            and not relation.alias
            and not isinstance(relation.this, exp.Query)
        ):
            yield from self._sources(relation.this, query)
        elif relation.alias_or_name:
            columns = self._relation_columns(relation, query)
            yield Source(relation.alias_or_name, columns, *self._naming(relation))
        for join in nested:
            yield from self._sources(join.this if isinstance(join, exp.Join) else join, query)

    def _naming(self, relation: exp.Expr) -> tuple[int, int, int]:
        """The text that names a relation, from the word that introduces it to its alias."""
        low, high = self.reading.extents[id(relation)]
        joined = [
            self.reading.extents[id(join)][0]
            for join in listed(relation.args.get("joins"))
            if id(join) in self.reading.extents
        ]
        first = next(i for i, token in enumerate(self.tokens) if token.start >= low)
        if isinstance(relation, exp.Subquery):
            while first > 0 and self.tokens[first].token_type != TokenType.L_PAREN:
                first -= 1
            while (
                first > 1
                and self.tokens[first - 1].token_type == TokenType.L_PAREN
                and self._close_of(first - 1) is not None
                and self.tokens[self._close_of(first - 1) or 0].start < high
            ):
                first -= 1
        begin = self.tokens[first].start
        for opened, closed in self.reading.pairs:
            if begin <= self.tokens[opened].start < high and self.tokens[closed].start >= high:
                high = self.tokens[closed].end + 1
        opener = first
        while opener > 0 and self.tokens[opener].token_type not in OPENS_ITEM:
            opener -= 1
        if joined:
            high = min([high, *joined])
        return self.tokens[opener].start, high, self.tokens[opener].end + 1

    def _close_of(self, opened: int) -> int | None:
        return next((closed for first, closed in self.reading.pairs if first == opened), None)

    def _relation_columns(self, relation: exp.Expr, query: exp.Expr) -> Columns:
        alias = relation.args.get("alias")
        listed = (
            tuple(column.name for column in alias.args.get("columns") or ())
            if isinstance(alias, exp.TableAlias)
            else ()
        )
        if relation.args.get("pivots"):
            raise UntrustedError("a pivot")
        columns: Columns = None
        if isinstance(relation, exp.Table) and isinstance(relation.this, exp.Identifier):
            cte = None
            if not relation.db:
                cte = next(
                    (c for c in self._ctes(relation) if c.alias.lower() == relation.name.lower()), None
                )
            columns = self._cte_columns(cte) if cte is not None else self._table(relation)
        elif isinstance(relation, exp.Subquery) and isinstance(relation.this, exp.Query):
            columns = self.outputs(relation.this)
        elif isinstance(relation, exp.Lateral) and isinstance(relation.this, exp.Subquery):
            columns = self.outputs(relation.this.this)
        if listed:
            return listed + (columns[len(listed) :] if columns else ())
        return columns

    def _table(self, relation: exp.Table) -> Columns:
        path = ".".join(part.name for part in relation.parts).lower()
        return self.schema.get(path, self.schema.get(relation.name.lower()))

    def _cte_columns(self, cte: exp.CTE) -> Columns:
        alias = cte.args.get("alias")
        listed = (
            tuple(column.name for column in alias.args.get("columns") or ())
            if isinstance(alias, exp.TableAlias)
            else ()
        )
        return listed or self.outputs(cte.this)

    def _ctes(self, node: exp.Expr) -> list[exp.CTE]:
        """The CTEs that the node may name, nearest first."""
        found: list[exp.CTE] = []
        inside: exp.CTE | None = None
        at: exp.Expr | None = node
        while at is not None:
            if isinstance(at, exp.CTE):
                inside = at
            elif isinstance(at, exp.With):
                listed = at.expressions
                place = listed.index(inside) if inside in listed else len(listed)
                found += reversed(listed[: place + 1 if at.recursive else place])
            elif (own := at.args.get("with_")) is not None and (inside is None or inside.parent is not own):
                found += reversed(own.expressions)
            at = at.parent
        return found

    def outputs(self, query: exp.Expr) -> Columns:
        """Names of a query's columns; those of a set operation are its first branch's."""
        while isinstance(query, exp.SetOperation | exp.Subquery):
            query = query.left if isinstance(query, exp.SetOperation) else query.this
        if not isinstance(query, exp.Select):
            return None
        if id(query) not in self._columns:
            self._columns[id(query)] = None  # a recursive CTE asks for itself while its first branch is read
            self._columns[id(query)] = self._read_outputs(query)
        return self._columns[id(query)]

    def _read_outputs(self, query: exp.Select) -> Columns:
        names: list[str] = []
        for item in query.expressions:
            star = item if isinstance(item, exp.Star) else item.this if isinstance(item, exp.Column) else None
            if not isinstance(star, exp.Star):
                if isinstance(item, exp.Alias | exp.Column | exp.Dot):
                    names.append(item.alias_or_name)
                continue
            wanted = item.table.lower() if isinstance(item, exp.Column) else ""
            expanded = self._expand(query, star, wanted)
            if expanded is None:
                return None
            names += expanded
        return tuple(names)

    def _expand(self, query: exp.Select, star: exp.Star, wanted: str) -> list[str] | None:
        merged = {
            name.name.lower()
            for join in query.args.get("joins") or ()
            for name in join.args.get("using") or ()
        }
        dropped = {part.name.lower() for part in star.args.get("except_") or ()}
        renamed = {part.this.name.lower(): part.alias for part in star.args.get("rename") or ()}
        if any(join.method == "NATURAL" for join in query.args.get("joins") or ()):
            raise UntrustedError("a natural join")
        names: list[str] = []
        sources = [source for source in self.own(query) if not wanted or source.name.lower() == wanted]
        for source in sources:
            if source.columns is None:
                return None
            for column in source.columns:
                if column.lower() in dropped:
                    continue
                if not wanted and column.lower() in merged and column.lower() in {n.lower() for n in names}:
                    continue
                names.append(renamed.get(column.lower(), column))
        return names if sources else None


def _parents(node: exp.Expr, until: exp.Expr | None = None) -> list[exp.Expr]:
    found = []
    at = node.parent
    while at is not None and at is not until:
        found.append(at)
        at = at.parent
    return found
