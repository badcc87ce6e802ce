"""A grammar as vLLM reads it: Lark syntax, which both guidance and xgrammar take.

GBNF, which both take as well, is rewritten in Python for guidance at every request, twice: 2 ms for a kilobyte. Terminals
are written in capitals: what they match is one lexeme, the longest that fits.
"""

import json
from collections.abc import Mapping

from attrs import define, field

from understudy_server.completion.grammar.nodes import (
    EMPTY,
    Alt,
    Chars,
    Gap,
    Node,
    Ref,
    Repeat,
    Seq,
    Text,
)

BREAK = "WS"


@define
class Writer:
    """Writes the grammars of one set of rules, each rule once: another root reaches some of the same."""

    rules: Mapping[str, Node]
    one_line: bool = False
    """Whether white space is a space and never a new line."""
    _written: dict[str, tuple[str, frozenset[str]]] = field(factory=dict)

    def text(self, root: Node) -> str:
        """The grammar that begins with this root: only the rules that it reaches."""
        lines, waiting = [f"start: {_choice(root)}"], set(_refs(root))
        reached: set[str] = set()
        while waiting:
            name = waiting.pop()
            reached.add(name)
            waiting |= self._rule(name)[1] - reached
        lines += [f"{name}: {self._rule(name)[0]}" for name in sorted(reached)]
        return "\n".join(lines) + "\n"

    def _rule(self, name: str) -> tuple[str, frozenset[str]]:
        """The right side of a rule, and the names in it."""
        if name not in self._written:
            if name == BREAK:
                self._written[name] = (r"/ /" if self.one_line else r"/ |\n {0,8}/", frozenset())
            else:
                node = self.rules[name]
                self._written[name] = (_choice(node), frozenset(_refs(node)))
        return self._written[name]


def _refs(node: Node) -> list[str]:
    if isinstance(node, Ref):
        return [node.name]
    if isinstance(node, Gap):
        return [BREAK] if node.breaks else []
    if isinstance(node, Repeat):
        return _refs(node.part)
    parts = node.parts if isinstance(node, Seq) else node.options if isinstance(node, Alt) else ()
    return [name for part in parts for name in _refs(part)]


def _choice(node: Node) -> str:
    """Without parentheses around, as a rule's right side."""
    if isinstance(node, Alt) and EMPTY not in node.options:
        return " | ".join(_sequence(option) for option in node.options)
    return _sequence(node)


def _sequence(node: Node) -> str:
    if isinstance(node, Seq):
        return " ".join(_item(part) for part in node.parts) if node.parts else '""'
    return _item(node)


def _item(node: Node) -> str:
    if isinstance(node, Text):
        return json.dumps(node.value, ensure_ascii=False)
    if isinstance(node, Ref):
        return node.name
    if isinstance(node, Gap):
        return BREAK if node.breaks else '" "'
    if isinstance(node, Chars):
        return f"/[{node.members}]{{{node.least},{node.most}}}/"
    if isinstance(node, Repeat):
        times = "?" if (node.least, node.most) == (0, 1) else f"{{{node.least},{node.most}}}"
        return f"({_choice(node.part)}){times}"
    if isinstance(node, Alt):
        full = tuple(option for option in node.options if option != EMPTY)
        return f"({_choice(Alt(full))})" + ("?" if len(full) < len(node.options) else "")
    return f"({_sequence(node)})"
