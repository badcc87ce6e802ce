"""A teacher that costs money, as a server of its own: kills at any request, and no answer is ever paid for twice."""

import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Run

PLAN = {
    "steps": [
        {
            "purpose": "Count the orders",
            "clause": "select",
            "code": "SELECT COUNT(*) FROM orders",
            "holes": [],
        }
    ],
    "skeleton": "SELECT COUNT(*) FROM orders",
    "notes": [],
}


class PaidServer(ThreadingHTTPServer):
    """Answers every plan with the same one, and counts what it answered. May kill its client instead of answering."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answered = Counter[str]()
        self.asked = 0
        self.instructed = 0
        self.kill_at: set[int] = set()
        self.client: subprocess.Popen[bytes] | None = None
        self.knowledge = Path()
        self.turn = threading.Lock()

    def pays(self) -> bool:
        """Whether this request is answered. One that is not is the client's last: it is killed over it.

        What was answered before is given the time to be kept, for no client can keep an answer that is still on its way.
        """
        assert self.client is not None, "what was answered before is asked again"
        if self.client.poll() is not None:
            return False
        self.asked += 1
        if self.asked not in self.kill_at:
            return True
        deadline = time.monotonic() + 20
        while self._kept() < self.answered.total() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.client.kill()
        self.client.wait()
        return False

    def _kept(self) -> int:
        with closing(sqlite3.connect(self.knowledge)) as connection:
            statement = "SELECT COUNT(*) FROM answers WHERE response LIKE '{\"plan\"%'"
            (count,) = connection.execute(statement).fetchone()
        return int(count)

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: PaidServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's name
        pass

    def do_GET(self) -> None:
        self._send({"data": [{"id": "large", "max_model_len": 32768}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if body["response_format"]["json_schema"]["name"] == "instructions":
            self.server.instructed += 1
            self._send(_answer('{"rules": ["Nothing in general."]}'))
            return
        with self.server.turn:
            if self.server.pays():
                self.server.answered[json.dumps(body["messages"])] += 1
                self._send(_answer(json.dumps(PLAN)))
            else:
                self.close_connection = True

    def handle(self) -> None:
        # A client that was killed leaves its connections as they are.
        with suppress(ConnectionError):
            super().handle()

    def _send(self, value: dict[str, Any]) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _answer(text: str) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"choices": [choice], "usage": {"prompt_tokens": 100, "completion_tokens": 20}}


@pytest.fixture
def server() -> Iterator[PaidServer]:
    with PaidServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_sigkill_at_any_request_pays_no_answer_twice(
    project: Path, understudy: "Run", server: PaidServer
) -> None:
    (project / "understudy.toml").write_text(
        f'[data]\ndatabase = "shop.db"\n[teacher]\nbase_url = "{server.url}"\nmodel = "large"\n'
    )
    server.kill_at = {1, 3, 4, 8}
    server.knowledge = project / ".understudy" / "knowledge.db"
    kills = 0
    for resume in range(10):
        command = [
            sys.executable,
            "-m",
            "understudy_server",
            "distill",
            "--json",
            *(["--resume"] if resume else []),
        ]
        server.client = subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        stdout, stderr = server.client.communicate(timeout=60)
        if server.client.returncode == 0:
            break
        assert server.client.returncode != 2, stderr
        kills += 1
    result = json.loads(stdout)
    assert result["status"] == "done"
    assert kills == 4
    assert set(server.answered.values()) == {1}
    answered = sum(server.answered.values()) + server.instructed
    assert result["teacher"]["calls"] == answered
    assert result["teacher"]["tokens"] == 120 * answered
    assert (project / ".understudy" / "runs" / f"{result['run']}.jsonl").is_file()

    server.client = None
    again = understudy("distill", "--json").json
    assert set(server.answered.values()) == {1}
    assert again["teacher"]["calls"] == again["teacher"]["tokens"] == 0
