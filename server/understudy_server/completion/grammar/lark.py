"""A grammar as vLLM reads it: Lark syntax, which both guidance and xgrammar take.

GBNF, which both take as well, is rewritten in Python for guidance at every request, twice: 2 ms for a kilobyte. Terminals
are written in capitals: what they match is one lexeme, the longest that fits.
"""

import json

from understudy_server.completion.grammar.nodes import (
    EMPTY,
    Alt,
    Chars,
    Gap,
    Grammar,
    Node,
    Ref,
    Repeat,
    Seq,
    Text,
)

GAP = "WS"


def render(grammar: Grammar, *, one_line: bool = False) -> str:
    """The text of the grammar: only the rules that its root reaches. With `one_line` white space is a space."""
    written: dict[str, str] = {}
    lines = [f"start: {_choice(grammar.root)}"]
    waiting = _refs(grammar.root)
    while waiting:
        name = waiting.pop()
        if name in written:
            continue
        if name == GAP:
            written[name] = r"/ /" if one_line else r"/ |\n {0,8}/"
            continue
        node = grammar.rules[name]
        written[name] = _choice(node)
        waiting += _refs(node)
    lines += [f"{name}: {text}" for name, text in sorted(written.items())]
    return "\n".join(lines) + "\n"


def _refs(node: Node) -> list[str]:
    if isinstance(node, Ref):
        return [node.name]
    if isinstance(node, Gap):
        return [GAP]
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
        return GAP
    if isinstance(node, Chars):
        return f"/[{node.members}]{{{node.least},{node.most}}}/"
    if isinstance(node, Repeat):
        times = "?" if (node.least, node.most) == (0, 1) else f"{{{node.least},{node.most}}}"
        return f"({_choice(node.part)}){times}"
    if isinstance(node, Alt):
        full = tuple(option for option in node.options if option != EMPTY)
        return f"({_choice(Alt(full))})" + ("?" if len(full) < len(node.options) else "")
    return f"({_sequence(node)})"
