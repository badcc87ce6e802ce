"""A real server process and the few messages that a measurement sends it, without a client library in between."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from attrs import define, field

_PATIENCE = 300.0
"""Seconds; nobody who types waits so long."""


@define
class ServerProcess:
    """One server. Requests wait for their answers; what the server asks of us is answered with nothing.

    A server that does not answer within `patience` seconds is ended: nothing that came later could be told from its answer.
    """

    pid: int
    _input: IO[bytes]
    _output: IO[bytes]
    _end: Callable[[], None]
    patience: float = _PATIENCE
    _asked: int = field(default=0, init=False)
    _late: bool = field(default=False, init=False)

    def request(self, method: str, params: object) -> Any:
        """The result. Raises RuntimeError when the server answers with an error or ends, TimeoutError when it does not answer."""
        watch = threading.Timer(self.patience, self._give_up)
        watch.daemon = True
        watch.start()
        try:
            return self._answer(method, params)
        except (RuntimeError, OSError):
            if self._late:
                raise TimeoutError(f"{method} was not answered within {self.patience:g} s") from None
            raise
        finally:
            watch.cancel()

    def _give_up(self) -> None:
        self._late = True
        self._end()

    def _answer(self, method: str, params: object) -> Any:
        self.ask(method, params)
        while True:
            message = self._receive()
            if "method" in message:
                if "id" in message:
                    self._send({"id": message["id"], "result": None})
            elif message.get("id") == self._asked:
                if "error" in message:
                    raise RuntimeError(message["error"]["message"])
                return message["result"]

    def ask(self, method: str, params: object) -> int:
        """Returns at once the request's id; its answer is passed over."""
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params})
        return self._asked

    def notify(self, method: str, params: object) -> None:
        """Returns at once."""
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._input.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._input.flush()

    def _receive(self) -> dict[str, Any]:
        length = 0
        while line := self._output.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        if not length:
            raise RuntimeError("the server ended")
        received: dict[str, Any] = json.loads(self._output.read(length))
        return received


@contextmanager
def server_process(
    root: Path,
    command: Sequence[str] | None = None,
    environment: Mapping[str, str] | None = None,
    patience: float = _PATIENCE,
) -> Iterator[ServerProcess]:
    """A server that was just started in the folder and not yet initialized, ours unless another is named; it ends with the block."""
    with subprocess.Popen(  # noqa: S603 - ours, or what the caller found installed
        command or [sys.executable, "-m", "understudy_server", "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=root,
        env=environment,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield ServerProcess(process.pid, process.stdin, process.stdout, process.kill, patience)
        finally:
            process.kill()
