"""The grammar for a cursor, and the memory of those made already: by catalog, scope and place."""

from collections import OrderedDict

from attrs import define, field

from understudy_knowledge.catalog.model import Catalog
from understudy_server.completion.grammar.following import following
from understudy_server.completion.grammar.lark import render
from understudy_server.completion.grammar.nodes import EMPTY, GAP, NOTHING, Grammar, Node, seq
from understudy_server.completion.grammar.place import Place, places
from understudy_server.completion.grammar.position import Expects, UnknownError, is_word
from understudy_server.completion.grammar.relevance import Relevance
from understudy_server.completion.grammar.residual import after, with_gap, without_gap
from understudy_server.completion.grammar.root import grammar_of
from understudy_server.completion.grammar.shortest import shortest
from understudy_server.completion.grammar.situation import situation_of
from understudy_server.completion.schema_check import verify
from understudy_server.context.query_context import QueryContext
from understudy_server.context.sql_lexer import code_of, tokenize

LONGEST_STATEMENT = 8_000
"""Characters; of a longer one nobody reads all of it between two keystrokes."""
LARGEST = 48_000
"""Characters of a grammar: a server reads it anew for every request."""
_KEPT = 128
_ENDED = frozenset(("operator", "named", "source", "ordered", "done"))
"""What is expected behind a whole thing: what may follow brings its own white space, or its comma."""


@define
class Grammars:
    """Remembers the last hundred situations of one catalog. Not safe to use from several threads at once."""

    found: int = 0
    """How many were answered from memory."""
    made: int = 0
    """How many had to be made."""
    _relevance: Relevance | None = None
    _kept: "OrderedDict[tuple[object, ...], Grammar]" = field(factory=OrderedDict)

    def text_for(self, context: QueryContext, catalog: Catalog) -> str | None:
        """The grammar as vLLM reads it. None where nothing is certain, or where it would be too large to be worth its time.

        A derivation is tried: where even the shortest one does not stand in the statement, something was misread.
        """
        grammar = self.grammar_for(context, catalog)
        probe = None if grammar is None else shortest(grammar)
        if grammar is None or probe is None or verify(probe, context, catalog) != probe:
            return None
        text = render(grammar, one_line=context.one_line)
        return text if len(text) <= LARGEST else None

    def grammar_for(self, context: QueryContext, catalog: Catalog) -> Grammar | None:
        """What may be inserted at the cursor; None for a place that is not understood."""
        if len(context.statement) > LONGEST_STATEMENT or not catalog or context.region == "python-code":
            return None
        before = code_of(tokenize(context.prefix.encode()))
        behind = code_of(tokenize(context.suffix.encode()))
        suffix = following(behind)
        for place in places(before, context.prefix, context.suffix):
            try:
                situation = situation_of(context, place, suffix, before + behind)
            except UnknownError:
                continue
            if self._relevance is None or self._relevance.catalog is not catalog:
                self._relevance = Relevance(catalog)
                self._kept.clear()
            base = self._kept.get(situation.key)
            if base is None:
                self.made += 1
                base = self._keep(situation.key, grammar_of(situation, self._relevance))
            else:
                self.found += 1
                self._kept.move_to_end(situation.key)
            spaced = Grammar(_spaced(base, place, situation.levels[-1].expects), base.rules)
            root = after(spaced, place.typed)
            if root not in (NOTHING, EMPTY):
                return Grammar(root, base.rules)
        return None

    def _keep(self, key: tuple[object, ...], grammar: Grammar) -> Grammar:
        self._kept[key] = grammar
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return grammar


def _spaced(grammar: Grammar, place: Place, expects: Expects) -> Node:
    """The root with white space before it where the text left of it ends without, and needs some."""
    if place.blank or not place.tokens:
        return without_gap(grammar.root, grammar)
    last = place.tokens[-1]
    if expects in _ENDED or last.text in ("(", "."):
        return grammar.root
    return seq(GAP, grammar.root) if is_word(last) else with_gap(grammar.root)
