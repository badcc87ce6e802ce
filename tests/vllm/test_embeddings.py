"""A real vLLM that embeds: what it says goes into retrieval, and retrieval goes on when it is gone."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from understudy_knowledge.errors import BackendError
from understudy_knowledge.memory.records import Case, Lineage, Origin, Plan
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.models.embedding import ServerEmbedder, SteadyEmbedder
from understudy_knowledge.models.vllm.settings import ServerSettings
from understudy_knowledge.retrieval import RetrievalQuery, Retriever
from understudy_knowledge.retrieval.neural import Questions

if TYPE_CHECKING:
    from tests.vllm.conftest import StartedServer

pytestmark = pytest.mark.vllm

QUESTIONS = ("total revenue by month", "customers without an order", "average price of hotels by region")


@pytest.fixture(scope="module")
def embedding_vllm(embedding_server: "StartedServer") -> Iterator["StartedServer"]:
    embedding_server.start()
    yield embedding_server
    embedding_server.stop()


@pytest.fixture
def embedder(embedding_vllm: "StartedServer", monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerEmbedder]:
    monkeypatch.setenv("EMBEDDING_KEY", "a-key-of-this-test-only")
    settings = ServerSettings(base_url=embedding_vllm.base_url, api_key_env="EMBEDDING_KEY", timeout=60)
    made = ServerEmbedder(settings)
    yield made
    made.close()


def test_vllm_embeds_each_text_the_same_alone_and_among_others(embedder: ServerEmbedder) -> None:
    together = embedder.embed(QUESTIONS)
    assert together.shape[0] == 3
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert float(embedder.embed([QUESTIONS[1]])[0] @ together[1]) > 0.99
    assert embedder.name == "student"


def test_a_text_that_is_too_long_is_the_texts_fault(embedder: ServerEmbedder) -> None:
    with pytest.raises(BackendError) as caught:
        embedder.embed(["revenue " * 8000])
    assert getattr(caught.value, "kind", "") == "request"


def test_retrieval_takes_its_vectors_and_goes_on_when_it_is_killed(
    embedder: ServerEmbedder, embedding_vllm: "StartedServer", tmp_path: Path
) -> None:
    with KnowledgeStore.open(tmp_path / "knowledge.db") as store:
        store.put_cases(
            Case(
                id=f"case-{number}",
                example_id=f"example-{number}",
                question=question,
                masked_question=question,
                plan=Plan(question, (), "SELECT _"),
                code="SELECT 1",
                skeleton="SELECT ?",
                family="SELECT ?",
                lineage=Lineage(()),
                explanation="",
                origin=Origin("a.sql", 1),
                status="admitted",
                reason="",
            )
            for number, question in enumerate(QUESTIONS)
        )
        retriever = Retriever.open(
            store, tmp_path / "index", questions=Questions(SteadyEmbedder(embedder), 0.005)
        )
        query = RetrievalQuery(QUESTIONS[2])
        (first, *_) = retriever.nearest(query, 3)
        assert first.case_id == "case-2"
        assert retriever.has_vector(query.question)
        embedding_vllm.kill()
        other = RetrievalQuery("customers with no order at all")
        assert retriever.nearest(other, 1)[0].case_id == "case-1"
        assert not retriever.has_vector(other.question)
