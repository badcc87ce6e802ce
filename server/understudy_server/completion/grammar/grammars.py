"""The grammar for a cursor, and the memory of those made already: by catalog, scope and place."""

from collections import OrderedDict

import sqlglot
from attrs import define, field
from sqlglot.errors import SqlglotError

from understudy_knowledge.catalog.model import Catalog
from understudy_server.completion.grammar.lark import Writer
from understudy_server.completion.grammar.nodes import EMPTY, GAP, NOTHING, Grammar, Node, seq
from understudy_server.completion.grammar.place import Place, places
from understudy_server.completion.grammar.position import Expects, UnknownError, is_word
from understudy_server.completion.grammar.relevance import Relevance
from understudy_server.completion.grammar.residual import after, with_gap, without_gap
from understudy_server.completion.grammar.root import grammar_of
from understudy_server.completion.grammar.shortest import Shortest
from understudy_server.completion.grammar.situation import Situation, situation_of
from understudy_server.completion.schema_check import verify
from understudy_server.context.query_context import QueryContext
from understudy_server.context.sql.lexer import code_of, tokenize

LONGEST_STATEMENT = 8_000
"""Characters; of a longer one nobody reads all of it between two keystrokes."""
LARGEST = 48_000
"""Characters of a grammar: a server reads it anew for every request."""
_KEPT = 24
"""Situations; the grammar of one takes a tenth of a megabyte, and one statement has a few."""
_ENDED = frozenset(("operator", "named", "source", "ordered", "done"))
"""What is expected behind a whole thing: what may follow brings its own white space, or its comma."""


@define
class _Made:
    """A grammar of a situation, and what was found out about its rules so far."""

    grammar: Grammar
    writer: Writer
    one_line: Writer
    shortest: Shortest
    tried: tuple[tuple[object, ...], bool] | None = None
    """Where a derivation was tried last, and whether it stood there."""
    _begun: Node | None = None

    @classmethod
    def of(cls, grammar: Grammar) -> "_Made":
        """With nothing found out yet."""
        rules = grammar.rules
        return cls(grammar, Writer(rules), Writer(rules, one_line=True), Shortest(rules))

    @property
    def begun(self) -> Node:
        """The root behind white space."""
        if self._begun is None:
            self._begun = without_gap(self.grammar.root, self.grammar)
        return self._begun

    def spaced(self, place: Place, expects: Expects) -> Node:
        """The root with white space before it where the text left of it ends without, and needs some."""
        if place.blank or not place.tokens:
            return self.begun
        last = place.tokens[-1]
        if expects in _ENDED or last.text in ("(", "."):
            return self.grammar.root
        return seq(GAP, self.grammar.root) if is_word(last) else with_gap(self.grammar.root)


@define
class Grammars:
    """Remembers the last situations of one catalog. Not safe to use from several threads at once."""

    found: int = 0
    """How many were answered from memory."""
    made: int = 0
    """How many had to be made."""
    _relevance: Relevance | None = None
    _kept: "OrderedDict[tuple[object, ...], _Made]" = field(factory=OrderedDict)

    def knows(self, catalog: Catalog) -> bool:
        """Whether the catalog's words were read, which takes a large one a tenth of a second."""
        return self._relevance is not None and self._relevance.catalog is catalog

    def prepare(self, catalog: Catalog) -> None:
        """Read the catalog's words; may run in a thread of its own."""
        relevance = Relevance(catalog)
        self._kept.clear()
        self._relevance = relevance

    def text_for(self, context: QueryContext, catalog: Catalog) -> str | None:
        """The grammar as vLLM reads it. None where nothing is certain, or where it would be too large to be worth its time.

        A derivation is tried: where even the shortest one does not stand in the statement, something was misread.
        """
        found = self._find(context, catalog)
        if found is None:
            return None
        made, root, typed = found
        if not self._stands(made, root, typed, context, catalog):
            return None
        text = (made.one_line if context.one_line else made.writer).text(root)
        return text if len(text) <= LARGEST else None

    def grammar_for(self, context: QueryContext, catalog: Catalog) -> Grammar | None:
        """What may be inserted at the cursor; None for a place that is not understood."""
        found = self._find(context, catalog)
        return found and Grammar(found[1], found[0].grammar.rules)

    def _stands(self, made: _Made, root: Node, typed: str, context: QueryContext, catalog: Catalog) -> bool:
        """Whether a derivation stands in the statement. It is tried once for each word that is typed, not for each letter of it:
        what is shown in the end is checked whatever was found here."""
        before = context.prefix[: len(context.prefix) - len(typed)]
        key = (before, context.suffix, context.one_line, context.dialect)
        if made.tried is not None and made.tried[0] == key:
            return made.tried[1]
        probe = made.shortest.of(root)
        stands = probe is not None and verify(probe, context, catalog) == probe and _parses(probe, context)
        made.tried = (key, stands)
        return stands

    def _find(self, context: QueryContext, catalog: Catalog) -> tuple[_Made, Node, str] | None:
        """A grammar, its root at the cursor, and the word typed there so far."""
        if len(context.statement) > LONGEST_STATEMENT or not catalog or context.region == "python-code":
            return None
        before = code_of(tokenize(context.prefix.encode()))
        behind = code_of(tokenize(context.suffix.encode()))
        for place in places(before, context.prefix, context.suffix):
            try:
                situation = situation_of(context, place, before, behind)
            except UnknownError:
                continue
            made = self._made(situation, catalog)
            spaced = Grammar(made.spaced(place, situation.levels[-1].expects), made.grammar.rules)
            root = after(spaced, place.typed)
            if root not in (NOTHING, EMPTY):
                return made, root, place.typed
        return None

    def _made(self, situation: Situation, catalog: Catalog) -> _Made:
        """The grammar of the situation, from memory if it is there."""
        if self._relevance is None or self._relevance.catalog is not catalog:
            self.prepare(catalog)
            assert self._relevance is not None
        key = situation.key
        if key in self._kept:
            self.found += 1
            self._kept.move_to_end(key)
            return self._kept[key]
        self.made += 1
        made = self._kept[key] = _Made.of(grammar_of(situation, self._relevance))
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return made


def _parses(probe: str, context: QueryContext) -> bool:
    """Whether the statement does with what stands right of the cursor: the check of names lets it go while it is unfinished."""
    if not context.suffix.strip():
        return True
    try:
        return bool(sqlglot.parse(context.prefix + probe + context.suffix, read=context.dialect or None))
    except (SqlglotError, RecursionError):
        return False
