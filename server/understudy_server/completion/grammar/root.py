"""Where the derivations of a situation begin: which clauses over which relations."""

from collections.abc import Sequence

from attrs import evolve, frozen

from understudy_server.completion.grammar.clauses import Clauses
from understudy_server.completion.grammar.continuation import Continuation
from understudy_server.completion.grammar.expressions import Expressions
from understudy_server.completion.grammar.functions import functions_of
from understudy_server.completion.grammar.nodes import GAP, NOTHING, Grammar, Node, alt, seq
from understudy_server.completion.grammar.position import RANK, Level
from understudy_server.completion.grammar.relevance import Relevance
from understudy_server.completion.grammar.rules import Rules
from understudy_server.completion.grammar.scope import Scope, Source, written
from understudy_server.completion.grammar.situation import Situation
from understudy_server.completion.grammar.sources import Candidates, candidates_of

_MOST_NESTED = 6
_FEW = 3
"""So many choices of a relation may each be joined to others; with more of them the grammar would grow too large."""
_ALONE = ("on", "as", "join", "comma")
"""What the suffix begins with where nothing but the relation's name is wanted."""


def grammar_of(situation: Situation, relevance: Relevance) -> Grammar:
    """What may stand at the cursor, with the white space before it; NOTHING as its root where that is not certain."""
    named = frozenset(source.name.lower() for source in situation.relations or ())
    question = " ".join(
        [situation.question, *(name for _, name in situation.levels[situation.query].selected)]
    )
    candidates = candidates_of(question, situation.made, situation.own, relevance, named)
    rules = Rules(situation.style, functions_of(situation.style.dialect), literals=situation.literals)
    root = _Root(situation, rules, candidates).node(situation.levels[-1])
    return Grammar(root, rules.nodes)


@frozen
class _Root:
    situation: Situation
    rules: Rules
    candidates: Candidates

    def node(self, level: Level) -> Node:
        own = self.situation.levels[self.situation.query]
        if level.expects in ("start", "query", "done"):
            found = self._whole_query()
            return seq(GAP, found) if level.expects == "done" else found
        if level.expects == "by":
            begun = evolve(level, expects="operand")
            levels = (*self.situation.levels[:-1], begun)
            inner = _Root(evolve(self.situation, levels=levels), self.rules, self.candidates)
            return seq(self.rules.words("BY"), GAP, inner.node(begun))
        if own.clause in ("from", "on") and level.kind == "query" and level.expects in ("relation", "join"):
            found = self._relation(own)
            return seq(self.rules.words("JOIN"), GAP, found) if level.expects == "join" else found
        if own.clause == "select" and not self.situation.reads_from:
            return self._with_from(own)
        relations = self.situation.relations
        return NOTHING if relations is None else self._inside(relations)

    def _with_from(self, own: Level) -> Node:
        """What follows in a SELECT list whose FROM must be written as well: once for each choice of relations."""
        suffix, query = self.situation.suffix, self.situation.query
        later = suffix.begins == "clause" and suffix.before > RANK["from"]
        stays = suffix.begins in ("end", "closing") or later
        if self.situation.stop > query or (self.situation.stop == query and not stays):
            return NOTHING
        choices = self.candidates.covering(own.selected, self.situation.qualifier)
        return alt(*(self._inside(sources, reads=True) for sources in choices))

    def _inside(self, sources: tuple[Source, ...], *, reads: bool = False) -> Node:
        """What follows in the innermost level, over these relations; with `reads` FROM is to be written."""
        level = self.situation.levels[-1]
        made = self._continuation(self._clauses(sources), sources if reads else None)
        match level.expects:
            case "operand":
                return made.operand()
            case "operator":
                return made.operator()
            case "case":
                return made.case()
            case "is" | "is not":
                return made.null()
            case "negated":
                return made.negated()
            case "in" | "exists":
                return made.parenthesis()
            case "source":
                return made.source_end()
            case "named" | "ordered":
                return made.item_end()
            case "alias" if level.clause == "select":
                return seq(self.rules.alias, made.item_end())
            case _:
                return NOTHING

    def _whole_query(self) -> Node:
        stops = self.situation.query == self.situation.stop
        if stops and self.situation.suffix.begins not in ("end", "closing"):
            return NOTHING
        options = []
        for sources in (*self.candidates.covering(()), *self.candidates.pairs()):
            clauses = self._clauses(sources)
            options.append(seq(clauses.query(sources), self._continuation(clauses, None).after_query()))
        return alt(*options)

    def _relation(self, own: Level) -> Node:
        """A relation of FROM, with the clauses that its columns allow."""
        names = {name.lower() for name in own.relations}
        known = tuple(source for source in self.situation.relations or () if source.name.lower() in names)
        if self.situation.relations is None or (names and not known):
            return NOTHING
        begins = self.situation.suffix.begins if self.situation.query == self.situation.stop else "end"
        if begins in _ALONE:
            return self._name_only(known, own, aliased=begins == "as")
        choices: Sequence[tuple[Source, ...]]
        if known:
            choices = [(*known, source) for source in self.candidates.linked(known, own.selected)]
        else:
            choices = self.candidates.covering(own.selected) or self.candidates.covering(())
        options = []
        for sources in choices:
            clauses = self._clauses(sources)
            start = clauses.joined(sources[-1]) if known else clauses.from_clause(sources, keyword=False)
            rest = self._continuation(clauses, None).source_end(joins=len(choices) < _FEW)
            options.append(seq(start, rest))
        return alt(*options)

    def _name_only(self, known: tuple[Source, ...], own: Level, *, aliased: bool) -> Node:
        choices = (
            self.candidates.linked(known, own.selected if not aliased else ())
            if known
            else self.candidates.sources
        )
        named = [evolve(one, name=one.path.rpartition(".")[2]) if aliased else one for one in choices]
        return alt(*(written(one, self.rules) for one in named))

    def _clauses(self, sources: tuple[Source, ...]) -> Clauses:
        level = self.situation.levels[self.situation.query]
        nested = tuple(one for one in self.candidates.sources if one.table is not None)[:_MOST_NESTED]
        bare = level.clause not in ("from", "on") or len(sources) < 2
        scope = Scope(sources, self.situation.given, self._outer(level), bare)
        return Clauses(Expressions(self.rules, scope, nested), self.candidates, ordered=not level.united)

    def _outer(self, level: Level) -> frozenset[str]:
        """Names of the relations that are of the queries around, as far as that is known: where FROM is left of the cursor."""
        if not level.has_from:
            return frozenset()
        own = {name.lower() for name in level.relations}
        known = {source.name.lower() for source in self.situation.relations or ()}
        return frozenset(known - own)

    def _continuation(self, clauses: Clauses, sources: tuple[Source, ...] | None) -> Continuation:
        at = self.situation
        return Continuation(clauses, at.levels, at.query, at.stop, at.suffix, sources)
