"""Where the queries of a statement stand, and their clauses: the half of the truth that is about places."""

from collections.abc import Iterator, Sequence

from attrs import frozen
from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from understudy_server.bench.context.gold_reading import (
    NO_OPENERS,
    OPENERS,
    OPENS_ITEM,
    Reading,
    UntrustedError,
    listed,
)

Held = exp.Select | exp.SetOperation | exp.DML | exp.Values

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
    branch: bool = False
    """Whether it is part of a set operation without parentheses of its own."""


class Places:
    """The queries of a statement by place. Raises UntrustedError where tree and tokens disagree about one."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.queries = self._read_queries()
        self._check()

    def query_at(self, offset: int) -> Query | None:
        """The innermost query that holds the offset."""
        holding = [query for query in self.queries if query.start <= offset <= query.end]
        return min(holding, key=lambda query: (query.end - query.start, -query.depth), default=None)

    def _clause_at(self, offset: int) -> str:
        """The clause at the offset; `@` and an offset for that of another place."""
        query = self.query_at(offset)
        if query is None:
            return "statement"
        passed = [clause for start, clause in query.regions if start <= offset]
        return passed[-1] if passed else query.around

    def clause_at(self, offset: int) -> str:
        """As `clause_at`, with the clause of the place around where a query has not begun."""
        clause = self._clause_at(offset)
        while clause.startswith("@"):
            clause = self._clause_at(int(clause[1:]))
        return clause

    def _low(self, select: exp.Select) -> int:
        """Offset of the first leaf, the WITH list left out."""
        lows = [
            self.reading.extents[id(child)][0]
            for child in select.iter_expressions()
            if id(child) in self.reading.extents and not isinstance(child, exp.With)
        ]
        if not lows:
            raise UntrustedError("a query without a leaf that has a position")
        return min(lows)

    def _read_queries(self) -> list[Query]:
        selects = sorted(
            self.reading.tree.find_all(exp.Select), key=lambda node: (self._low(node), node.depth)
        )
        words = [
            index for index, token in enumerate(self.reading.tokens) if token.token_type == TokenType.SELECT
        ]
        if len(selects) != len(words):
            raise UntrustedError("queries without the word SELECT")
        queries = [self._query(node, index) for node, index in zip(selects, words, strict=True)]
        for operation in self.reading.tree.find_all(exp.SetOperation):
            queries.append(self._operation(operation, queries))
        queries += self._values()
        if isinstance(self.reading.tree, exp.DML):
            queries.append(self._statement(self.reading.tree))
        return queries

    def _values(self) -> Iterator[Query]:
        nodes = [
            node for node in self.reading.tree.find_all(exp.Values) if not isinstance(node.parent, exp.Insert)
        ]
        words = [
            index
            for index, token in enumerate(self.reading.tokens)
            if token.token_type == TokenType.VALUES
            and self.reading.tokens[index - 1].token_type == TokenType.L_PAREN
        ]
        if len(nodes) != len(words):
            raise UntrustedError("VALUES outside of parentheses")
        for node, word in zip(
            sorted(nodes, key=lambda node: self.reading.extents[id(node)]), words, strict=True
        ):
            low, high, _ = self.reading.interior(word)
            regions = ((self.reading.tokens[word].end + 1, "values"),)
            yield Query(node, low, high, node.depth, regions, self._around(node, low))

    def _query(self, node: exp.Select, word: int) -> Query:
        low, high, depth = self.reading.interior(word)
        for index in range(word, -1, -1):
            token = self.reading.tokens[index]
            if token.start < low:
                break
            if self.reading.depths[index] == depth and self.reading.is_set_operator(index):
                low = token.end + 1
                break
        for index in range(word, len(self.reading.tokens)):
            token = self.reading.tokens[index]
            if token.start >= high:
                break
            if self.reading.depths[index] == depth and self.reading.is_set_operator(index):
                high = token.start
                break
        operation = node.parent if isinstance(node.parent, exp.SetOperation) else None
        if operation is not None and (trailing := self._trailing(operation, word, high, depth)) is not None:
            high = trailing
        regions, around = self._regions(low, high, depth), self._around(node, low)
        if isinstance(self.reading.tree, exp.DML) and depth == 0:
            # Right before its SELECT the query of an INSERT has not begun; RETURNING is not part of it.
            low = self.reading.tokens[word].start + 1
            high = min(
                [high, *(t.start for t in self.reading.tokens[word:] if t.token_type == TokenType.RETURNING)]
            )
        return Query(node, low, high, node.depth, regions, around, operation is not None)

    def _operation(self, node: exp.SetOperation, queries: Sequence[Query]) -> Query:
        left, right = (self.reading.extents.get(id(part)) for part in (node.left, node.right))
        if left is None or right is None:
            raise UntrustedError("a branch without a position")
        between = [
            index
            for index, token in enumerate(self.reading.tokens)
            if left[1] <= token.start < right[0] and self.reading.is_set_operator(index)
        ]
        if len(between) != 1:
            raise UntrustedError("no set operator between two branches")
        low, high, depth = self.reading.interior(between[0])
        last = max(
            (query.end for query in queries if query.start >= low and query.end <= high and query.branch),
            default=low,
        )
        last = max(last, self.reading.tokens[between[0]].end)
        regions = tuple(
            (token.end + 1, OPENERS[token.token_type])
            for index, token in enumerate(self.reading.tokens)
            if self.reading.depths[index] == depth
            and low <= token.start < high
            and (
                token.token_type == TokenType.WITH or (token.start >= last and token.token_type in _TRAILING)
            )
        )
        return Query(node, low, high, node.depth, regions, self._around(node, low))

    def _statement(self, node: exp.DML) -> Query:
        end = len(self.reading.sql)
        return Query(node, 0, end, 0, self._regions(0, end, 0), "statement")

    def _trailing(self, operation: exp.SetOperation, word: int, high: int, depth: int) -> int | None:
        """Where ORDER BY or LIMIT of the set operation begins, when this is its last branch."""
        top = operation
        while isinstance(top.parent, exp.SetOperation):
            top = top.parent
        lows = [
            self.reading.extents[id(part)][0]
            for key in ("order", "limit", "offset")
            if (part := top.args.get(key)) is not None and id(part) in self.reading.extents
        ]
        if not lows:
            return None
        for index in range(word, len(self.reading.tokens)):
            token = self.reading.tokens[index]
            if token.start >= high:
                return None
            if self.reading.depths[index] == depth and token.token_type in _TRAILING:
                return token.start
        return None

    def _regions(self, low: int, high: int, depth: int) -> tuple[tuple[int, str], ...]:
        regions: list[tuple[int, str]] = []
        for index, token in enumerate(self.reading.tokens):
            if not low <= token.start < high:
                continue
            clause = OPENERS.get(token.token_type)
            if self.reading.depths[index] == depth + 1 and clause in ("join", "on") and self._joins_in(index):
                # Behind parentheses around joined relations the clause is again what it was before them.
                close = min(last for first, last in self.reading.pairs if first < index < last)
                behind = self.reading.tokens[close].end + 1
                before = [name for start, name in regions if start < behind and name != "on"]
                regions = [region for region in regions if region[0] != behind]
                regions += [(token.end + 1, str(clause)), (behind, before[-1])]
            if self.reading.depths[index] != depth:
                continue
            if token.token_type == TokenType.USING and isinstance(self.reading.tree, exp.Delete | exp.Merge):
                clause = "from"
            left = self.reading.tokens[index - 1].token_type if index else None
            if (token.token_type, left) in NO_OPENERS:
                continue
            following = (
                self.reading.tokens[index + 1].token_type if index + 1 < len(self.reading.tokens) else None
            )
            if token.token_type == TokenType.WITH and following == TokenType.L_PAREN:
                continue  # hints of a table
            if token.token_type == TokenType.COMMA and regions and regions[-1][1] in ("join", "on"):
                clause = "from"
            if clause is not None:
                regions.append((token.end + 1, clause))
        return tuple(sorted(regions, key=lambda region: region[0]))

    def _joins_in(self, index: int) -> bool:
        """Whether the token stands in parentheses around joined relations."""
        opened = max(first for first, last in self.reading.pairs if first < index < last)
        queries = (TokenType.SELECT, TokenType.WITH, TokenType.VALUES)
        return (
            self.reading.tokens[opened - 1].token_type in OPENS_ITEM
            and self.reading.tokens[opened + 1].token_type not in queries
        )

    def _around(self, node: exp.Expr, low: int) -> str:
        if low == 0 or not self.reading.tokens:
            return "statement"
        before = next((t for t in reversed(self.reading.tokens) if t.end < low), None)
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
                for part in listed(query.node.args.get(key)):
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
