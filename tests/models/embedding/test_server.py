"""An embedding server that does not behave."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest
from aiohttp import web

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.breaker import Breaker
from understudy_knowledge.models.embedding import ServerEmbedder, SteadyEmbedder
from understudy_knowledge.models.vllm.settings import ServerSettings


@pytest.fixture
def embedder(server):
    made = ServerEmbedder(ServerSettings(base_url=server.base_url, timeout=5))
    yield made
    made.close()


def says(response: Callable[[], web.StreamResponse]) -> Callable[[list[str]], Awaitable[web.StreamResponse]]:
    async def handler(texts: list[str]) -> web.StreamResponse:
        return response()

    return handler


def test_vectors_come_in_the_order_of_the_texts_and_have_length_one(server, embedder) -> None:
    vectors = embedder.embed(["revenue by month", "songs", "revenue by month"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert np.array_equal(vectors[0], vectors[2])
    assert not np.allclose(vectors[0], vectors[1])
    assert server.bodies[0]["model"] == embedder.name == "embedder"


@pytest.mark.parametrize(
    "vectors",
    [
        [],
        [[1.0]],
        [[1.0, 2.0], [1.0]],
        [[float("nan")], [1.0]],
        [[float("inf")], [1.0]],
        [[0.0, 0.0], [1.0, 0.0]],
        [[], []],
        [["a"], ["b"]],
        [None, [1.0]],
        [[[1.0]], [[1.0]]],
        [[1e308], [1.0]],
    ],
)
def test_anything_but_one_finite_vector_for_each_text_is_refused(server, embedder, vectors) -> None:
    server.handler = says(lambda: server.answer(vectors))
    with pytest.raises(BackendError, match="not 2 embeddings"):
        embedder.embed(["a", "b"])


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (lambda: web.Response(status=500, text="oh"), "failed \\(500\\)"),
        (lambda: web.Response(text="<html>hello</html>", content_type="text/html"), "text/html"),
        (lambda: web.Response(text="nonsense", content_type="application/json"), "not JSON"),
        (lambda: web.json_response({"data": "none"}), "embeddings"),
        (lambda: web.json_response([1]), "not an object"),
        (lambda: web.Response(status=401), "key"),
        (lambda: web.Response(status=404), "base_url"),
        (lambda: web.json_response({"error": {"message": "too long: input_tokens"}}, status=400), "fit"),
    ],
)
def test_a_server_that_answers_wrongly_is_one_sentence(server, embedder, response, words) -> None:
    server.handler = says(response)
    with pytest.raises(BackendError, match=words) as caught:
        embedder.embed(["a"])
    assert "\n" not in str(caught.value)


def test_a_server_that_does_not_answer_is_not_waited_for(server, embedder) -> None:
    async def never(texts: list[str]) -> web.StreamResponse:
        await asyncio.sleep(60)
        raise AssertionError

    server.handler = never
    with pytest.raises(BackendError, match="did not finish"):
        embedder.embed(["a"], 0.2)
    server.handler = server.embed
    assert len(embedder.embed(["a"])) == 1


def test_an_absent_server_is_one_sentence() -> None:
    embedder = ServerEmbedder(ServerSettings(base_url="http://127.0.0.1:1/v1", model="m", timeout=5))
    with pytest.raises(BackendError, match="No model server listens"):
        embedder.embed(["a"])
    embedder.close()


def test_the_key_comes_from_the_environment_and_no_complaint_repeats_it(
    server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDDING_KEY", "sesame-sesame")
    settings = ServerSettings(base_url=server.base_url, api_key_env="EMBEDDING_KEY", timeout=5)
    embedder = ServerEmbedder(settings)
    embedder.embed(["a"])
    assert server.headers[0]["Authorization"] == "Bearer sesame-sesame"
    server.handler = says(lambda: web.json_response({"error": {"message": "bad sesame-sesame"}}, status=500))
    with pytest.raises(BackendError) as caught:
        embedder.embed(["a"])
    assert "sesame" not in str(caught.value)
    embedder.close()


def test_secrets_in_a_question_stay_here(server, embedder) -> None:
    embedder.embed(["who used password = 'hunter2hunter2'?"])
    assert "hunter2" not in str(server.bodies)


def test_a_server_that_failed_is_left_alone_and_then_asked_once(server, embedder) -> None:
    steady = SteadyEmbedder(embedder, Breaker(pace=0.02))
    server.handler = says(lambda: web.Response(status=401))
    for _ in range(5):
        with pytest.raises(BackendError, match="key"):
            steady.embed(["a"])
    assert len(server.bodies) == 1
    server.handler = server.embed
    for _ in range(200):
        try:
            steady.embed(["a"])
            break
        except BackendError:
            asyncio.run(asyncio.sleep(0.01))
    assert len(server.bodies) == 2


def test_a_request_that_the_server_takes_exception_to_does_not_close_it(server, embedder) -> None:
    steady = SteadyEmbedder(embedder, Breaker())
    server.handler = says(lambda: web.json_response({"error": {"message": "no"}}, status=400))
    for _ in range(3):
        with pytest.raises(BackendError, match="rejected"):
            steady.embed(["a"])
    server.handler = server.embed
    assert len(steady.embed(["a"])) == 1
