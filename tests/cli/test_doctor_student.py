"""What the doctor says of the student's server, through the real process and a real socket."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field


@define
class Server:
    """Answers as vLLM does; `count` says how many tokens a text is, None: it has no /tokenize."""

    base_url: str = ""
    count: int | None = 1
    status: int = 200
    asked: list[dict[str, Any]] = field(factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            model = {"id": "Qwen/Qwen2.5-Coder-1.5B", "owned_by": "vllm", "max_model_len": 8192}
            self.say({"/v1/models": {"data": [model]}, "/version": {"version": "0.32.0"}}.get(self.path))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/tokenize":
                self.say(None if server.count is None else {"count": server.count})
                return
            server.asked.append(body)
            if server.status != 200:
                self.say({"error": {"message": "CUDA out of memory"}}, server.status)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(
                b'data: {"choices": [{"text": "1", "finish_reason": "length"}]}\n\ndata: [DONE]\n\n'
            )

        def say(self, page: Any, status: int = 200) -> None:
            self.send_response(status if page else 404)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(page or {"detail": "Not Found"}).encode())

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    server.base_url = f"http://127.0.0.1:{listening.server_address[1]}/v1"
    yield server
    listening.shutdown()
    listening.server_close()


@pytest.fixture
def student(understudy: Any, project: Path, server: Server) -> Any:
    """The doctor's finding on the student, with these settings."""

    def find(**settings: str) -> Any:
        lines = "\n".join(
            f'{name} = "{value}"' for name, value in {"base_url": server.base_url, **settings}.items()
        )
        (project / "understudy.toml").write_text(f"[student]\n{lines}\n", encoding="utf-8")
        findings = understudy("doctor", "--json").json["findings"]
        return next(finding for finding in findings if finding["name"] == "student")

    return find


def test_it_says_what_serves_and_how_the_model_is_asked(student: Any, server: Server) -> None:
    found = student()
    assert found["state"] == "ok"
    assert found["message"] == (
        f"Qwen/Qwen2.5-Coder-1.5B at {server.base_url} (vLLM 0.32.0, 8,192 tokens); "
        "fills in the middle with the marks of the qwen family, each one token to its tokenizer"
    )
    assert [body["max_tokens"] for body in server.asked] == [1]


def test_without_a_tokenizer_to_ask_it_says_that_the_marks_are_not_checked(
    student: Any, server: Server
) -> None:
    server.count = None
    assert "not checked, for the server has no /tokenize" in student()["message"]


def test_marks_that_are_taken_apart_are_a_note_with_a_fix(student: Any, server: Server) -> None:
    server.count = 5
    found = student(template="deepseek")
    assert found["state"] == "note"
    assert "deepseek family, which its tokenizer takes apart" in found["message"]
    assert "set student.template" in found["fix"]


def test_a_configured_way_of_asking_is_shown(student: Any) -> None:
    assert "asked in a chat" in student(template="chat")["message"]


def test_a_server_that_lists_models_but_cannot_generate_is_broken(student: Any, server: Server) -> None:
    server.status = 500
    found = student()
    assert found["state"] == "broken"
    assert "CUDA out of memory" in found["message"]
