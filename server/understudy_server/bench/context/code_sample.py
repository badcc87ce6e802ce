"""Which strings of real code are judged: drawn by hash from all literals, as many from each package, whatever the engine says of them."""

import ast
import hashlib
import re
import warnings
from collections.abc import Iterator, Sequence

from attrs import frozen

PER_PACKAGE = 20
_QUOTAS = {"begins": 11, "contains": 5, "other": 4}
# Loose on purpose, and apart from the engine's own rules: these choose what is looked at, not what is SQL.
_BEGINS = re.compile(
    r"[\s(]*(?:select|with|insert|update|delete|merge|replace|create|alter|drop|truncate|explain|pragma|grant|show|set|call|copy"
    r"|begin|use|values)\s",
    re.IGNORECASE,
)
_CONTAINS = re.compile(
    r"\b(?:select|from|where|join|union|insert|into|update|delete|values|table|order by|group by|having|limit|and|or|on)\b",
    re.IGNORECASE,
)


@frozen
class Literal:
    """One string literal, or several without an operator between them. `column` counts bytes from 1, `line` from 1."""

    package: str
    file: str
    line: int
    column: int
    digest: str
    """First half of the SHA-256 of its value, an f-string's holes as `{}`."""
    stratum: str

    @property
    def place(self) -> tuple[str, str, int, int]:
        """What names it."""
        return self.package, self.file, self.line, self.column


def literals_of(package: str, file: str, source: bytes) -> list[Literal]:
    """Every literal of a file that Python can parse; none of another."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [
        Literal(package, file, node.lineno, node.col_offset + 1, _digest(value), _stratum(value))
        for node, value in _strings(tree)
        if value
    ]


def drawn(literals: Sequence[Literal], seed: int) -> list[Literal]:
    """The sample of one package: a quota of each stratum, filled up from the others; no value twice."""
    by_value = {literal.digest: literal for literal in reversed(literals)}
    ranked = sorted(by_value.values(), key=lambda literal: _rank(literal, seed))
    chosen: list[Literal] = []
    for stratum, quota in _QUOTAS.items():
        chosen += [literal for literal in ranked if literal.stratum == stratum][:quota]
    rest = [literal for literal in ranked if literal not in chosen]
    return [*chosen, *rest[: max(PER_PACKAGE - len(chosen), 0)]]


def _strings(tree: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, node.value
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
            yield node, "".join(str(part) for part in parts)
        else:
            pending.extend(ast.iter_child_nodes(node))


def _stratum(value: str) -> str:
    if _BEGINS.match(value):
        return "begins"
    return "contains" if _CONTAINS.search(value) and re.search(r"\s", value) else "other"


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _rank(literal: Literal, seed: int) -> str:
    named = "\0".join((str(seed), *map(str, literal.place)))
    return hashlib.sha256(named.encode()).hexdigest()
