"""`understudy student` starts the vLLM that is installed, with every flag that it recommends, and takes it away again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.vllm

# What only a machine without a GPU needs; the last of two flags counts.
ON_A_CPU = (
    "--enforce-eager",
    "--distributed-executor-backend=uni",
    "--kv-cache-memory-bytes=256M",
    "--max-model-len=2048",
    "--block-size=32",
    "--served-model-name=student",
)


@pytest.fixture
def environment(tmp_path):
    """Of a machine whose nvidia-smi lists a GPU, and in which vLLM computes on the CPU nevertheless."""
    listing = tmp_path / "bin" / "nvidia-smi"
    listing.parent.mkdir()
    listing.write_text("#!/bin/sh\necho '0, NVIDIA GeForce RTX 4090, 24564, 23992, 8.9'\n", encoding="utf-8")
    listing.chmod(0o755)
    return os.environ | {
        "PATH": f"{listing.parent}{os.pathsep}{os.environ['PATH']}",
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "VLLM_HOST_IP": "127.0.0.1",
        "VLLM_CACHE_ROOT": str(tmp_path / "cache"),
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "TORCHDYNAMO_DISABLE": "1",
        "STUDENT_KEY": "a-key-of-this-test-only",
    }


def ask(port, body):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/completions",
        json.dumps(body).encode(),
        {"Authorization": "Bearer a-key-of-this-test-only", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["choices"][0]["text"]


def is_gone(group):
    """Whether the group has no process left within ten seconds but for dead ones that nobody has collected."""
    for _ in range(100):
        listed = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True)
        entries = [line.split() for line in listed.stdout.splitlines()]
        if not any(int(of) == group and not state.startswith("Z") for of, state in entries):
            return True
        time.sleep(0.1)
    return False


def test_the_recommended_vllm_serves_keeps_to_a_grammar_while_it_speculates_and_ends_with_us(
    vllm_folder, tmp_path, environment
):
    model = tmp_path / "model"
    builder = Path(__file__).parent / "build_model.py"
    subprocess.run([vllm_folder / "bin/python", builder, model], check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "understudy_server", "student", "--json", f"--port={port}", f"--model={model}",
        f"--vllm={vllm_folder / 'bin/vllm'}", "--api-key-env=STUDENT_KEY", "--", *ON_A_CPU,
    ]  # fmt: skip
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log) as ours,
    ):
        try:
            said = b""
            while not said.endswith(b"\n}\n"):
                line = ours.stdout.readline()
                assert line, (tmp_path / "log").read_text(errors="replace")[-3000:]
                said += line
            assert json.loads(said)["started"] is True
            children = subprocess.run(
                ["ps", "-o", "pid=", "--ppid", str(ours.pid)], capture_output=True, text=True, check=True
            )
            group = int(children.stdout.split()[0])
            grammar = 'root ::= "COUNT(*) FROM " ("orders" | "customers")'
            text = ask(
                port, {"model": "student", "prompt": "SELECT ", "structured_outputs": {"grammar": grammar}}
            )
            assert text in ("COUNT(*) FROM orders", "COUNT(*) FROM customers")
        finally:
            ours.send_signal(signal.SIGTERM)
        assert ours.wait(60) == 130
    assert is_gone(group)
