"""What stands right of the cursor: which parentheses it closes, and what the completion must leave room for."""

from collections.abc import Sequence
from typing import Literal

from attrs import frozen

from understudy_server.context.sql.lexer import Token

Begins = Literal[
    "end", "closing", "clause", "comma", "join", "on", "as", "operator", "and", "case", "direction", "other"
]
"""How the suffix goes on; `operator` takes what the completion ends with as its left side."""
LAST = 99
_JOINS = frozenset("JOIN LEFT RIGHT FULL INNER CROSS NATURAL".split())
_SIGNS = frozenset("= <> != < > <= >= == + - / % || ::".split())
_WORDS = frozenset("IS IN LIKE ILIKE GLOB BETWEEN NOT REGEXP COLLATE".split())
_SETS = frozenset("UNION EXCEPT INTERSECT MINUS".split())
_CLAUSES = {
    "SELECT": 1,
    "FROM": 2,
    "WHERE": 3,
    "GROUP": 4,
    "HAVING": 5,
    "QUALIFY": 6,
    "ORDER": 7,
    "LIMIT": 8,
    "OFFSET": 9,
}


@frozen
class Following:
    """`closes` counts the parentheses that the suffix closes and that were opened left of the cursor."""

    begins: Begins
    closes: int
    before: int = LAST
    """The rank of the clause that the suffix begins with: what the completion adds must rank lower."""
    word: str = ""
    reads: tuple[bool, ...] = ()
    """For each parenthesis around, innermost first: whether the suffix has FROM in it."""


def following(tokens: Sequence[Token]) -> Following:
    """What the tokens right of the cursor say."""
    depth, closes, reads = 0, 0, [False]
    for token in tokens:
        if token.text == "(":
            depth += 1
        elif token.text == ")":
            if depth:
                depth -= 1
            else:
                closes += 1
                reads.append(False)
        elif not depth and token.keyword == "FROM":
            reads[-1] = True
        elif token.text == ";" and not depth:
            break
    first = tokens[0] if tokens else None
    begins = _begins(first)
    return Following(
        begins,
        closes,
        _CLAUSES.get(first.keyword, LAST) if first and begins == "clause" else LAST,
        first.keyword if first else "",
        tuple(reads),
    )


def _begins(first: Token | None) -> Begins:
    if first is None or first.text == ";" or first.keyword in _SETS:
        return "end"
    if first.text == ")":
        return "closing"
    if first.text == ",":
        return "comma"
    word = first.keyword
    kinds: tuple[tuple[frozenset[str], Begins], ...] = (
        (frozenset(_CLAUSES), "clause"),
        (_JOINS, "join"),
        (frozenset(("ON", "USING")), "on"),
        (frozenset(("AS",)), "as"),
        (frozenset(("AND", "OR")), "and"),
        (frozenset(("WHEN", "THEN", "ELSE", "END")), "case"),
        (frozenset(("ASC", "DESC", "NULLS")), "direction"),
        (_WORDS, "operator"),
    )
    for members, kind in kinds:
        if word in members:
            return kind
    return "operator" if first.text in _SIGNS else "other"
