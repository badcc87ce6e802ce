"""One question as the symbolic backends read it: what its words may name and what its wording asks for."""

from collections.abc import Sequence
from typing import Literal

from attrs import frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.models.embedded.cues import Cues, Span, read_cues
from understudy_knowledge.models.embedded.linking import Links, Mention, linker_for
from understudy_knowledge.models.embedded.sketch import Piece

_NO_WORDS: frozenset[str] = frozenset()


@frozen
class Reading:
    """One question over one catalog: what its words may name and what its wording asks for."""

    question: str
    catalog: Catalog
    links: Links
    cues: Cues

    @property
    def spoken(self) -> dict[str, str]:
        """The question's plain word for each stem, in its order."""
        return {
            t.stem: t.text.lower()
            for t in self.links.tokens
            if t.is_word and t.is_content and t.text.isascii()
        }

    def bucket(self, figures: Sequence[Piece]) -> Literal["month", "year", "day", "weekday"] | None:
        """The bucket that the question asks for, unless its word belongs to the name of a figure."""
        named = any(self.cues.bucket_word in piece.words for piece in figures)
        return None if named else self.cues.bucket

    def words(self, span: Span | None) -> frozenset[str]:
        """Stems of the span's content words."""
        if span is None:
            return _NO_WORDS
        return frozenset(token.stem for token in self.links.tokens[span[0] : span[1] + 1] if token.is_content)

    def best_table(self, span: Span | None) -> Mention | None:
        """The table a span names most likely."""
        return next(iter(self.links.of("table", *span)), None) if span else None

    def best_column(self, span: Span | None, near: frozenset[str] = _NO_WORDS) -> Mention | None:
        """The column a span names most likely; columns of the tables `near` are preferred."""
        found = self.links.of("column", *span) if span else ()
        return max(
            found, key=lambda m: (m.score + 0.2 * (m.table.lower() in near), m.last - m.first), default=None
        )


def read(question: str, catalog: Catalog) -> Reading:
    """Read the question over the catalog."""
    return Reading(question, catalog, linker_for(catalog).link(question), read_cues(question))
