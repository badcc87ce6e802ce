"""Which arguments the function takes in whose parentheses the cursor stands, and which one is being written."""

from functools import cache
from importlib.resources import files

from attrs import frozen

from understudy_server.context.query_context import QueryContext
from understudy_server.context.sql.lexer import code_of, tokenize

_NO_CALLS = frozenset(("IN", "VALUES", "AS", "OVER", "FROM", "JOIN", "USING", "ON", "AND", "OR", "NOT", "EXISTS", "BY", "SELECT", "WHERE"))  # fmt: skip


@frozen
class Signature:
    """`parameters` as they are shown, optional ones in brackets; `active` is the index of the one at the cursor."""

    function: str
    parameters: tuple[str, ...]
    documentation: str
    active: int = 0

    @property
    def label(self) -> str:
        """The whole call."""
        return f"{self.function}({', '.join(self.parameters)})"


def signature_at(context: QueryContext) -> Signature | None:
    """The innermost call around the cursor of a function whose arguments are known; None where there is none."""
    tokens = code_of(tokenize(context.prefix.encode()))
    depth, commas = 0, 0
    for index in range(len(tokens) - 1, -1, -1):
        text = tokens[index].text
        if text == ")":
            depth += 1
        elif text == "," and not depth:
            commas += 1
        elif text == "(" and depth:
            depth -= 1
        elif text == "(":
            name = tokens[index - 1].keyword if index else ""
            if not name or name in _NO_CALLS:
                return None
            return _called(name, context.dialect, commas)
    return None


def _called(name: str, dialect: str, commas: int) -> Signature | None:
    known = _signatures().get(name, ())
    for dialects, parameters, documentation in known:
        if not dialects or dialect in dialects:
            last = len(parameters) - 1
            repeats = bool(parameters) and "..." in parameters[-1]
            active = min(commas, last) if repeats else commas
            return Signature(name, parameters, documentation, max(active, 0))
    return None


@cache
def _signatures() -> dict[str, list[tuple[frozenset[str], tuple[str, ...], str]]]:
    """By name: the dialects that have it so, its parameters, what it gives."""
    text = (files("understudy_server.actions") / "signatures.tsv").read_text("utf-8")
    found: dict[str, list[tuple[frozenset[str], tuple[str, ...], str]]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, dialects, parameters, documentation = line.split("\t")
            given = tuple(each for each in parameters.split(", ") if each)
            spoken = frozenset(each for each in dialects.split(",") if each)
            found.setdefault(name, []).append((spoken, given, documentation))
    return found
