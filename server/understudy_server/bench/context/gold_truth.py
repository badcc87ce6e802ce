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

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from attrs import field, frozen
from sqlglot import Dialect, exp
from sqlglot.tokenizer_core import Token, TokenType

Columns = tuple[str, ...] | None
Held = exp.Select | exp.SetOperation | exp.DML | exp.Values

_OPENERS: Mapping[TokenType, str] = {
    TokenType.WITH: "with",
    TokenType.SELECT: "select",
    TokenType.FROM: "from",
    TokenType.JOIN: "join",
    TokenType.APPLY: "join",
    TokenType.ON: "on",
    TokenType.USING: "on",
    TokenType.WHERE: "where",
    TokenType.GROUP_BY: "group by",
    TokenType.HAVING: "having",
    TokenType.QUALIFY: "having",
    TokenType.ORDER_BY: "order by",
    TokenType.LIMIT: "limit",
    TokenType.OFFSET: "limit",
    TokenType.FETCH: "limit",
    TokenType.WINDOW: "other",
    TokenType.RETURNING: "select",
    TokenType.SET: "set",
    TokenType.VALUES: "values",
    TokenType.INSERT: "insert",
    TokenType.UPDATE: "update",
    TokenType.DELETE: "from",
}
_SET_OPERATORS = frozenset((TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT))
_NO_OPENERS = frozenset(
    (
        (TokenType.FROM, TokenType.DISTINCT),
        (TokenType.ON, TokenType.DISTINCT),
        (TokenType.EXCEPT, TokenType.STAR),
    )
)
_TRAILING = frozenset((TokenType.ORDER_BY, TokenType.LIMIT, TokenType.OFFSET, TokenType.FETCH))
_ARGUMENT_CLAUSES = {
    "expressions": "select",
    "from_": "from",
    "where": "where",
    "group": "group by",
    "having": "having",
    "qualify": "having",
    "order": "order by",
    "limit": "limit",
    "offset": "limit",
    "windows": "other",
}
_OPENS_ITEM = frozenset((TokenType.FROM, TokenType.JOIN, TokenType.COMMA, TokenType.INTO, TokenType.UPDATE))


@frozen
class Source:
    """A relation of the truth. The text [start, end) names it, the word or comma that introduces it included."""

    name: str
    columns: Columns
    start: int
    end: int
    opens_after: int = -1
    """Where the word or comma that introduces the item ends."""


@frozen(eq=False)
class Query:
    """A query and the text [start, end] in which a cursor is inside of it and of no smaller one."""

    node: Held
    start: int
    end: int
    depth: int
    regions: tuple[tuple[int, str], ...]
    """(offset from which on, clause), in order."""
    around: str
    """The clause before the first region."""
    branch: bool = field(default=False)


class UntrustedError(Exception):
    """The tree and the tokens do not agree: nothing is said of this query."""


