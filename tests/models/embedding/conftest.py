"""A tiny ONNX model in a sentence-transformers folder, and an embedding server on a real socket that misbehaves as told."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
from aiohttp import web

WORDS = "total revenue by month customers without an order average price region of hotels songs".split()
Handler = Callable[[list[str]], Awaitable[web.StreamResponse]]


def bag_of_words(text: str, dimensions: int = 8) -> list[float]:
    """What the server's model says of a text: deterministic, and alike where words are."""
    vector = np.zeros(dimensions)
    for word in text.lower().split():
        vector[sum(word.encode()) % dimensions] += 1
    return [float(each) for each in vector + 0.01]


class EmbeddingServer:
    """Runs in a thread of its own. `handler` answers; `bodies` and `headers` are what came."""

    def __init__(self) -> None:
        self.models = ["embedder"]
        self.handler: Handler = self.embed
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.base_url = ""
        self._loop = asyncio.new_event_loop()
        self._ready = Event()

    async def embed(self, texts: list[str]) -> web.StreamResponse:
        return self.answer([bag_of_words(text) for text in texts])

    def answer(self, vectors: list[list[float]]) -> web.StreamResponse:
        data = [
            {"object": "embedding", "index": at, "embedding": vector} for at, vector in enumerate(vectors)
        ]
        # Last first: only `index` says which is whose. NaN goes through Python's JSON as it is.
        return web.Response(text=json.dumps({"data": data[::-1]}), content_type="application/json")

    def start(self) -> None:
        Thread(target=self._run, daemon=True).start()
        assert self._ready.wait(20)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/v1/models":
            return web.json_response({"data": [{"id": name} for name in self.models]})
        body = json.loads(await request.text())
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        return await self.handler(body["input"])

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)

        async def listen() -> None:
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", self._answer)
            runner = web.AppRunner(app)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
            self._ready.set()

        self._loop.run_until_complete(listen())
        self._loop.run_forever()


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    running = EmbeddingServer()
    running.start()
    yield running
    running.stop()


def write_model(folder: Path, dimensions: int = 16, seed: int = 0) -> Path:
    """A model of one table, written with the onnx package: a token's vector is its row. Mean pooling makes it a bag of words."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {word: at for at, word in enumerate(["[UNK]", "[PAD]", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    table = np.random.default_rng(seed).standard_normal((len(vocabulary), dimensions)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])],
        "embedder",
        [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"]),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["batch", "tokens"]),
        ],
        [
            helper.make_tensor_value_info(
                "last_hidden_state", TensorProto.FLOAT, ["batch", "tokens", dimensions]
            )
        ],
        [numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(folder / "model.onnx"))
    return folder


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "tiny")


@pytest.fixture
def model_writer() -> Callable[..., Path]:
    return write_model
