"""The shortest derivation of a grammar: what a probe writes to see whether a grammar leads anywhere."""

from collections.abc import Mapping

from attrs import define, field

from understudy_server.completion.grammar.nodes import Alt, Chars, Gap, Node, Ref, Repeat, Text


@define
class Shortest:
    """Finds the shortest derivations of one set of rules, each rule's once."""

    rules: Mapping[str, Node]
    _known: dict[str, str | None] = field(factory=dict)

    def of(self, node: Node) -> str | None:
        """One of the shortest texts that the node has; None where it has none."""
        if isinstance(node, Text):
            return node.value
        if isinstance(node, Gap):
            return " "
        if isinstance(node, Chars):
            return node.shown * node.least
        if isinstance(node, Ref):
            if node.name not in self._known:
                self._known[node.name] = self.of(self.rules[node.name])
            return self._known[node.name]
        if isinstance(node, Alt):
            found = [text for option in node.options if (text := self.of(option)) is not None]
            return min(found, key=len) if found else None
        if isinstance(node, Repeat):
            part = self.of(node.part) if node.least else ""
            return None if part is None else part * node.least
        parts = [self.of(part) for part in node.parts]
        return None if None in parts else "".join(part for part in parts if part is not None)
