"""The language server over raw bytes: what well-behaved clients never send."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen


@frozen
class Wire:
    """A server's stdin and stdout."""

    process: "subprocess.Popen[bytes]"

    def send(self, message: object) -> None:
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name == b"Content-Length":
                length = int(value)
        found: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return found

    def reply_to(self, identifier: int) -> dict[str, Any]:
        while (message := self.receive()).get("id") != identifier:
            pass
        return message


@pytest.fixture
def wire(project: Path) -> Iterator[Wire]:
    command = [sys.executable, "-m", "understudy_server", "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        wire = Wire(process)
        wire.send(
            request(0, "initialize", {"capabilities": {}, "processId": None, "rootUri": project.as_uri()})
        )
        wire.reply_to(0)
        wire.send({"jsonrpc": "2.0", "method": "initialized", "params": {}})
        yield wire
        process.kill()


def request(identifier: int, method: str, params: object) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identifier, "method": method, "params": params}


def test_bad_parameters_are_answered_with_an_error_and_the_server_goes_on(wire: Wire) -> None:
    for number, params in enumerate(
        [
            None,
            {},
            [],
            {"textDocument": 7},
            {"textDocument": {"uri": "file:///a.sql"}, "position": {"line": -1, "character": 0}},
            {"textDocument": {"uri": "file:///a.sql"}, "position": {"line": 0, "character": 2**40}},
            {"textDocument": {"uri": None}, "position": {"line": "0", "character": "x"}},
        ],
        start=1,
    ):
        wire.send(request(number, "textDocument/completion", params))
        assert wire.reply_to(number)["error"]["code"] == -32602, params
    wire.send(request(99, "shutdown", None))
    assert wire.reply_to(99)["result"] is None


def test_an_unknown_method_is_answered_and_no_message_does_no_harm(wire: Wire) -> None:
    wire.send(request(1, "textDocument/telepathy", {}))
    assert wire.reply_to(1)["error"]["code"] == -32601
    for body in (b"{", b"[" * 100_000, b"\xff\xfe", b"null", b"7", b'"x"', b"[]"):
        wire.send(body)
    wire.send(request(2, "shutdown", None))
    assert wire.reply_to(2)["result"] is None


def test_an_acceptance_with_odd_arguments_is_ignored(wire: Wire, project: Path) -> None:
    odd = [None, [], [None], [7], [{"id": 7}], [{"id": {"x": 1}}], ["a", "b", "c"], [[]]]
    for number, arguments in enumerate(odd, start=1):
        params = {"command": "understudy.accepted"} | ({} if arguments is None else {"arguments": arguments})
        wire.send(request(number, "workspace/executeCommand", params))
        assert "error" not in wire.reply_to(number), arguments
    assert not (project / ".understudy").exists()


def test_the_process_ends_when_its_editor_is_gone(wire: Wire) -> None:
    assert wire.process.stdin is not None
    wire.process.stdin.close()
    wire.process.wait(10)


def test_exit_ends_the_process(wire: Wire) -> None:
    wire.send(request(2, "shutdown", None))
    wire.reply_to(2)
    wire.send({"jsonrpc": "2.0", "method": "exit"})
    assert wire.process.wait(10) == 0
