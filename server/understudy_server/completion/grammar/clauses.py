"""The clauses of a query: whole ones, and what of them may follow a place in the middle."""

from collections.abc import Sequence

from attrs import frozen

from understudy_server.completion.grammar.expressions import MOST_ITEMS, Expressions
from understudy_server.completion.grammar.following import LAST
from understudy_server.completion.grammar.nodes import BREAK, EMPTY, GAP, NOTHING, Node, Ref, alt, maybe, seq
from understudy_server.completion.grammar.position import RANK
from understudy_server.completion.grammar.rules import Rules, more, several
from understudy_server.completion.grammar.scope import Scope, Source, written
from understudy_server.completion.grammar.sources import Candidates


@frozen
class Clauses:
    """The clauses that a query over one scope may go on with."""

    expressions: Expressions
    candidates: Candidates
    ordered: bool = True
    """Whether ORDER BY may name the scope's columns: not behind a set operation."""

    @property
    def rules(self) -> Rules:
        """Where the productions are kept."""
        return self.expressions.rules

    def over(self, sources: tuple[Source, ...]) -> "Clauses":
        """The clauses of a query over other sources, to which more may be joined."""
        inner = Expressions(self.rules, Scope(sources, bare=False), self.expressions.nested)
        return Clauses(inner, self.candidates, self.ordered)

    def after(self, clause: str, before: int = LAST) -> Node:
        """The clauses that may come behind that one, and before the one of rank `before`; each may be missing."""
        rank = RANK.get(clause, 1)
        name = f"T{self.expressions.number}R{rank}B{before}".lower()
        if name not in self.rules.nodes:
            parts = [maybe(part) for at, part in self._each() if rank < at < before]
            if clause == "group by" and before > RANK["having"]:
                parts.insert(0, maybe(self._having))
            self.rules.rule(name, seq(*parts))
        return EMPTY if self.rules.nodes[name] == EMPTY else Ref(name)

    def _each(self) -> list[tuple[int, Node]]:
        own, rules = self.expressions, self.rules
        found = [
            (RANK["where"], rules.line("WHERE", own.condition)),
            (RANK["group by"], rules.line("GROUP BY", several(own.grouped, 4), maybe(self._having))),
            (RANK["limit"], rules.line("LIMIT", rules.count)),
        ]
        if self.ordered:
            found.insert(2, (RANK["order by"], rules.line("ORDER BY", several(own.ordered, 3))))
        return found

    @property
    def _having(self) -> Node:
        own = self.expressions
        return self.rules.line("HAVING", own.having_test, own.having_joined)

    def items(self, clause: str, most: int = MOST_ITEMS - 1) -> Node:
        """More items of that clause's list."""
        own = self.expressions
        if clause == "select":
            return more(own.item, most)
        if clause == "group by":
            return more(own.grouped, 3)
        return more(own.ordered, 2) if clause == "order by" else EMPTY

    def from_clause(self, sources: Sequence[Source], *, keyword: bool = True) -> Node:
        """FROM with these sources, the later ones joined on a condition over those named so far."""
        parts: list[Node] = [self.rules.line("FROM")] if keyword else []
        for at, source in enumerate(sources):
            if not at:
                parts.append(written(source, self.rules))
            else:
                inner = self.over(tuple(sources[: at + 1])) if at + 1 < len(sources) else self
                parts.append(inner.joining(source))
        return seq(*parts)

    def joining(self, source: Source) -> Node:
        """A join to the last source of the scope."""
        rules = self.rules
        kind = alt(rules.words("JOIN"), rules.words("LEFT JOIN"))
        return seq(BREAK, kind, GAP, self.joined(source))

    def joined(self, source: Source) -> Node:
        """The relation and its condition, without JOIN."""
        on = self.rules.clause("ON", self.expressions.condition)
        return seq(written(source, self.rules), on)

    def joins(self, sources: tuple[Source, ...], columns: Sequence[tuple[str, str]]) -> Node:
        """One more relation and the clauses over all of them; `columns` are (qualifier, name) that the query names already."""
        options = []
        for source in self.candidates.linked(sources, columns):
            inner = self.over((*sources, source))
            options.append(seq(inner.joining(source), inner.after("from")))
        return alt(*options) if options else NOTHING

    def query(self, sources: tuple[Source, ...], before: int = LAST) -> Node:
        """A whole query over the sources, from SELECT on."""
        own, rules = self.expressions, self.rules
        chosen = alt(own.star, seq(own.item, self.items("select")))
        distinct = maybe(seq(rules.words("DISTINCT"), GAP))
        return seq(
            rules.words("SELECT"),
            GAP,
            distinct,
            chosen,
            self.from_clause(sources),
            self.after("from", before),
        )
