"""bench teach with a student on a model server: the report says which server and model it was, and hashes what was sent."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from understudy_server.bench.latency.stub_models import StubHandler
from understudy_server.cli.bench import bench


class Stub(StubHandler):
    """A chat that always answers the same."""

    def do_GET(self) -> None:
        pages: dict[str, Any] = {
            "/v1/models": {"object": "list", "data": [{"id": "m", "object": "model", "owned_by": "vllm"}]},
            "/version": {"version": "9.9.9"},
        }
        self.send_json(pages.get(self.path, {}))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if not self.path.endswith("/chat/completions"):
            self.send_error(404)
            return
        event = {
            "choices": [{"index": 0, "delta": {"content": "SELECT 7"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
        }
        self.send_event(event)


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_the_server_is_named_by_kind_version_and_manner_and_never_by_address(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "understudy.toml").write_text(
        f'[student]\nbase_url = "http://{address}/v1"\nmodel = "m"\ntemplate = "chat"\n', encoding="utf-8"
    )
    (tmp_path / "db").mkdir()
    with sqlite3.connect(tmp_path / "db" / "shop.sqlite") as connection:
        connection.executescript("CREATE TABLE sales (amount INTEGER); INSERT INTO sales VALUES (10), (5)")
    items = [
        {"id": split, "source": "shop", "task": "sql", "database": "db/shop.sqlite", "dialect": "sqlite",
         "question": f"the {word} sale", "gold_sql": f"SELECT {function}(amount) FROM sales", "split": split}
        for split, word, function in (("train", "largest", "MAX"), ("test", "smallest", "MIN"))
    ]  # fmt: skip
    (tmp_path / "items.jsonl").write_text("\n".join(map(json.dumps, items)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    arguments = ["teach", "--data", ".", "--arms", "zero", "--turns", "1", "--json", "f.json", "--report", "r.html"]  # fmt: skip
    result = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    figures = json.loads((tmp_path / "f.json").read_text(encoding="utf-8"))
    student = figures["servers"]["student"]
    assert (student["model"], student["server"], student["server_version"]) == ("m", "vLLM", "9.9.9")
    assert (student["template"], student["asked_by"], student["temperature"]) == ("chat", "chat", 0.0)
    assert "teacher" not in figures["servers"]
    assert len(figures["calls"]["zero"]["student"]["sent"]) == 16
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "student: server_version" in page
    assert address not in page + json.dumps(figures)
    assert "carry no meaning" in page
