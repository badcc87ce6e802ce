"""Nearest orders a few queries by likeness, the same way every time."""

from understudy_knowledge.retrieval import RetrievalQuery, nearest

CORPUS = [
    RetrievalQuery("total revenue by month"),
    RetrievalQuery("customers without an order"),
    RetrievalQuery("average revenue per region", "SELECT _, AVG(_) FROM _ GROUP BY _", ("sales",)),
    RetrievalQuery("customers without any orders or returns in 2020"),
]


def test_the_likest_comes_first() -> None:
    order = [
        row
        for row, _ in nearest(RetrievalQuery("which customers have no orders, without returns"), CORPUS, 4)
    ]
    assert set(order[:2]) == {1, 3}


def test_a_query_is_nearest_to_itself() -> None:
    for row, query in enumerate(CORPUS):
        (found, score), *_ = nearest(query, CORPUS, 2)
        assert found == row
        assert 0.6 < score <= 1.0001


def test_k_bounds_the_answer() -> None:
    assert len(nearest(CORPUS[0], CORPUS, 2)) == 2
    assert len(nearest(CORPUS[0], CORPUS, 99)) == 4
    assert nearest(CORPUS[0], CORPUS, 0) == []
    assert nearest(CORPUS[0], [], 3) == []


def test_equals_keep_the_order_of_the_corpus() -> None:
    twins = [RetrievalQuery("zebra")] * 3
    assert [row for row, _ in nearest(RetrievalQuery("zebra"), twins, 3)] == [0, 1, 2]
    assert [row for row, _ in nearest(RetrievalQuery(""), twins, 3)] == [0, 1, 2]
