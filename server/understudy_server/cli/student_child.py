"""vLLM as a child of ours: watched until it is ready, and ended together with all that it started."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

from understudy_knowledge.errors import BackendError, ConfigurationError
from understudy_server.cli.stopping import run_stoppable

_QUERY = (
    "--query-gpu=index,name,memory.total,memory.free,compute_cap",
    "--format=csv,noheader,nounits",
)
_QUERY_SECONDS = 10.0
_LOOK_SECONDS = 0.25
_END_SECONDS = 15.0


def nvidia_listing() -> str:
    """What nvidia-smi says of the GPUs; empty where there is none, or it does not answer in time."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return ""
    try:
        asked = subprocess.run(  # noqa: S603 - found on the path, with arguments of ours
            [command, *_QUERY], capture_output=True, text=True, timeout=_QUERY_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout if asked.returncode == 0 else ""


def key_of(variable: str) -> dict[str, str]:
    """The key as vLLM takes it from its environment; on the command line every user of the machine could read it."""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise ConfigurationError(
            f"the environment variable {variable} is not set; set it to the key the server shall ask for"
        )
    return {"VLLM_API_KEY": key}


def serve_until_stopped(
    command: Sequence[str], environment: Mapping[str, str], port: int, ready: Callable[[], None]
) -> None:
    """Run the server; `ready` is called when it answers. Its words go to stderr.

    Raises ConfigurationError when the port is taken, BackendError when the server ends by itself, StoppedError when we are
    stopped; in each case nothing that it started is left behind.
    """
    with socket.socket() as probe:
        probe.settimeout(1.0)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise ConfigurationError(
                f"port {port} is taken by another program; stop it, or choose another port with --port"
            )
    run_stoppable(_serve(command, environment, port, ready))


async def _serve(
    command: Sequence[str], environment: Mapping[str, str], port: int, ready: Callable[[], None]
) -> None:
    try:
        child = subprocess.Popen(  # noqa: S603, ASYNC220 - the user's own vllm; started in a moment
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
            # A group of its own, so that the engine processes it starts can be ended with it.
            start_new_session=True,
        )
    except OSError as error:
        raise ConfigurationError(f"{command[0]} cannot be started: {error.strerror or error}") from error
    try:
        told = False
        while (status := child.poll()) is None:
            if not told and await _is_healthy(port):
                told = True
                ready()
            await asyncio.sleep(_LOOK_SECONDS)
        raise BackendError(
            f"vLLM ended with status {status}{'' if told else ' before it was ready'}; what it said stands above"
        )
    finally:
        _end_group(child)


async def _is_healthy(port: int) -> bool:
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 1.0)
    except (OSError, asyncio.TimeoutError):
        return False
    try:
        writer.write(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        status = await asyncio.wait_for(reader.readline(), 2.0)
        return b" 200 " in status
    except (OSError, asyncio.TimeoutError):
        return False
    finally:
        writer.close()


def _end_group(child: "subprocess.Popen[bytes]") -> None:
    """End the server and whatever it started; one that ended by itself may have left processes in its group."""
    if sys.platform == "win32":
        child.terminate()
        child.wait()
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_END_SECONDS)
