"""What the catalog costs: the first answer after a start, with no database and with one that says nothing; a changed file."""

import os
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from understudy_knowledge.catalog.keeper import Keeper
from understudy_server.bench.part import Line, Part, Terms
from understudy_server.bench.server_process import ServerProcess, server_process

FILES = 200
STARTS = 5
KEYSTROKES = 200
_QUESTION = "SELECT  FROM table_7"
_MILLISECONDS = 1000.0


def measure(terms: Terms) -> Part:
    """Start-up and keystrokes of a real server over 200 DDL files, and rereading one of them. `limit` bounds the repetitions."""
    starts, keystrokes = min(terms.limit or STARTS, STARTS), min(terms.limit or KEYSTROKES, KEYSTROKES)
    with tempfile.TemporaryDirectory() as name, _silent_server() as port:
        root = Path(name)
        _write_project(root)
        terms.say("starting servers with files only")
        plain = [_start(root, keystrokes) for _ in range(starts)]
        url = f"postgresql://nobody@127.0.0.1:{port}/shop"
        (root / "understudy.toml").write_text(f'[data]\nurl = "{url}"\n', encoding="utf-8")
        terms.say("starting servers with a database that says nothing")
        silent = [_start(root, keystrokes) for _ in range(starts)]
        terms.say("reading files")
        whole, touched = _reload(root, starts)
    first, first_silent = (median(start for start, _ in runs) for runs in (plain, silent))
    typed, typed_silent = (sorted(ms for _, each in runs for ms in each) for runs in (plain, silent))
    delay = first_silent - first
    lines = (
        Line("first answer after the start, files only, median", f"{first:.0f} ms"),
        Line("the same with a database that says nothing", f"{first_silent:.0f} ms"),
        Line("delay that it causes", f"{delay:.0f} ms", "≤ 500 ms, once", delay <= 500),
        Line("list at a keystroke, files only, p50 / p99", f"{_at(typed, 50):.1f} / {_at(typed, 99):.1f} ms"),
        Line(
            "the same while a database says nothing",
            f"{_at(typed_silent, 50):.1f} / {_at(typed_silent, 99):.1f} ms",
        ),
        Line(f"reading {FILES} DDL files", f"{whole:.0f} ms"),
        Line("after one of them changed", f"{touched:.0f} ms"),
    )
    figures = {
        "first_answer_ms": first,
        "first_answer_silent_database_ms": first_silent,
        "keystroke_ms": {"p50": _at(typed, 50), "p99": _at(typed, 99), "n": len(typed)},
        "keystroke_silent_database_ms": {"p50": _at(typed_silent, 50), "p99": _at(typed_silent, 99)},
        "read_all_ms": whole,
        "read_one_changed_ms": touched,
    }
    return Part("The catalog beside the keystrokes", lines, figures)


def _start(root: Path, keystrokes: int) -> tuple[float, list[float]]:
    """Milliseconds from the process's start to its first list of columns, and those of each list after it."""
    started = time.perf_counter()
    uri = (root / "query.sql").as_uri()
    with server_process(root) as server:
        server.request("initialize", {"capabilities": {}, "processId": None, "rootUri": root.as_uri()})
        server.notify("initialized", {})
        document = {"uri": uri, "languageId": "sql", "version": 1, "text": _QUESTION}
        server.notify("textDocument/didOpen", {"textDocument": document})
        found = _list(server, uri)
        first = (time.perf_counter() - started) * _MILLISECONDS
        assert found, "the files alone describe the table"
        typed = []
        for version in range(2, keystrokes + 2):
            began = time.perf_counter()
            position = {"line": 0, "character": len("SELECT ")}
            change = {"range": {"start": position, "end": position}, "text": ""}
            server.notify(
                "textDocument/didChange",
                {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]},
            )
            _list(server, uri)
            typed.append((time.perf_counter() - began) * _MILLISECONDS)
        return first, typed


def _list(server: ServerProcess, uri: str) -> object:
    position = {"line": 0, "character": len("SELECT ")}
    found = server.request("textDocument/completion", {"textDocument": {"uri": uri}, "position": position})
    return found["items"] if isinstance(found, dict) else found


def _reload(root: Path, times: int) -> tuple[float, float]:
    """Milliseconds to read all files, and to see and read one that changed, the latter a median."""
    touched = []
    path = root / "table_7.sql"
    keeper = Keeper(root)
    began = time.perf_counter()
    keeper.read_files()
    whole = (time.perf_counter() - began) * _MILLISECONDS
    for turn in range(times):
        path.write_text(_table(7, f"added_{turn}"), encoding="utf-8")
        os.utime(path, ns=(turn * 10**9, turn * 10**9))
        began = time.perf_counter()
        assert keeper.refresh_files()
        touched.append((time.perf_counter() - began) * _MILLISECONDS)
        assert keeper.catalog.column("table_7", f"added_{turn}")
    return whole, median(touched)


def _write_project(root: Path) -> None:
    for number in range(FILES):
        (root / f"table_{number}.sql").write_text(_table(number, "note"), encoding="utf-8")


def _table(number: int, last: str) -> str:
    columns = "".join(f"  column_{place} VARCHAR(20) NOT NULL, -- what it is\n" for place in range(12))
    return f"CREATE TABLE table_{number} (\n  id INTEGER PRIMARY KEY,\n{columns}  {last} TEXT\n);\n"


def _at(ordered: list[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


@contextmanager
def _silent_server() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listening:
        yield listening.getsockname()[1]
