"""A real vLLM that serves a tiny random model, started once for all tests of this folder."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

API_KEY = "a-key-of-this-test-only"
STARTS_WITHIN = 400.0
HERE = Path(__file__).parent


@frozen
class RunningServer:
    """`base_url` ends in /v1."""

    base_url: str

    def running_requests(self) -> int:
        """How many requests vLLM generates for at this moment; it counts no abort anywhere, so this gauge is what we watch."""
        url = self.base_url.removesuffix("/v1") + "/metrics"
        with urllib.request.urlopen(url, timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return int(
            sum(float(line.split()[-1]) for line in lines if line.startswith("vllm:num_requests_running"))
        )


def installed() -> Path:
    """The folder that setup.sh installs into."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("UNDERSTUDY_VLLM") or f"{cache}/understudy-ci/vllm")


@pytest.fixture(scope="session")
def vllm_folder() -> Path:
    """The environment that vLLM is installed in."""
    folder = installed()
    if not (folder / "installed").exists():
        reason = f"vLLM is not installed in {folder}; run tests/vllm/setup.sh"
        if os.environ.get("CI") or "vllm" in os.environ.get("UNDERSTUDY_REQUIRE", ""):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def vllm_server(vllm_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    server = StartedServer(vllm_folder, tmp_path_factory.mktemp("vllm"))
    try:
        server.start()
        yield RunningServer(server.base_url)
    finally:
        server.stop()


class StartedServer:
    """A vLLM process with the tiny model; it can be killed and started anew on the same port."""

    def __init__(self, folder: Path, work: Path, *more: str) -> None:
        self.folder, self.work, self.more = folder, work, more
        builder = [folder / "bin/python", HERE / "build_model.py", work / "model"]
        subprocess.run(builder, check=True, capture_output=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> None:
        log = self.work / "server.log"
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [self.folder / "bin/vllm", *arguments(self.work / "model", self.port), *self.more],
                env=environment(self.work),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until_healthy(self.process, self.port, log)

    def kill(self) -> None:
        """At once, in the middle of whatever it generates."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        if self.process is not None:
            stop_group(self.process)


@pytest.fixture
def own_vllm(vllm_folder: Path, tmp_path: Path) -> Iterator[StartedServer]:
    """A vLLM of the test's own, which it may kill."""
    server = StartedServer(vllm_folder, tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def embedding_server(vllm_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> StartedServer:
    """A vLLM that embeds with the tiny model, not started yet."""
    return StartedServer(vllm_folder, tmp_path_factory.mktemp("embed"), "--runner=pooling", "--convert=embed")


def arguments(model: Path, port: int) -> list[str]:
    return [
        "serve",
        str(model),
        "--served-model-name=student",
        "--host=127.0.0.1",
        f"--port={port}",
        f"--api-key={API_KEY}",
        "--max-model-len=4096",
        "--enforce-eager",
        # One process: "uni" is honored only with VLLM_ENABLE_V1_MULTIPROCESSING=0.
        "--distributed-executor-backend=uni",
        "--kv-cache-memory-bytes=256M",
        # On a CPU a block is 128 tokens by default, too coarse for the prefix cache to be seen at work.
        "--block-size=32",
        "--enable-prompt-tokens-details",
        "--scheduling-policy=priority",
        # A random model writes blanks to the limit unless the server forbids them.
        '--structured-outputs-config={"backend":"guidance","disable_any_whitespace":true}',
    ]


def environment(work: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VLLM_")}
    return kept | {
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_HOST_IP": "127.0.0.1",
        "VLLM_CACHE_ROOT": str(work / "cache"),
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        # Otherwise the first request that asks for log probabilities takes ten seconds.
        "TORCHDYNAMO_DISABLE": "1",
    }


def wait_until_healthy(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and server.poll() is None:
        if is_healthy(port):
            return
        time.sleep(0.2)
    pytest.fail("vLLM did not start:\n" + log.read_text(errors="replace")[-4000:])


def is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1):
            return True
    except OSError:
        return False


def stop_group(server: "subprocess.Popen[bytes]") -> None:
    """End the server and whatever it started; a server that ended by itself may have left children in its group."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, kind)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(10)
