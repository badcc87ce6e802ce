"""Which of a few queries are nearest to one: the legs over a corpus in memory, nothing kept on disk."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from attrs import frozen

from understudy_knowledge.retrieval.asked import ask
from understudy_knowledge.retrieval.build import index_terms
from understudy_knowledge.retrieval.embedding import Vector
from understudy_knowledge.retrieval.fusion import fuse
from understudy_knowledge.retrieval.lexicon import Lexicon
from understudy_knowledge.retrieval.postings import Postings
from understudy_knowledge.retrieval.query import RetrievalQuery, terms_of


@frozen(eq=False)
class _Corpus:
    lexicon: Lexicon
    postings: Postings
    vectors: Vector


def nearest(query: RetrievalQuery, corpus: Sequence[RetrievalQuery], k: int) -> list[tuple[int, float]]:
    """Up to k positions in the corpus with their similarity in [0, 1], best first; equals keep the corpus's order.

    The last few corpora stay indexed: asking the same one again, as when siblings are picked, costs a fraction.
    """
    if not corpus or k <= 0:
        return []
    indexed = _indexed(tuple(corpus))
    asked = ask(query, indexed.lexicon)
    if asked is None:
        return [(row, 0.0) for row in range(min(k, len(corpus)))]
    lexical, _ = indexed.postings.scores(asked, asked.numbers, np.arange(len(corpus)))
    scores = fuse(indexed.vectors @ asked.vector / np.float32(asked.reach), lexical)
    order = np.argsort(-scores, kind="stable")[:k]
    return [(int(row), float(scores[row])) for row in order]


@lru_cache(maxsize=4)
def _indexed(corpus: tuple[RetrievalQuery, ...]) -> _Corpus:
    indexed = index_terms(map(terms_of, corpus))
    return _Corpus(indexed.lexicon, indexed.postings(), indexed.vectors(np.arange(len(corpus))))
