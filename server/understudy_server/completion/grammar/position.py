"""Where in a statement the cursor stands: the open parentheses around it, and what may come next in each of them."""

from typing import Literal

from attrs import define, field

from understudy_server.context.sql.lexer import Token

Kind = Literal["query", "call", "group", "list", "window", "columns", "cast", "derived", "other"]
"""What a parenthesis holds; `list` follows IN, `columns` follow USING, `derived` stands in FROM."""
Expects = Literal[
    "start",
    "operand",
    "operator",
    "named",
    "alias",
    "relation",
    "source",
    "join",
    "by",
    "is",
    "is not",
    "negated",
    "in",
    "exists",
    "case",
    "using",
    "type",
    "over",
    "nulls",
    "ordered",
    "cte",
    "cte name",
    "done",
    "query",
]
"""What the next token is. `operator` also ends an operand, `named` follows an alias, `source` a relation, `query` UNION."""
RANK = {
    "with": 0,
    "select": 1,
    "from": 2,
    "on": 2,
    "where": 3,
    "group by": 4,
    "having": 5,
    "qualify": 6,
    "order by": 7,
    "limit": 8,
    "offset": 9,
}
"""The order in which a query has its clauses."""


class UnknownError(Exception):
    """The text left of the cursor has something of which nobody here knows what may follow."""


@define
class Case:
    """A CASE that is still open: `part` is case, when, then or else; the rest is how it is around it."""

    part: str
    condition: bool
    compared: bool


@define
class Level:
    """One parenthesis that is still open, or the statement itself."""

    kind: Kind
    opener: str = ""
    """The word before it in upper case."""
    clause: str = ""
    expects: Expects = "start"
    condition: bool = False
    """Whether a condition is wanted where the cursor is, not a value."""
    compared: bool = False
    """Whether the condition has its comparison."""
    between: bool = False
    """Whether BETWEEN still waits for its AND."""
    cases: list[Case] = field(factory=list)
    items: int = 0
    """How many commas its list has."""
    star: bool = False
    """Whether the operand just read was a star."""
    distinct: bool = False
    """Whether the item begins with DISTINCT."""
    tested: bool = False
    """Whether what was just read is a whole condition: NULL behind IS, the list behind IN."""
    fresh: bool = False
    """Whether an item has just begun."""
    denied: bool = False
    """Whether NOT stands before the operand."""
    aggregate: bool = False
    """Whether the clause holds an aggregate or a window function."""
    ctes: list[str] = field(factory=list)
    selected: list[tuple[str, str]] = field(factory=list)
    """(qualifier, name) of the columns written in the SELECT list; the qualifier may be empty."""
    relations: list[str] = field(factory=list)
    """What the relations of its FROM go by."""
    has_from: bool = False
    united: bool = False
    """Whether it is a branch behind UNION or the like."""

    def begin_item(self) -> None:
        """Behind a comma or a clause's keyword."""
        self.expects, self.compared, self.between, self.star = "operand", False, False, False
        self.distinct, self.fresh = False, True


def is_word(token: Token) -> bool:
    """Whether it can be a name."""
    return token.kind in ("word", "quoted")
