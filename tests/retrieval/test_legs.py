"""The parts retrieval is made of: embeddings, BM25, fusion and the calibrated score."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.retrieval import postings
from understudy_knowledge.retrieval.abstention import Abstention, Features
from understudy_knowledge.retrieval.asked import ask
from understudy_knowledge.retrieval.build import Corpus, index_terms
from understudy_knowledge.retrieval.embedding import DIMENSIONS, attainable, embed
from understudy_knowledge.retrieval.fusion import fuse
from understudy_knowledge.retrieval.query import RetrievalQuery, terms_of
from understudy_knowledge.retrieval.term_codes import codes_of

QUERIES = st.builds(
    RetrievalQuery,
    st.text(max_size=60),
    st.text(max_size=60),
    st.lists(st.text(max_size=8), max_size=3).map(tuple),
)


def rarity(codes: np.ndarray) -> np.ndarray:
    return np.ones(len(codes))


def indexed(*corpus: RetrievalQuery) -> Corpus:
    return index_terms([terms_of(query) for query in corpus])


def lexical(corpus: Corpus, query: RetrievalQuery) -> np.ndarray:
    asked = ask(query, corpus.lexicon)
    rows = np.arange(len(corpus.firsts) - 1)
    return np.zeros(len(rows)) if asked is None else corpus.postings().scores(asked, asked.numbers, rows)[0]


def proposed(corpus: Corpus, query: RetrievalQuery, k: int) -> list[int]:
    asked = ask(query, corpus.lexicon)
    assert asked is not None
    return corpus.postings().propose(asked, asked.numbers, k).tolist()


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
    scores = lexical(indexed(*corpus), query)
    assert scores.shape == (len(corpus),)
    assert ((scores >= 0) & (scores <= 1)).all()


@given(st.lists(QUERIES, min_size=1, max_size=8))
@settings(deadline=None)
def test_an_embedding_alone_is_the_one_among_many(corpus: list[RetrievalQuery]) -> None:
    many = indexed(*corpus)
    together = many.vectors(np.arange(len(corpus)))
    for row, query in enumerate(corpus):
        np.testing.assert_allclose(together[row], embed(terms_of(query), many.lexicon.idf), atol=1e-5)


def test_a_rare_word_outweighs_common_ones() -> None:
    corpus = indexed(*map(RetrievalQuery, ("total orders", "total invoices", "total refunds", "orders")))
    assert int(lexical(corpus, RetrievalQuery("refunds of orders, total")).argmax()) == 2
    never, refund, total = corpus.lexicon.idf(codes_of(["wnever", "wrefund", "wtotal"]))
    assert never > refund > total


def test_words_nobody_knows_lower_every_score() -> None:
    corpus = indexed(*[RetrievalQuery("total orders")] * 3)
    known = lexical(corpus, RetrievalQuery("total orders"))
    mixed = lexical(corpus, RetrievalQuery("total orders volcano eruption"))
    assert (mixed < known).all()


def test_fusion_stays_between_its_legs() -> None:
    dense, lexical = np.array([-1, 0.2, 1], np.float32), np.array([0.5, 0.4, 1], np.float32)
    fused = fuse(dense, lexical)
    assert (fused >= np.minimum(np.clip(dense, 0, 1), lexical)).all()
    assert (fused <= np.maximum(dense, lexical) + 1e-6).all()


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_more_similarity_is_never_less_relevant(one: float, other: float, margin: float) -> None:
    low, high = sorted((one, other))
    relevance = Abstention().relevance
    assert 0 <= relevance(Features(low, margin, 0)) <= relevance(Features(high, margin, 0)) <= 1


def test_shared_tables_make_relevant_and_foreign_ones_do_not() -> None:
    def relevance(asked: list[str], known: list[str]) -> float:
        return Abstention().relevance(Features.of(0.4, 0.1, asked, known))

    shared = relevance(["Orders"], ["orders", "customers"])
    assert shared > relevance([], ["orders"]) > relevance(["flights"], ["orders"])


def test_candidates_hold_the_rarest_words_first() -> None:
    corpus = indexed(
        *(RetrievalQuery(f"total orders {'refund' if row == 77 else 'shipment'}") for row in range(200))
    )
    assert proposed(corpus, RetrievalQuery("total orders refund"), 1) == [77]
    assert proposed(corpus, RetrievalQuery("volcano"), 3) == []


def test_a_list_that_is_cut_keeps_those_that_gain_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "MOST_HOLDERS", 10)
    texts = [f"orders {'padding words that make it long ' * (row != 150)}" for row in range(200)]
    corpus = indexed(*map(RetrievalQuery, texts))
    assert proposed(corpus, RetrievalQuery("orders"), 1) == [150]
    assert len(proposed(corpus, RetrievalQuery("orders"), 99)) == 10


def test_lists_by_term_are_the_same_sorted_at_once_or_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = indexed(*(RetrievalQuery(f"orders of {row % 7} {'abc' * (row % 5)} items") for row in range(60)))
    whole = corpus.postings()
    monkeypatch.setattr(postings, "_SORT_AT_ONCE", 16)
    pieces = corpus.postings()
    for name in ("starts", "holders"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(pieces, name))


def test_the_symbol_leg_is_the_share_of_tables_and_columns_in_sight() -> None:
    case = RetrievalQuery("x", "SELECT _", ("orders",), ("orders.total", "orders.region", "orders.note"))
    corpus = indexed(case)
    asked = ask(RetrievalQuery("y", "", ("Orders",), ("Total", "unused")), corpus.lexicon)
    assert asked is not None
    _, seen = corpus.postings().scores(asked, asked.numbers, np.arange(1))
    assert seen.tolist() == [0.5]


def test_columns_change_neither_the_lexical_score_nor_the_vector() -> None:
    plain, wide = (
        RetrievalQuery("orders by region", "SELECT _", ("orders",), columns) for columns in ((), ("a", "b"))
    )
    assert lexical(indexed(plain), plain) == pytest.approx(lexical(indexed(wide), plain))
    np.testing.assert_array_equal(embed(terms_of(plain), rarity), embed(terms_of(wide), rarity))