class Truth:
    """The truth of one statement. `schema` maps lower-case table names to columns. Raises UntrustedError; SqlglotError."""

    def __init__(self, sql: str, schema: Mapping[str, tuple[str, ...]], dialect: str) -> None:
        self.sql = sql
        self.schema = schema
        language = Dialect.get_or_raise(dialect)
        self.tokens: list[Token] = language.tokenize(sql)
        tree = next(iter(language.parser().parse(self.tokens, sql)), None)
        if tree is None or isinstance(tree, exp.Command):
            raise UntrustedError("no statement")
        self.tree: exp.Expr = tree
        self._pairs = _pairs(self.tokens)
        self._depths = _depths(self.tokens)
        self._extents: dict[int, tuple[int, int]] = {}
        self._measure()
        self._columns: dict[int, Columns] = {}
        self.queries = self._read_queries()
        self._by_node = {id(query.node): query for query in self.queries}
        self._check()

    def query_at(self, offset: int) -> Query | None:
        """The innermost query that holds the offset."""
        holding = [query for query in self.queries if query.start <= offset <= query.end]
        return min(holding, key=lambda query: (query.end - query.start, -query.depth), default=None)

    def clause_at(self, offset: int) -> str:
        """The clause at the offset."""
        query = self.query_at(offset)
        if query is None:
            return "statement"
        passed = [clause for start, clause in query.regions if start <= offset]
        return passed[-1] if passed else query.around

    def visible_at(self, offset: int) -> list[list[Source]]:
        """The relations whose columns may be named at the offset, by query, innermost first; nearer names hide farther."""
        query = self.query_at(offset)
        if query is None or self.clause_at(offset) == "with":
            return []
        found = [list(self._own(query.node))]
        node: exp.Expr = query.node
        while (up := self._outer(node)) is not None:
            node, visible = up
            found.append(visible)
        return found

    def ctes_at(self, offset: int) -> set[str]:
        """Lower-case names of the CTEs that a FROM clause at the offset could name."""
        query = self.query_at(offset)
        return set() if query is None else {cte.alias.lower() for cte in self._ctes(query.node)}

    # --- where queries stand -------------------------------------------------------------------------------------

    def _measure(self) -> None:
        """First and last offset of the leaves below each node."""
        for node in reversed(list(self.tree.walk())):
            spans = [
                self._extents[id(child)] for child in node.iter_expressions() if id(child) in self._extents
            ]
            start, end = node.meta.get("start"), node.meta.get("end")
            if start is not None and end is not None:
                spans.append((start, end + 1))
            if spans:
                self._extents[id(node)] = (min(s for s, _ in spans), max(e for _, e in spans))

    def _low(self, select: exp.Select) -> int:
        """Offset of the first leaf, the WITH list left out."""
        lows = [
            self._extents[id(child)][0]
            for child in select.iter_expressions()
            if id(child) in self._extents and not isinstance(child, exp.With)
        ]
        if not lows:
            raise UntrustedError("a query without a leaf that has a position")
        return min(lows)

    def _read_queries(self) -> list[Query]:
        selects = sorted(self.tree.find_all(exp.Select), key=lambda node: (self._low(node), node.depth))
        words = [index for index, token in enumerate(self.tokens) if token.token_type == TokenType.SELECT]
        if len(selects) != len(words):
            raise UntrustedError("queries without the word SELECT")
        queries = [self._query(node, index) for node, index in zip(selects, words, strict=True)]
        for operation in self.tree.find_all(exp.SetOperation):
            queries.append(self._operation(operation, queries))
        queries += self._values()
        if isinstance(self.tree, exp.DML):
            queries.append(self._statement(self.tree))
        return queries

    def _values(self) -> Iterator[Query]:
        nodes = [node for node in self.tree.find_all(exp.Values) if not isinstance(node.parent, exp.Insert)]
        words = [
            index
            for index, token in enumerate(self.tokens)
            if token.token_type == TokenType.VALUES and self.tokens[index - 1].token_type == TokenType.L_PAREN
        ]
        if len(nodes) != len(words):
            raise UntrustedError("VALUES outside of parentheses")
        for node, word in zip(sorted(nodes, key=lambda node: self._extents[id(node)]), words, strict=True):
            low, high, _ = self._interior(word)
            regions = ((self.tokens[word].end + 1, "values"),)
            yield Query(node, low, high, node.depth, regions, self._around(node, low))

    def _query(self, node: exp.Select, word: int) -> Query:
        low, high, depth = self._interior(word)
        for index in range(word, -1, -1):
            token = self.tokens[index]
            if token.start < low:
                break
            if self._depths[index] == depth and self._is_set_operator(index):
                low = token.end + 1
                break
        for index in range(word, len(self.tokens)):
            token = self.tokens[index]
            if token.start >= high:
                break
            if self._depths[index] == depth and self._is_set_operator(index):
                high = token.start
                break
        operation = node.parent if isinstance(node.parent, exp.SetOperation) else None
        if operation is not None and (trailing := self._trailing(operation, word, high, depth)) is not None:
            high = trailing
        regions, around = self._regions(low, high, depth), self._around(node, low)
        if isinstance(self.tree, exp.DML) and depth == 0:
            # Right before its SELECT the query of an INSERT has not begun; RETURNING is not part of it.
            low = self.tokens[word].start + 1
            high = min([high, *(t.start for t in self.tokens[word:] if t.token_type == TokenType.RETURNING)])
        return Query(node, low, high, node.depth, regions, around, operation is not None)

    def _operation(self, node: exp.SetOperation, queries: Sequence[Query]) -> Query:
        left, right = (self._extents.get(id(part)) for part in (node.left, node.right))
        if left is None or right is None:
            raise UntrustedError("a branch without a position")
        between = [
            index
            for index, token in enumerate(self.tokens)
            if left[1] <= token.start < right[0] and token.token_type in _SET_OPERATORS
        ]
        if len(between) != 1:
            raise UntrustedError("no set operator between two branches")
        low, high, depth = self._interior(between[0])
        last = max(
            (query.end for query in queries if query.start >= low and query.end <= high and query.branch),
            default=low,
        )
        last = max(last, self.tokens[between[0]].end)
        regions = tuple(
            (token.end + 1, _OPENERS[token.token_type])
            for index, token in enumerate(self.tokens)
            if self._depths[index] == depth
            and low <= token.start < high
            and (
                token.token_type == TokenType.WITH or (token.start >= last and token.token_type in _TRAILING)
            )
        )
        return Query(node, low, high, node.depth, regions, self._around(node, low))

    def _statement(self, node: exp.DML) -> Query:
        end = len(self.sql)
        return Query(node, 0, end, 0, self._regions(0, end, 0), "statement")

    def _is_set_operator(self, index: int) -> bool:
        before = self.tokens[index - 1].token_type if index else None
        kind = self.tokens[index].token_type
        return kind in _SET_OPERATORS and (kind, before) not in _NO_OPENERS

    def _interior(self, index: int) -> tuple[int, int, int]:
        """(start, end, depth) of what stands between the parentheses around the token."""
        holding = [pair for pair in self._pairs if pair[0] < index < pair[1]]
        if not holding:
            return 0, len(self.sql), 0
        opened, closed = max(holding)
        return self.tokens[opened].end + 1, self.tokens[closed].start, self._depths[index]

    def _trailing(self, operation: exp.SetOperation, word: int, high: int, depth: int) -> int | None:
        """Where ORDER BY or LIMIT of the set operation begins, when this is its last branch."""
        top = operation
        while isinstance(top.parent, exp.SetOperation):
            top = top.parent
        lows = [
            self._extents[id(part)][0]
            for key in ("order", "limit", "offset")
            if (part := top.args.get(key)) is not None and id(part) in self._extents
        ]
        if not lows:
            return None
        for index in range(word, len(self.tokens)):
            token = self.tokens[index]
            if token.start >= high:
                return None
            if self._depths[index] == depth and token.token_type in _TRAILING:
                return token.start
        return None

    def _regions(self, low: int, high: int, depth: int) -> tuple[tuple[int, str], ...]:
        regions: list[tuple[int, str]] = []
        for index, token in enumerate(self.tokens):
            if not low <= token.start < high:
                continue
            clause = _OPENERS.get(token.token_type)
            if self._depths[index] == depth + 1 and clause in ("join", "on") and self._joins_in(index):
                # Behind parentheses around joined relations the clause is again what it was before them.
                close = min(last for first, last in self._pairs if first < index < last)
                behind = self.tokens[close].end + 1
                before = [name for start, name in regions if start < behind and name != "on"]
                regions = [region for region in regions if region[0] != behind]
                regions += [(token.end + 1, str(clause)), (behind, before[-1])]
            if self._depths[index] != depth:
                continue
            if token.token_type == TokenType.USING and isinstance(self.tree, exp.Delete | exp.Merge):
                clause = "from"
            left = self.tokens[index - 1].token_type if index else None
            if (token.token_type, left) in _NO_OPENERS:
                continue
            following = self.tokens[index + 1].token_type if index + 1 < len(self.tokens) else None
            if token.token_type == TokenType.WITH and following == TokenType.L_PAREN:
                continue  # hints of a table
            if token.token_type == TokenType.COMMA and regions and regions[-1][1] in ("join", "on"):
                clause = "from"
            if clause is not None:
                regions.append((token.end + 1, clause))
        return tuple(sorted(regions, key=lambda region: region[0]))

    def _joins_in(self, index: int) -> bool:
        """Whether the token stands in parentheses around joined relations."""
        opened = max(first for first, last in self._pairs if first < index < last)
        queries = (TokenType.SELECT, TokenType.WITH, TokenType.VALUES)
        return (
            self.tokens[opened - 1].token_type in _OPENS_ITEM
            and self.tokens[opened + 1].token_type not in queries
        )

    def _around(self, node: exp.Expr, low: int) -> str:
        if low == 0 or not self.tokens:
            return "statement"
        before = next((t for t in reversed(self.tokens) if t.end < low), None)
        if before is None or before.token_type != TokenType.L_PAREN:
            return "statement"
        parent = node.parent
        while isinstance(parent, exp.Subquery | exp.SetOperation | exp.Paren):
            parent = parent.parent
        if parent is None or isinstance(parent, exp.CTE | exp.DML | exp.Create):
            return "statement"
        return f"@{before.start}"

    def _check(self) -> None:
        """Every leaf must stand in the clause that the tree puts it in; clauses of places outside are looked up."""
        for query in self.queries:
            if not isinstance(query.node, exp.Select):
                continue
            for key, clause in _ARGUMENT_CLAUSES.items():
                for part in _listed(query.node.args.get(key)):
                    for leaf in part.walk(prune=lambda n: isinstance(n, exp.Query)):
                        start = leaf.meta.get("start")
                        if (
                            start is not None
                            and not isinstance(leaf, exp.Query)
                            and self._strays(query, start, clause)
                        ):
                            raise UntrustedError(f"{key} at {start}")

    def _strays(self, query: Query, start: int, clause: str) -> bool:
        if not query.start <= start <= query.end:
            return True
        passed = [clause for begin, clause in query.regions if begin <= start]
        # TOP 10 is what LIMIT 10 is, but stands in the select list.
        return not passed or (passed[-1] != clause and (passed[-1], clause) != ("select", "limit"))

    def resolved_clause(self, offset: int) -> str:
        """As `clause_at`, with the clause of the place around where a query has not begun."""
        clause = self.clause_at(offset)
        while clause.startswith("@"):
            clause = self.clause_at(int(clause[1:]))
        return clause

    # --- what is visible there -----------------------------------------------------------------------------------

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
                return parent, list(self._own(parent))
            child, parent = parent, parent.parent
        return None

    def _beside(self, parent: Held, item: exp.Expr, node: exp.Expr) -> tuple[exp.Expr, list[Source]] | None:
        """A query within FROM: a lateral one sees the items left of it, one in an ON condition all of them."""
        below = node
        while below.parent is not None and below.parent is not item:
            below = below.parent
        own = list(self._own(parent))
        if isinstance(item, exp.Join) and below.arg_key in ("on", "match_condition"):
            return parent, own
        start = self._extents[id(node)][0]
        lateral = isinstance(item, exp.Lateral) or any(
            isinstance(up, exp.Lateral) for up in _parents(node, item)
        )
        if lateral:
            return parent, [source for source in own if source.end <= start]
        return None

    def _own(self, node: exp.Expr) -> Iterator[Source]:
        if isinstance(node, exp.Select):
            items = [
                *_listed(node.args.get("from_")),
                *(node.args.get("joins") or ()),
                *(node.args.get("laterals") or ()),
            ]
        elif isinstance(node, exp.DML):
            target = node.this.this if isinstance(node.this, exp.Schema) else node.this
            items = [
                *_listed(target),
                *_listed(node.args.get("from_")),
                *_listed(node.args.get("using")),
                *(node.args.get("joins") or ()),
            ]
        else:
            return
        for item in items:
            relation = item.this if isinstance(item, exp.From | exp.Join) else item
            yield from self._sources(relation, node)

    def _sources(self, relation: object, query: exp.Expr) -> Iterator[Source]:
        if not isinstance(relation, exp.Expr) or id(relation) not in self._extents:
            raise UntrustedError("a relation without a position")
        nested = list(chain(_listed(relation.args.get("joins")), _listed(relation.args.get("laterals"))))
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
        low, high = self._extents[id(relation)]
        joined = [
            self._extents[id(join)][0]
            for join in _listed(relation.args.get("joins"))
            if id(join) in self._extents
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
        for opened, closed in self._pairs:
            if begin <= self.tokens[opened].start < high and self.tokens[closed].start >= high:
                high = self.tokens[closed].end + 1
        opener = first
        while opener > 0 and self.tokens[opener].token_type not in _OPENS_ITEM:
            opener -= 1
        if joined:
            high = min([high, *joined])
        return self.tokens[opener].start, high, self.tokens[opener].end + 1

    def _close_of(self, opened: int) -> int | None:
        return next((closed for first, closed in self._pairs if first == opened), None)

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
        sources = [source for source in self._own(query) if not wanted or source.name.lower() == wanted]
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


def _listed(part: object) -> list[exp.Expr]:
    if isinstance(part, list):
        return [one for one in part if isinstance(one, exp.Expr)]
    return [part] if isinstance(part, exp.Expr) else []


def _parents(node: exp.Expr, until: exp.Expr | None = None) -> list[exp.Expr]:
    found = []
    at = node.parent
    while at is not None and at is not until:
        found.append(at)
        at = at.parent
    return found


def _pairs(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Indices of parentheses that belong together."""
    pairs, opened = [], []
    for index, token in enumerate(tokens):
        if token.token_type == TokenType.L_PAREN:
            opened.append(index)
        elif token.token_type == TokenType.R_PAREN and opened:
            pairs.append((opened.pop(), index))
    return pairs


def _depths(tokens: Sequence[Token]) -> list[int]:
    depths, depth = [], 0
    for token in tokens:
        depth -= token.token_type == TokenType.R_PAREN
        depths.append(depth)
        depth += token.token_type == TokenType.L_PAREN
    return depths
