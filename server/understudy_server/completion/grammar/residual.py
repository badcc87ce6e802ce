"""What is left of a grammar once its beginning has been typed (a derivative in the sense of Brzozowski, taken by words)."""

from attrs import define, field

from understudy_server.completion.grammar.nodes import (
    EMPTY,
    GAP,
    Alt,
    Chars,
    Gap,
    Grammar,
    Node,
    Ref,
    Repeat,
    Seq,
    Text,
    alt,
    class_of,
    maybe,
    seq,
    some,
)

Read = tuple[tuple[Node, ...], frozenset[int]]
"""(what may follow where the typed text ends inside of the node, places of the text at which the node may be over)."""


def after(grammar: Grammar, typed: str) -> Node:
    """What may follow `typed`, a beginning of a derivation, case aside; NOTHING where it is none."""
    if not typed:
        return grammar.root
    reader = _Reader(grammar, typed)
    rests, ends = reader.read(grammar.root, 0)
    return alt(*rests, *([EMPTY] if len(typed) in ends else []))


def without_gap(node: Node, grammar: Grammar) -> Node:
    """What may follow where the white space that the node may begin with stands there already."""
    if isinstance(node, Gap):
        return EMPTY
    if isinstance(node, Ref):
        return without_gap(grammar.rules[node.name], grammar)
    if isinstance(node, Alt):
        return alt(*(without_gap(option, grammar) for option in node.options))
    if isinstance(node, Repeat):
        if not node.most:
            return EMPTY
        more = Repeat(node.part, max(0, node.least - 1), node.most - 1) if node.most > 1 else EMPTY
        once = seq(without_gap(node.part, grammar), more)
        return once if node.least else alt(once, EMPTY)
    if not isinstance(node, Seq) or not node.parts:
        return node
    first, rest = node.parts[0], seq(*node.parts[1:])
    begun = without_gap(first, grammar)
    if not may_be_empty(first, grammar):
        return seq(begun, rest)
    full = [option for option in (begun.options if isinstance(begun, Alt) else (begun,)) if option != EMPTY]
    return alt(seq(alt(*full), rest), without_gap(rest, grammar))


def may_be_empty(node: Node, grammar: Grammar) -> bool:
    """Whether the empty text is a derivation of the node."""
    if isinstance(node, Ref):
        return may_be_empty(grammar.rules[node.name], grammar)
    if isinstance(node, Chars):
        return not node.least
    if isinstance(node, Repeat):
        return not node.least or may_be_empty(node.part, grammar)
    if isinstance(node, Alt):
        return any(may_be_empty(option, grammar) for option in node.options)
    return isinstance(node, Seq) and all(may_be_empty(part, grammar) for part in node.parts)


def with_gap(node: Node) -> Node:
    """The node with white space before it or not."""
    return seq(maybe(GAP), node)


@define
class _Reader:
    grammar: Grammar
    typed: str
    _known: dict[tuple[str, int], Read] = field(factory=dict)

    def read(self, node: Node, at: int) -> Read:
        """Read the typed text from `at` on, which is before its end."""
        if isinstance(node, Ref):
            key = (node.name, at)
            if key not in self._known:
                self._known[key] = self.read(self.grammar.rules[node.name], at)
            return self._known[key]
        if isinstance(node, Text):
            return self._text(node.value, at)
        if isinstance(node, Chars):
            return self._chars(node, at)
        if isinstance(node, Gap):
            end = at + len(self.typed[at:]) - len(self.typed[at:].lstrip())
            return (), frozenset((end,)) if end > at else frozenset()
        if isinstance(node, Alt):
            read = [self.read(option, at) for option in node.options]
            return tuple(rest for rests, _ in read for rest in rests), frozenset().union(
                *(ends for _, ends in read)
            )
        if isinstance(node, Repeat):
            if not node.most:
                return (), frozenset((at,))
            # Servers refuse what may stand no times at all.
            more = some(node.part, max(0, node.least - 1), node.most - 1)
            rests, ends = self._seq((node.part, more), at)
            return rests, ends if node.least else ends | {at}
        return self._seq(node.parts, at)

    def _seq(self, parts: tuple[Node, ...], at: int) -> Read:
        places, rests = {at}, []
        for index, part in enumerate(parts):
            following: set[int] = set()
            for place in places:
                if place == len(self.typed):
                    rests.append(seq(*parts[index:]))
                    continue
                inner, ends = self.read(part, place)
                rests += [seq(rest, *parts[index + 1 :]) for rest in inner]
                following |= ends
            places = following
        return tuple(rests), frozenset(places)

    def _text(self, value: str, at: int) -> Read:
        typed = self.typed[at : at + len(value)].lower()
        if typed == value.lower():
            return (), frozenset((at + len(value),))
        if len(typed) < len(value) and value.lower().startswith(typed):
            return (Text(value[len(typed) :]),), frozenset()
        return (), frozenset()

    def _chars(self, node: Chars, at: int) -> Read:
        belongs = class_of(node.members).match
        count = 0
        while at + count < len(self.typed) and belongs(self.typed[at + count]):
            count += 1
        if at + count < len(self.typed):
            return (), frozenset(range(at + node.least, at + min(count, node.most) + 1))
        # What was typed may be longer than what is asked of a model; it may still go on.
        rest = Chars(node.members, max(0, node.least - count), node.most, node.shown)
        return (rest,), frozenset(range(at + node.least, at + count))
