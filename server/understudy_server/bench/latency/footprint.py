"""Measure 6: how soon a server is ready, what it takes in memory with 100,000 cases, and whether a day of typing makes it grow.

A server process in a project with that many cases, an editor's messages over its pipes. Eight hours of typing are compressed: a
keystroke follows the one before at once, each with the request that editors send and the withdrawal of the one before, and
every so often somebody waits for the suggestion.
"""

import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from attrs import define, field

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.models.vllm import ServerSettings
from understudy_server.bench.context.long_files import sql_file, statement
from understudy_server.bench.latency.many_cases import CASES, full_project
from understudy_server.bench.part import Line, Part, Terms
from understudy_server.bench.server_process import ServerProcess, server_process

_READY_SECONDS = 1.0
_MEGABYTES = 200.0
_STARTS = 5
_KEYSTROKES = 28_800
"""One a second for eight hours: people think more than they type."""
_SAMPLES = 12
_WAITS_EVERY = 40
_LINES = 10_000
_GROWTH = 0.03
"""Of the memory after the first quarter; what an allocator and its fragments make of it either way."""


def measure(terms: Terms) -> Part:
    """`limit` bounds the keystrokes, and the cases to a hundred times as many. Needs /proc."""
    if not Path("/proc/self/status").exists():
        raise NothingToDoError("this measurement reads /proc, which this system does not have")
    keystrokes = terms.limit or _KEYSTROKES
    cases = CASES if terms.limit is None else min(CASES, 100 * terms.limit)
    terms.say(f"writing {cases:,} cases")
    root = full_project(cases, terms.seed)
    _write_settings(root, terms.server)
    terms.say("starting servers")
    starts = [_start(root) for _ in range(_STARTS)]
    terms.say("typing for eight hours")
    day = Day(root, terms.seed)
    day.work(keystrokes)
    ready, first = (median(each) for each in zip(*starts, strict=True))
    early, late = _quarter(day.megabytes, 1), _quarter(day.megabytes, _SAMPLES - 1)
    grown = late / early - 1 if early else 0.0
    lines = (
        Line(
            "ready after the start, median",
            f"{ready:.2f} s",
            f"≤ {_READY_SECONDS:g} s",
            ready <= _READY_SECONDS,
        ),
        Line("first suggestion after the start, median", f"{first:.2f} s"),
        Line(
            f"memory with {cases:,} cases, after the first suggestion",
            f"{day.loaded:.0f} MB",
            f"≤ {_MEGABYTES:g} MB",
            day.loaded <= _MEGABYTES,
        ),
        Line("most memory at any time", f"{day.most:.0f} MB"),
        Line(
            f"growth over {keystrokes:,} keystrokes, after the first of {_SAMPLES} parts",
            f"{early:.1f} to {late:.1f} MB, {grown:+.1%}",
            "none",
            grown <= _GROWTH,
        ),
    )
    figures: dict[str, Any] = {
        "ready_seconds": ready,
        "first_suggestion_seconds": first,
        "cases": cases,
        "loaded_megabytes": day.loaded,
        "most_megabytes": day.most,
        "keystrokes": keystrokes,
        "megabytes": day.megabytes,
    }
    return Part("What a server takes", lines, figures)


def _quarter(samples: Sequence[float], at: int) -> float:
    return samples[min(at, len(samples) - 1)] if samples else 0.0


def _write_settings(root: Path, server: ServerSettings | None) -> None:
    if server is not None:
        said = {"base_url": server.base_url, "model": server.model, "api_key_env": server.api_key_env}
        settings = [f"{name} = {json.dumps(value)}" for name, value in said.items() if value]
        (root / "understudy.toml").write_text("\n".join(["[student]", *settings, ""]), encoding="utf-8")


def _start(root: Path) -> tuple[float, float]:
    """Seconds from the process's start to its first answer, and to its first suggestion."""
    began = time.perf_counter()
    with server_process(root) as server:
        _initialize(server, root)
        ready = time.perf_counter() - began
        uri = (root / "a.sql").as_uri()
        _open(server, uri, "-- How many orders are there?\nSELECT ")
        _ghost(server, uri, (1, 7))
        return ready, time.perf_counter() - began


@define
class Day:
    """Somebody's day of typing, and what the server took meanwhile."""

    root: Path
    seed: int
    loaded: float = field(default=0.0, init=False)
    most: float = field(default=0.0, init=False)
    megabytes: list[float] = field(factory=list, init=False)

    def work(self, keystrokes: int) -> None:
        """Type so often."""
        draw = random.Random(self.seed)  # noqa: S311
        text = sql_file(_LINES // 6, self.seed)
        uri, line, version = (self.root / "day.sql").as_uri(), text.count("\n"), 1
        with server_process(self.root) as server:
            _initialize(server, self.root)
            _open(server, uri, text)
            _ghost(server, uri, (line, 0))
            self.loaded = _memory(server.pid, "VmRSS")
            typed = asked = character = 0
            while typed < keystrokes:
                for sign in statement(draw).replace("\n", " ") + ";":
                    version += 1
                    _edit(server, uri, version, (line, character), (line, character), sign)
                    character += 1
                    typed += 1
                    if asked:
                        server.notify("$/cancelRequest", {"id": asked})
                    if typed % _WAITS_EVERY == 0:
                        _ghost(server, uri, (line, character))
                    asked = server.ask("textDocument/inlineCompletion", _place(uri, (line, character), 2))
                    if typed * _SAMPLES % keystrokes < _SAMPLES:
                        _ghost(server, uri, (line, character))
                        self.megabytes.append(_memory(server.pid, "VmRSS"))
                version += 1
                _edit(server, uri, version, (line, 0), (line, character), "")
                character = 0
            # The kernel's own maximum may lag behind what it said a moment ago.
            self.most = max(_memory(server.pid, "VmHWM"), self.loaded, *self.megabytes)


def _initialize(server: ServerProcess, root: Path) -> None:
    server.request("initialize", {"capabilities": {}, "processId": None, "rootUri": root.as_uri()})
    server.notify("initialized", {})


def _open(server: ServerProcess, uri: str, text: str) -> None:
    document = {"uri": uri, "languageId": "sql", "version": 1, "text": text}
    server.notify("textDocument/didOpen", {"textDocument": document})


def _edit(
    server: ServerProcess, uri: str, version: int, start: tuple[int, int], end: tuple[int, int], text: str
) -> None:
    first, last = ({"line": line, "character": character} for line, character in (start, end))
    change = {"range": {"start": first, "end": last}, "text": text}
    server.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]},
    )


def _ghost(server: ServerProcess, uri: str, at: tuple[int, int]) -> None:
    """Ask explicitly, and wait."""
    server.request("textDocument/inlineCompletion", _place(uri, at, 1))


def _place(uri: str, at: tuple[int, int], kind: int) -> dict[str, Any]:
    """`kind` is 1 where it was asked for, 2 where it comes by itself."""
    position = {"line": at[0], "character": at[1]}
    return {"textDocument": {"uri": uri}, "position": position, "context": {"triggerKind": kind}}


def _memory(pid: int, name: str) -> float:
    """Megabytes, as the system counts them."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    return 0.0
