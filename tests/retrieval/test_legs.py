"""The parts retrieval is made of: embeddings, BM25, fusion and the calibrated score."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.retrieval.abstention import relevance
from understudy_knowledge.retrieval.embedding import DIMENSIONS, attainable, embed
from understudy_knowledge.retrieval.fusion import fuse
from understudy_knowledge.retrieval.lexical import index_terms
from understudy_knowledge.retrieval.query import RetrievalQuery, terms_of

QUERIES = st.builds(
    RetrievalQuery,
    st.text(max_size=60),
    st.text(max_size=60),
    st.lists(st.text(max_size=8), max_size=3).map(tuple),
)


def rarity(term: str) -> float:
    return 1.0


@given(QUERIES)
@settings(deadline=None)
def test_an_embedding_has_length_one_or_zero(query: RetrievalQuery) -> None:
    vector = embed(terms_of(query), rarity)
    assert vector.shape == (DIMENSIONS,)
    assert vector.dtype == np.float32
    length = float(np.linalg.norm(vector))
    assert length == pytest.approx(1, abs=1e-4) or length == 0


def test_a_query_with_only_the_question_can_reach_one() -> None:
    whole = RetrievalQuery("total revenue by month", "SELECT _ FROM _", ("sales",))
    for query in (RetrievalQuery(whole.question), RetrievalQuery("", whole.skeleton, whole.tables), whole):
        terms = terms_of(query)
        cosine = embed(terms, rarity) @ embed(terms_of(whole), rarity) / attainable(terms)
        assert cosine == pytest.approx(1, abs=1e-5)


def test_values_do_not_count() -> None:
    assert terms_of(RetrievalQuery("orders over 5 since '2020-01-01'")) == terms_of(
        RetrievalQuery("orders over _ since _")
    )


@given(st.lists(QUERIES, min_size=1, max_size=8), QUERIES)
@settings(deadline=None)
def test_lexical_scores_are_between_zero_and_one(corpus: list[RetrievalQuery], query: RetrievalQuery) -> None:
    scores = index_terms([terms_of(each) for each in corpus]).scores(terms_of(query), np.arange(len(corpus)))
    assert scores.shape == (len(corpus),)
    assert ((scores >= 0) & (scores <= 1)).all()


def test_a_rare_word_outweighs_common_ones() -> None:
    corpus = [RetrievalQuery(text) for text in ("total orders", "total invoices", "total refunds", "orders")]
    index = index_terms([terms_of(query) for query in corpus])
    assert int(index.scores(terms_of(RetrievalQuery("refunds of orders, total")), np.arange(4)).argmax()) == 2
    assert index.idf("wnever") > index.idf("w" + "refund") > index.idf("w" + "total")


def test_words_nobody_knows_lower_every_score() -> None:
    index = index_terms([terms_of(RetrievalQuery("total orders"))] * 3)
    known = index.scores(terms_of(RetrievalQuery("total orders")), np.arange(3))
    mixed = index.scores(terms_of(RetrievalQuery("total orders volcano eruption")), np.arange(3))
    assert (mixed < known).all()


def test_fusion_stays_between_its_legs() -> None:
    dense, lexical = np.array([-1, 0.2, 1], np.float32), np.array([0.5, 0.4, 1], np.float32)
    fused = fuse(dense, lexical)
    assert (fused >= np.minimum(np.clip(dense, 0, 1), lexical)).all()
    assert (fused <= np.maximum(dense, lexical) + 1e-6).all()


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_more_similarity_is_never_less_relevant(one: float, other: float, margin: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= relevance(low, margin, (), ()) <= relevance(high, margin, (), ()) <= 1


def test_shared_tables_make_relevant_and_foreign_ones_do_not() -> None:
    shared = relevance(0.4, 0.1, ["Orders"], ["orders", "customers"])
    unknown = relevance(0.4, 0.1, [], ["orders"])
    foreign = relevance(0.4, 0.1, ["flights"], ["orders"])
    assert shared > unknown > foreign


def test_candidates_hold_the_rarest_words_first() -> None:
    corpus = [RetrievalQuery(f"total orders {'refund' if row == 77 else 'shipment'}") for row in range(200)]
    index = index_terms([terms_of(query) for query in corpus])
    assert index.propose(terms_of(RetrievalQuery("total orders refund")), 1).tolist() == [77]
    assert len(index.propose(terms_of(RetrievalQuery("volcano")), 3)) == 0
