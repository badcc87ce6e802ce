"""Measure 7: beside what else could be picked: the npm packages tabby-agent and sql-language-server, in one run, on one stub model.

Each is a language server over its pipes, in the same folder with the same document; requests take turns among them. Every one that
asks a model asks the same stub, which answers after a fixed delay; what is beyond the delay is overhead. sql-language-server asks
no model: its answer is a list of names. What tabby-agent waits on purpose before it asks (it gathers keystrokes) counts, for its user
waits too. Each is started several times, by turns; ready and first answer are medians. A server that does not answer in time is ended,
and that start is counted as failed. Memory is that of the process and all that it started, after the last request.
"""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from attrs import define, field, frozen

from understudy_knowledge.errors import NothingToDoError
from understudy_server.bench.latency.quantiles import quantile
from understudy_server.bench.latency.stub_models import stub_models
from understudy_server.bench.part import Line, Part, Terms
from understudy_server.bench.server_process import ServerProcess, server_process

DELAY = 0.1
_REQUESTS = 40
_STARTS = 5
_PATIENCE = 30.0
"""Seconds that a server may take for one answer."""
_SCHEMA = "CREATE TABLE teas (id INTEGER PRIMARY KEY, name TEXT, price REAL);\n"
_INLINE = {"dynamicRegistration": False}


@frozen
class Contender:
    """One server. `asks_model` says whether its answer waits for the stub."""

    name: str
    command: Sequence[str] | None
    method: str
    asks_model: bool
    version: str = ""


@define
class Measured:
    """Seconds, megabytes. `ready` and `first` have one value for each start that came to an answer."""

    ready: list[float] = field(factory=list)
    first: list[float] = field(factory=list)
    failed: int = 0
    """Starts that came to none."""
    taken: list[float] = field(factory=list)
    empty: int = 0
    memory: float = 0.0


def measure(terms: Terms) -> Part:
    """`limit` bounds the requests of each. Needs /proc, and both packages in `node_modules/` or on the path."""
    if not Path("/proc/self/status").exists():
        raise NothingToDoError("this measurement reads /proc, which this system does not have")
    contenders = _contenders()
    found: dict[str, Measured] = {}
    with tempfile.TemporaryDirectory() as folder, stub_models(DELAY) as stub:
        root = Path(folder)
        (root / "schema.sql").write_text(_SCHEMA, encoding="utf-8")
        settings = f'[student]\nbase_url = "{stub.url}/v1"\nmodel = "stub"\ntemplate = "qwen"\n'
        (root / "understudy.toml").write_text(settings, encoding="utf-8")
        _tell_tabby(root, stub.url)
        for number in range(_STARTS - 1):
            terms.say(f"start {number + 1} of {_STARTS}")
            for contender in contenders:
                with ExitStack() as stack:
                    _started(stack, root, contender, found.setdefault(contender.name, Measured()))
        with ExitStack() as stack:
            running = []
            for contender in contenders:
                made = found[contender.name]
                server = _started(stack, root, contender, made) or _started(stack, root, contender, made)
                if server is None:
                    raise NothingToDoError(
                        f"{contender.name} came to no answer in {made.failed} of {made.failed + len(made.first)} starts; "
                        "see whether it runs by itself"
                    )
                running.append((contender, server, made))
            terms.say("asking each in turn")
            for number in range(1, (terms.limit or _REQUESTS) + 1):
                for contender, server, made in running:
                    began = time.perf_counter()
                    try:
                        answered = _ask(server, root, contender, number)
                    except (RuntimeError, OSError) as error:
                        raise NothingToDoError(
                            f"{contender.name} stopped answering at request {number} ({error}); measure again"
                        ) from None
                    made.taken.append(time.perf_counter() - began)
                    made.empty += not answered
            for _, server, made in running:
                made.memory = sum(map(_megabytes, _family(server.pid)))
    return Part(
        "Beside what else could be picked", tuple(_lines(contenders, found)), _figures(contenders, found)
    )


def _started(stack: ExitStack, root: Path, contender: Contender, made: Measured) -> ServerProcess | None:
    """A server that has answered once; how long that took is noted. None where it does not answer."""
    home = {**os.environ, "HOME": str(root)} if contender.command else None
    began = time.perf_counter()
    server = stack.enter_context(server_process(root, contender.command, home, _PATIENCE))
    try:
        _start(server, root)
        ready = time.perf_counter() - began
        _open(server, root)
        _ask(server, root, contender, 0)
    except (RuntimeError, OSError):
        made.failed += 1
        return None
    made.ready.append(ready)
    made.first.append(time.perf_counter() - began)
    return server


def _contenders() -> list[Contender]:
    node = shutil.which("node")
    tabby, other = _package("tabby-agent", "dist/cli.js"), _package("sql-language-server", "dist/bin/cli.js")
    if node is None or tabby is None or other is None:
        raise NothingToDoError(
            "this measurement needs Node.js and packages in this folder: npm install --no-save --ignore-scripts tabby-agent "
            "sql-language-server vscode-languageserver-protocol@3.17.2 (what the second one was written for)"
        )
    completion = "textDocument/completion"
    return [
        Contender("understudy", None, "textDocument/inlineCompletion", True, version("understudy")),
        Contender("tabby-agent", [node, str(tabby), "--lsp", "--stdio"], completion, True, _version(tabby)),
        Contender(
            "sql-language-server", [node, str(other), "up", "--method", "stdio"], completion, False, _version(other)
        ),
    ]  # fmt: skip


