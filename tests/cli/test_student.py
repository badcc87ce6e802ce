"""understudy student, before a `vllm` that listens and starts a child as the real one does, and an nvidia-smi as documented."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="vLLM does not run on Windows")

VLLM = """#!{python}
import http.server, os, pathlib, subprocess, sys
here = pathlib.Path(__file__).parent
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
(here / "seen").write_text(repr((sys.argv[1:], os.environ.get("VLLM_API_KEY"), child.pid)))
if "--broken" in sys.argv:
    sys.exit("no CUDA")
port = int(next(part for part in sys.argv if part.startswith("--port=")).partition("=")[2])

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

print("INFO starting", flush=True)
http.server.HTTPServer(("127.0.0.1", port), Health).serve_forever()
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder for the path, with a vllm and an nvidia-smi that lists a GPU of 24 GiB."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in (
        ("vllm", VLLM.replace("{python}", sys.executable)),
        ("nvidia-smi", "#!/bin/sh\necho '0, NVIDIA GeForce RTX 4090, 24564, 23992, 8.9'\n"),
    ):
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def seen(machine: Path) -> Any:
    return eval((machine / "seen").read_text())


def is_alive(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def path(machine: Path) -> str:
    return f"{machine}{os.pathsep}/usr/bin{os.pathsep}/bin"


def test_without_a_gpu_the_command_and_the_reason_are_printed(understudy: Any, tmp_path: Path) -> None:
    ran = understudy("student", "--json", PATH=str(tmp_path))
    assert ran.status == 0
    assert ran.json["started"] is False
    assert "no NVIDIA GPU is found here" in ran.json["obstacle"]
    assert ran.json["command"][1] == "serve"
    assert "no NVIDIA GPU is found here" in ran.sentence


def test_without_vllm_it_says_how_to_install_it(understudy: Any, machine: Path) -> None:
    (machine / "vllm").unlink()
    ran = understudy("student", PATH=path(machine))
    assert "run `pip install vllm`" in ran.sentence
    assert "vllm serve Qwen/Qwen2.5-Coder-7B" in ran.stdout
    assert 'base_url = "http://127.0.0.1:8000/v1"' in ran.stdout


def test_print_starts_nothing(understudy: Any, machine: Path) -> None:
    ran = understudy("student", "--print", "--", "--max-num-seqs", "8", PATH=path(machine))
    assert ran.status == 0
    assert "--max-num-seqs 8" in ran.stdout
    assert not (machine / "seen").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_until_it_is_stopped_and_leaves_no_process_behind(machine: Path, port: int, how: int) -> None:
    command = [sys.executable, "-m", "understudy_server", "student", "--json", f"--port={port}", "--api-key-env", "MY_KEY"]  # fmt: skip
    environment = {**os.environ, "PATH": path(machine), "MY_KEY": "k-1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ours:
        assert ours.stdout is not None
        said = json.loads(read_document(ours.stdout.readline))
        assert said["started"] is True
        assert 'api_key_env = "MY_KEY"' in said["configuration"]
        arguments, key, child = seen(machine)
        assert key == "k-1"
        assert not any("k-1" in part for part in (*arguments, *said["command"], *said["environment"]))
        assert is_alive(child)
        ours.send_signal(how)
        assert ours.wait(30) == 130
    for _ in range(200):
        if not is_alive(child):
            break
        time.sleep(0.05)
    assert not is_alive(child)


def read_document(readline: Callable[[], bytes]) -> bytes:
    text = b""
    while not text.endswith(b"\n}\n"):
        line = readline()
        assert line, text
        text += line
    return text


def test_a_server_that_ends_by_itself_is_told_and_its_children_end(
    understudy: Any, machine: Path, port: int
) -> None:
    ran = understudy("student", f"--port={port}", "--", "--broken", PATH=path(machine))
    assert ran.status == 2
    assert "vLLM ended with status 1 before it was ready; what it said stands above" in ran.sentence
    assert "no CUDA" in ran.stderr
    assert not is_alive(seen(machine)[2])


def test_a_port_that_is_taken_is_told_before_anything_starts(understudy: Any, machine: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = understudy("student", f"--port={taken.getsockname()[1]}", PATH=path(machine))
    assert "is taken by another program" in ran.sentence
    assert not (machine / "seen").exists()


def test_a_key_that_is_not_set_is_told(understudy: Any, machine: Path) -> None:
    ran = understudy("student", "--api-key-env", "NO_SUCH_VARIABLE", PATH=path(machine))
    assert ran.status == 2
    assert "NO_SUCH_VARIABLE is not set" in ran.sentence
