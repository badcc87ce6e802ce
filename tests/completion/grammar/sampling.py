"""Random derivations of a grammar, from its nodes and not from its text."""

import random

from understudy_server.completion.grammar.nodes import (
    Alt,
    Chars,
    Gap,
    Grammar,
    Node,
    Ref,
    Repeat,
    Text,
    class_of,
)

_SIGNS = [chr(number) for number in range(32, 127)] + list("éüłжΩ")


def derivation(grammar: Grammar, draw: random.Random) -> str:
    """One derivation, drawn by `draw`."""

    def of(node: Node) -> str:
        if isinstance(node, Text):
            return node.value
        if isinstance(node, Gap):
            return draw.choice((" ", "\n", "\n    ")) if node.breaks else " "
        if isinstance(node, Chars):
            fitting = [sign for sign in _SIGNS if class_of(node.members).match(sign)]
            return "".join(draw.choices(fitting, k=draw.randint(node.least, min(node.most, node.least + 6))))
        if isinstance(node, Ref):
            return of(grammar.rules[node.name])
        if isinstance(node, Alt):
            return of(draw.choice(node.options))
        if isinstance(node, Repeat):
            return "".join(of(node.part) for _ in range(draw.randint(node.least, node.most)))
        return "".join(of(part) for part in node.parts)

    return of(grammar.root)
