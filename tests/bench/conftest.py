"""What measurements are tried on: data, which absent are a reason to skip and in CI a failure; and a stub of a model server."""

import json
import os
import sqlite3
import threading
import zlib
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from understudy_server.bench.latency.stub_models import StubHandler

QUESTIONS = {
    "how many sales are there": "SELECT COUNT(*) FROM sales",
    "the smallest sale": "SELECT MIN(amount) FROM sales",
    "what all sales come to": "SELECT SUM(amount) FROM sales",
    "the mean sale": "SELECT AVG(amount) FROM sales",
    "the largest sale": "SELECT MAX(amount) FROM sales",
}
PLAN = json.dumps(
    {
        "steps": [
            {"purpose": "find it", "clause": "select", "code": "SELECT amount FROM sales", "holes": []},
        ],
        "skeleton": "SELECT amount FROM sales",
        "notes": [],
    }
)


class ModelServer:
    """Serves the models `m`, a student that is right about every other prompt, and `t`, a teacher; `asked` are the requests.

    The same request gets the same answer. The request after `hold_after` ones of DSPy is never answered.
    """

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.hold_after: int | None = None
        self.held = threading.Event()
        server = self

        class Handler(StubHandler):
            def do_GET(self) -> None:
                models = [{"id": name, "object": "model"} for name in ("m", "t")]
                self.send_json({"object": "list", "data": models} if self.path.endswith("/models") else {})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if not self.path.endswith("/chat/completions"):
                    self.send_error(404)
                    return
                if _of_dspy(body) and len(server.of_dspy()) == server.hold_after:
                    server.held.set()
                    threading.Event().wait()
                server.asked.append(body)
                said = _said(body)
                read = 50 if said == PLAN else 5
                usage = {"prompt_tokens": read, "completion_tokens": 2, "total_tokens": read + 2}
                if body.get("stream"):
                    choice = {"index": 0, "delta": {"content": said}, "finish_reason": "stop"}
                    self.send_event({"choices": [choice], "usage": usage})
                    return
                message = {"role": "assistant", "content": said}
                choice = {"index": 0, "message": message, "finish_reason": "stop"}
                named = {"id": "1", "object": "chat.completion", "created": 1, "model": body["model"]}
                self.send_json({**named, "choices": [choice], "usage": usage})

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def of_dspy(self) -> list[dict[str, Any]]:
        """The requests that no client of ours made."""
        return [body for body in self.asked if _of_dspy(body)]

    def by(self, model: str) -> list[str]:
        """The prompts that the model was sent."""
        return [prompt_of(body) for body in self.asked if body["model"] == model]


def prompt_of(body: dict[str, Any]) -> str:
    """All that a request says."""
    return "\n".join(str(message["content"]) for message in body["messages"])


def _of_dspy(body: dict[str, Any]) -> bool:
    # It wants its answers whole; of ours only the teacher does, and it is asked for a plan.
    return not body.get("stream") and _said(body) != PLAN


def _said(body: dict[str, Any]) -> str:
    prompt = prompt_of(body)
    if body["model"] == "t" and ("response_format" in body or "structured_outputs" in body):
        return PLAN
    asked = max(QUESTIONS, key=prompt.rfind)
    kind = zlib.crc32(prompt.encode()) % 4
    return ("", "SELECT 0", QUESTIONS[asked], f"[[ ## code ## ]]\n{QUESTIONS[asked]}\n[[ ## completed ## ]]")[
        kind
    ]


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    """A stub of a model server on a real socket."""
    made = ModelServer()
    threading.Thread(target=made.server.serve_forever, daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def shop(model_server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, the current one, with a small dataset in `shop/` and the stub as its student."""
    student = f'base_url = "{model_server.url}"\nmodel = "m"\ntemplate = "chat"\n'
    (tmp_path / "understudy.toml").write_text(f"[student]\n{student}", encoding="utf-8")
    (tmp_path / "shop" / "db").mkdir(parents=True)
    with sqlite3.connect(tmp_path / "shop" / "db" / "shop.sqlite") as connection:
        connection.executescript(
            "CREATE TABLE sales (amount INTEGER); INSERT INTO sales VALUES (10), (5), (6)"
        )
    items = [
        {"id": f"q{n}", "source": "shop", "task": "sql", "database": "db/shop.sqlite", "dialect": "sqlite", "question": question,
         "gold_sql": gold, "split": "train" if n < 4 else "test"}
        for n, (question, gold) in enumerate(QUESTIONS.items())
    ]  # fmt: skip
    (tmp_path / "shop" / "items.jsonl").write_text("\n".join(map(json.dumps, items)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNDERSTUDY_DATA", raising=False)
    return tmp_path


@pytest.fixture
def taught_by_a_server(shop: Path, model_server: ModelServer) -> Path:
    """The same with a teacher on the stub."""
    with (shop / "understudy.toml").open("a", encoding="utf-8") as file:
        file.write(f'[teacher]\nbase_url = "{model_server.url}"\nmodel = "t"\n')
    return shop


@pytest.fixture
def data() -> Path:
    """The folder that holds train/."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("UNDERSTUDY_DATA", beside))
    if not (folder / "train" / "items.jsonl.gz").is_file():
        message = f"{folder} lacks train/; set UNDERSTUDY_DATA to the folder that holds it"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder
