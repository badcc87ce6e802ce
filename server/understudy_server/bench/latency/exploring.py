"""What a suggestion takes while `understudy distill` keeps the same model server busy, beside what it takes when nothing runs.

Student and teacher of the exploration are the server that completes. Keystrokes with and without it take turns, so that both meet
the same machine; a run that comes to its end is begun anew.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from attrs import define, field

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.models.vllm import ServerSettings
from understudy_server.bench.latency.desk import Desk, desk
from understudy_server.bench.latency.metrics import the_server
from understudy_server.bench.latency.quantiles import quantile
from understudy_server.bench.part import Line, Part, Terms
from understudy_server.cli.example_project import examples_folder
from understudy_server.config import hand_down

_KEYSTROKES = 200
_TURNS = 4
"""How often keystrokes with and without exploration take turns."""
_MOST_SLOWER = 0.2
_TOKENS = 8
_TEXT = "-- Net revenue by country\nSELECT c.country, SUM(o.total) FROM customers AS c WHERE "
_BEGINS_WITHIN = 60.0


@define
class Taken:
    """Seconds from keystroke to suggestion."""

    idle: list[float] = field(factory=list)
    exploring: list[float] = field(factory=list)


def measure(terms: Terms) -> Part:
    """`limit` bounds the keystrokes on each side."""
    server = the_server(terms.server)
    keystrokes = max(_TURNS, terms.limit or _KEYSTROKES)
    taken = Taken()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "project"
        shutil.copytree(examples_folder(), root, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        asyncio.run(_type(root, server, keystrokes // _TURNS, terms, taken))
    slower = quantile(taken.exploring, 0.5) / quantile(taken.idle, 0.5) - 1
    figures = {
        f"{name}_p{100 * share:.0f}_ms": quantile(seconds, share)
        for name, seconds in (("idle", taken.idle), ("exploring", taken.exploring))
        for share in (0.5, 0.99)
    }
    lines = [
        Line(
            f"{name}, {len(seconds)} keystrokes (p50, p99)",
            f"{quantile(seconds, 0.5):.1f}, {quantile(seconds, 0.99):.1f} ms",
        )
        for name, seconds in (("nothing runs", taken.idle), ("while exploring", taken.exploring))
    ]
    lines.append(
        Line(
            "p50 while exploring against idle",
            f"{slower:+.0%}",
            f"≤ {_MOST_SLOWER:+.0%}",
            slower <= _MOST_SLOWER,
        )
    )
    return Part("A suggestion while exploration runs", tuple(lines), {**figures, "slower": slower})


async def _type(root: Path, server: ServerSettings, count: int, terms: Terms, taken: Taken) -> None:
    async with desk(root, "typed.sql", _TEXT, server, _TOKENS) as at_desk:
        await _keystrokes(at_desk, 10)  # unmeasured
        for turn in range(_TURNS):
            terms.say(f"typing, turn {turn + 1} of {_TURNS}")
            taken.idle += await _keystrokes(at_desk, count)
            while len(taken.exploring) < (turn + 1) * count:
                with _exploration(root, server) as running:
                    await _begun(root, running)
                    left = (turn + 1) * count - len(taken.exploring)
                    taken.exploring += await _keystrokes(at_desk, left, running)


async def _keystrokes(
    at_desk: Desk, count: int, running: "subprocess.Popen[bytes] | None" = None
) -> list[float]:
    """Seconds of so many keystrokes, each taken back and forgotten; fewer where the exploration ends."""
    seconds: list[float] = []
    at = (1, len(_TEXT.rpartition("\n")[2]))
    while len(seconds) < count and (running is None or running.poll() is None):
        began = perf_counter()
        cursor = at_desk.type(at, "coc"[len(seconds) % 3])
        await at_desk.ghost(cursor, explicit=True)
        seconds.append(perf_counter() - began)
        at_desk.edit(at, cursor, "")
        (await at_desk.tools()).cache.clear()
        await asyncio.sleep(0.02)
    return seconds


@contextmanager
def _exploration(root: Path, server: ServerSettings) -> Iterator["subprocess.Popen[bytes]"]:
    """A run from its beginning, with nothing known; it ends with the block."""
    shutil.rmtree(root / ".understudy", ignore_errors=True)
    role = {"base_url": server.base_url, "model": server.model or "", "api_key_env": server.api_key_env or ""}
    settings = {"student": {**role, "template": server.template}, "teacher": {**role, "max_tokens": 256}}
    with subprocess.Popen(
        [sys.executable, "-m", "understudy_server", "distill", "--json"],
        cwd=root,
        env={**os.environ, **hand_down(settings)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=sys.platform != "win32",
    ) as process:
        try:
            yield process
        finally:
            if sys.platform == "win32":
                process.kill()
            elif process.poll() is None:
                # Its children with it.
                os.killpg(process.pid, signal.SIGKILL)


async def _begun(root: Path, running: "subprocess.Popen[bytes]") -> None:
    """Wait until it asks the server. Raises NothingToDoError where it never does."""
    until = time.monotonic() + _BEGINS_WITHIN
    while not any((root / ".understudy").glob("runs/*.ledger.jsonl")):
        if running.poll() is not None or time.monotonic() > until:
            raise NothingToDoError(
                "the exploration asked the model server for nothing; look whether `understudy distill` runs with it"
            )
        await asyncio.sleep(0.05)
