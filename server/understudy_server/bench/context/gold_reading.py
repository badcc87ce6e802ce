"""A whole query as sqlglot reads it: its tree, its tokens, and where in the text they stand."""

from collections.abc import Mapping, Sequence

from sqlglot import Dialect, exp
from sqlglot.tokenizer_core import Token, TokenType

OPENERS: Mapping[TokenType, str] = {
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
"""Words that open a clause, by the clause."""
SET_OPERATORS = frozenset((TokenType.UNION, TokenType.EXCEPT, TokenType.INTERSECT))
NO_OPENERS = frozenset(
    (
        (TokenType.FROM, TokenType.DISTINCT),
        (TokenType.ON, TokenType.DISTINCT),
        (TokenType.EXCEPT, TokenType.STAR),
    )
)
OPENS_ITEM = frozenset((TokenType.FROM, TokenType.JOIN, TokenType.COMMA, TokenType.INTO, TokenType.UPDATE))
"""What introduces a relation."""


class UntrustedError(Exception):
    """The tree and the tokens do not agree: nothing is said of this query."""


class Reading:
    """One statement. Raises UntrustedError where there is none; SqlglotError where it does not parse."""

    def __init__(self, sql: str, dialect: str) -> None:
        self.sql = sql
        language = Dialect.get_or_raise(dialect)
        self.tokens: list[Token] = language.tokenize(sql)
        tree = next(iter(language.parser().parse(self.tokens, sql)), None)
        if tree is None or isinstance(tree, exp.Command):
            raise UntrustedError("no statement")
        self.tree: exp.Expr = tree
        self.pairs = _pairs(self.tokens)
        """Indices of parentheses that belong together."""
        self.depths = _depths(self.tokens)
        """How many parentheses are open at each token; one stands outside of itself."""
        self.extents: dict[int, tuple[int, int]] = {}
        """By the id of a node: offsets of its first leaf and of the end of its last one."""
        self._measure()

    def _measure(self) -> None:
        """First and last offset of the leaves below each node."""
        for node in reversed(list(self.tree.walk())):
            spans = [
                self.extents[id(child)] for child in node.iter_expressions() if id(child) in self.extents
            ]
            start, end = node.meta.get("start"), node.meta.get("end")
            if start is not None and end is not None:
                spans.append((start, end + 1))
            if spans:
                self.extents[id(node)] = (min(s for s, _ in spans), max(e for _, e in spans))

    def is_set_operator(self, index: int) -> bool:
        """Whether the token stands between two branches."""
        before = self.tokens[index - 1].token_type if index else None
        kind = self.tokens[index].token_type
        return kind in SET_OPERATORS and (kind, before) not in NO_OPENERS

    def interior(self, index: int) -> tuple[int, int, int]:
        """(start, end, depth) of what stands between the parentheses around the token."""
        holding = [pair for pair in self.pairs if pair[0] < index < pair[1]]
        if not holding:
            return 0, len(self.sql), 0
        opened, closed = max(holding)
        return self.tokens[opened].end + 1, self.tokens[closed].start, self.depths[index]


def listed(part: object) -> list[exp.Expr]:
    """What an argument of a node holds, as a list."""
    if isinstance(part, list):
        return [one for one in part if isinstance(one, exp.Expr)]
    return [part] if isinstance(part, exp.Expr) else []


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
