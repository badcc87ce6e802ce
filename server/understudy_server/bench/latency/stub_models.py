"""A model server that waits a fixed time and says one thing: the same for every editor plug-in that is measured on it.

It speaks what OpenAI-compatible clients and Tabby's agent ask for, in a thread of its own.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from attrs import define, field

ANSWER = "5"


@define(eq=False)
class StubModels:
    """`url` has no path. `answered` are seconds from a request's arrival until its answer was sent, on this side."""

    url: str
    answered: list[float] = field(factory=list)


class StubHandler(BaseHTTPRequestHandler):
    """How a stub of a model server answers; it logs nothing, for standard error is the measurement's own."""

    def send_json(self, value: Any) -> None:
        """Answer with the value."""
        self._send(json.dumps(value).encode(), "application/json")

    def send_event(self, value: Any) -> None:
        """Answer with a stream of this one event."""
        self._send(f"data: {json.dumps(value)}\n\ndata: [DONE]\n\n".encode(), "text/event-stream")

    def _send(self, text: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *said: object) -> None:
        """Say nothing."""


@contextmanager
def stub_models(delay: float) -> Iterator[StubModels]:
    """Serves as long as the block; every completion is answered `delay` seconds after it was asked for."""
    stub = StubModels("")

    class Handler(StubHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path.endswith("/models"):
                self.send_json({"object": "list", "data": [{"id": "stub", "object": "model"}]})
            elif "health" in self.path:
                self.send_json(
                    {
                        "model": "stub",
                        "device": "cpu",
                        "arch": "",
                        "cpu_info": "",
                        "cpu_count": 1,
                        "cuda_devices": [],
                        "version": {
                            "build_date": "",
                            "build_timestamp": "",
                            "git_sha": "",
                            "git_describe": "v0.20.0",
                        },
                    }
                )
            elif "server_setting" in self.path:
                self.send_json({"disable_client_side_telemetry": True})
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            began = time.perf_counter()
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            if "completions" not in self.path:
                if "events" in self.path or "health" in self.path:
                    self.send_json({})
                else:
                    self.send_error(404)
                return
            time.sleep(delay)
            if "segments" in body:
                self.send_json({"id": "cmpl-1", "choices": [{"index": 0, "text": ANSWER}]})
            elif body.get("stream"):
                self._stream("chat" in self.path)
            else:
                self.send_json(
                    {"choices": [{"index": 0, "text": ANSWER, "finish_reason": "stop"}], "usage": _USAGE}
                )
            stub.answered.append(time.perf_counter() - began)

        def _stream(self, chat: bool) -> None:
            choice = {"delta": {"content": ANSWER}} if chat else {"text": ANSWER}
            self.send_event({"choices": [{"index": 0, **choice, "finish_reason": "stop"}], "usage": _USAGE})

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()


_USAGE = {"prompt_tokens": 1, "completion_tokens": 1}
