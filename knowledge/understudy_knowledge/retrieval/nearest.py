"""Which of a few queries are nearest to one: the two legs over a corpus in memory, nothing kept on disk."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from attrs import frozen

from understudy_knowledge.retrieval.embedding import Vector, attainable, embed
from understudy_knowledge.retrieval.fusion import fuse
from understudy_knowledge.retrieval.lexical import LexicalIndex, index_terms
from understudy_knowledge.retrieval.query import RetrievalQuery, terms_of


@frozen(eq=False)
class _Corpus:
    lexical: LexicalIndex
    vectors: Vector


def nearest(query: RetrievalQuery, corpus: Sequence[RetrievalQuery], k: int) -> list[tuple[int, float]]:
    """Up to k positions in the corpus with their similarity in [0, 1], best first; equals keep the corpus's order.

    The last few corpora stay indexed: asking the same one again, as when siblings are picked, costs a fraction.
    """
    if not corpus or k <= 0:
        return []
    indexed = _indexed(tuple(corpus))
    terms = terms_of(query)
    cosines = indexed.vectors @ embed(terms, indexed.lexical.idf) / np.float32(attainable(terms))
    scores = fuse(cosines, indexed.lexical.scores(terms, np.arange(len(corpus))))
    order = np.argsort(-scores, kind="stable")[:k]
    return [(int(row), float(scores[row])) for row in order]


@lru_cache(maxsize=4)
def _indexed(corpus: tuple[RetrievalQuery, ...]) -> _Corpus:
    documents = [terms_of(query) for query in corpus]
    lexical = index_terms(documents)
    return _Corpus(lexical, np.stack([embed(terms, lexical.idf) for terms in documents]))
