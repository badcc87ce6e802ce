"""DSPy's optimizers as arms, on a stub of a model server: each compiles, is judged as every arm is, and is counted under its name."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from understudy_server.bench.teach.settings import DSPY_ARMS
from understudy_server.cli.bench import bench

ANSWERS = (
    "",
    "SELECT COUNT(*) FROM sales",
    "[[ ## code ## ]]\nSELECT MAX(amount) FROM sales\n[[ ## completed ## ]]",
)


class Stub(BaseHTTPRequestHandler):
    """Answers by turns with nothing, with code alone, and in DSPy's own format; keeps the models it was asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        self._send(
            {"object": "list", "data": [{"id": "m", "object": "model"}]}
            if self.path.endswith("/models")
            else {}
        )

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.path.endswith("/chat/completions"):
            self.send_error(404)
            return
        self.asked.append(body["model"])
        said = ANSWERS[len(self.asked) % len(ANSWERS)]
        usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
        if body.get("stream"):
            event = {
                "choices": [{"index": 0, "delta": {"content": said}, "finish_reason": "stop"}],
                "usage": usage,
            }
            self._reply(f"data: {json.dumps(event)}\n\ndata: [DONE]\n\n".encode(), "text/event-stream")
            return
        message = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
        self._send(
            {
                "id": "1",
                "object": "chat.completion",
                "created": 1,
                "model": "m",
                "choices": [message],
                "usage": usage,
            }
        )

    def _send(self, value: Any) -> None:
        self._reply(json.dumps(value).encode(), "application/json")

    def _reply(self, text: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *said: object) -> None:
        pass


@pytest.fixture
def stub() -> Iterator[ThreadingHTTPServer]:
    Stub.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def folder(stub: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "understudy.toml").write_text(
        f'[student]\nbase_url = "http://127.0.0.1:{stub.server_address[1]}/v1"\nmodel = "m"\ntemplate = "chat"\n',
        encoding="utf-8",
    )
    (tmp_path / "shop" / "db").mkdir(parents=True)
    with sqlite3.connect(tmp_path / "shop" / "db" / "shop.sqlite") as connection:
        connection.executescript("CREATE TABLE sales (amount INTEGER); INSERT INTO sales VALUES (10), (5)")
    asked = {
        "a": ("train", "how many sales are there", "SELECT COUNT(*) FROM sales"),
        "b": ("train", "the smallest sale", "SELECT MIN(amount) FROM sales"),
        "c": ("test", "the largest sale", "SELECT MAX(amount) FROM sales"),
    }
    items = [
        {"id": name, "source": "shop", "task": "sql", "database": "db/shop.sqlite", "dialect": "sqlite", "question": question,
         "gold_sql": gold, "split": split}
        for name, (split, question, gold) in asked.items()
    ]  # fmt: skip
    (tmp_path / "shop" / "items.jsonl").write_text("\n".join(map(json.dumps, items)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _run(*options: str) -> Any:
    arguments = [
        "teach",
        "--data",
        "shop",
        "--turns",
        "1",
        "--siblings",
        "1",
        "-k",
        "1",
        "--json",
        "f.json",
        *options,
    ]
    return CliRunner().invoke(bench, arguments, catch_exceptions=False)


@pytest.mark.parametrize("arm", DSPY_ARMS)
def test_each_optimizer_runs_through_the_proxy_under_its_own_name(folder: Path, arm: str) -> None:
    pytest.importorskip("dspy")
    result = _run("--arms", f"zero,{arm}")
    assert result.exit_code == 0, result.output
    figures = json.loads((folder / "f.json").read_text(encoding="utf-8"))
    assert figures["arms"][arm]["n"] == 1
    calls = figures["calls"][arm]["student"]
    assert calls["calls"] >= 1
    assert (calls["prompt_tokens"], calls["completion_tokens"]) == (5 * calls["calls"], 2 * calls["calls"])
    learning = sum(_tokens(each) for each in figures["calls"]["learning"].values())
    compiling = figures["calls"].get(f"{arm} learning", {}).get("student")
    if compiling is not None:
        # One call may be under way when the last token is spent.
        assert _tokens(compiling) < learning + 7
    # The server itself knows its model by one name only.
    assert set(Stub.asked) == {"m"}


def _tokens(calls: dict[str, int]) -> int:
    return calls["prompt_tokens"] + calls["completion_tokens"]


def test_dspy_needs_a_language_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "items.jsonl").write_text("{}", encoding="utf-8")
    from understudy_knowledge.errors import NothingToDoError

    with pytest.raises(NothingToDoError, match="dspy:gepa needs a language model"):
        CliRunner().invoke(
            bench, ["teach", "--data", str(tmp_path), "--arms", "dspy:gepa"], catch_exceptions=False
        )