def _version(script: Path) -> str:
    """Of the package that the script belongs to; empty where it does not say."""
    for folder in script.parents:
        if (folder / "package.json").is_file():
            told = json.loads((folder / "package.json").read_text(encoding="utf-8"))
            return str(told.get("version", ""))
    return ""


def _node() -> str:
    """The version of Node.js."""
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S607
    return said.stdout.strip()


def _package(name: str, file: str) -> Path | None:
    """Its script: in this folder's packages, or beside what is on the path."""
    places = [Path.cwd() / "node_modules" / name]
    if (on_path := shutil.which(name)) is not None:
        places += [parent for parent in Path(on_path).resolve().parents if parent.name == name]
    return next((place / file for place in places if (place / file).is_file()), None)


def _tell_tabby(home: Path, url: str) -> None:
    """The agent reads its settings from its user's folder."""
    folder = home / ".tabby-client" / "agent"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(
        f'[server]\nendpoint = "{url}"\ntoken = "none"\n[anonymousUsageTracking]\ndisable = true\n',
        encoding="utf-8",
    )


def _start(server: ServerProcess, root: Path) -> None:
    capabilities = {"textDocument": {"inlineCompletion": _INLINE, "completion": _INLINE}}
    folder = {"uri": root.as_uri(), "name": "shop"}
    server.request(
        "initialize",
        {
            "processId": os.getpid(),
            "rootUri": root.as_uri(),
            "rootPath": str(root),
            "workspaceFolders": [folder],
            "capabilities": capabilities,
        },
    )
    server.notify("initialized", {})


def _open(server: ServerProcess, root: Path) -> None:
    document = {"uri": (root / "a.sql").as_uri(), "languageId": "sql", "version": 1, "text": ""}
    server.notify("textDocument/didOpen", {"textDocument": document})


def _ask(server: ServerProcess, root: Path, contender: Contender, number: int) -> bool:
    """Write one statement that was not there before, and ask at its end; whether anything was answered."""
    uri = (root / "a.sql").as_uri()
    line = f"SELECT name FROM teas WHERE id = {number} AND price > "  # noqa: S608 - typed, not run
    change = {"textDocument": {"uri": uri, "version": number + 2}, "contentChanges": [{"text": line}]}
    server.notify("textDocument/didChange", change)
    at = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": len(line)}}
    answer = server.request(contender.method, {**at, "context": {"triggerKind": 1}})
    items = answer.get("items") if isinstance(answer, dict) else answer
    return bool(items)


def _family(pid: int) -> list[int]:
    """The process and its descendants."""
    found = [pid]
    for each in found:
        for thread in Path(f"/proc/{each}/task").glob("*/children"):
            found += [int(child) for child in thread.read_text().split()]
    return found


def _megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)


def _lines(contenders: Sequence[Contender], found: dict[str, Measured]) -> list[Line]:
    lines = []
    for contender in contenders:
        made = found[contender.name]
        delay = 1000 * DELAY if contender.asks_model else 0.0
        p50, p99 = (quantile(made.taken, share) - delay for share in (0.5, 0.99))
        what = f"over the model's {delay:.0f} ms" if contender.asks_model else "no model is asked"
        lines += [
            Line(f"{contender.name}: an answer (p50, p99), {what}", f"{p50:.1f}, {p99:.1f} ms"),
            Line(
                f"{contender.name}: ready, first answer after the start (median of {len(made.first)})",
                f"{median(made.ready):.2f}, {median(made.first):.2f} s",
            ),
            Line(f"{contender.name}: starts that came to no answer", str(made.failed)),
            Line(f"{contender.name}: memory", f"{made.memory:.0f} MB"),
            Line(f"{contender.name}: requests without an answer", f"{made.empty} of {len(made.taken)}"),
        ]
    return lines


def _figures(contenders: Sequence[Contender], found: dict[str, Measured]) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "delay_ms": 1000 * DELAY,
        "starts": _STARTS,
        "patience_seconds": _PATIENCE,
        "node": _node(),
    }
    for contender in contenders:
        made = found[contender.name]
        delay = 1000 * DELAY if contender.asks_model else 0.0
        figures[contender.name] = {
            "version": contender.version,
            "asks_model": contender.asks_model,
            "overhead_ms": {
                str(share): round(quantile(made.taken, share) - delay, 3) for share in (0.5, 0.9, 0.99)
            },
            "ready_seconds": round(median(made.ready), 3),
            "first_answer_seconds": round(median(made.first), 3),
            "starts": {"answered": len(made.first), "failed": made.failed},
            "megabytes": round(made.memory, 1),
            "requests": len(made.taken),
            "without_answer": made.empty,
        }
    return figures
