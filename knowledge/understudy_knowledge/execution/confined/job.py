"""One job from request to answer: open the data, raise the walls, run what is hostile, say what came of it."""

import importlib
import json
import os
import time

from understudy_knowledge.execution.confined.refused import RefusedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from understudy_knowledge.execution.confined.table import Table
    from understudy_knowledge.execution.confined.walls import Walls

    Opened = tuple[Walls, Callable[[], Table]]
    CloseIn = Callable[[Walls], None]

CHUNK = 1 << 16
ENGINES = frozenset({"sqlite", "python", "duckdb", "postgres"})


def run(incoming: int, outgoing: int, close_in: "CloseIn") -> None:
    """Read a request, answer it. The request is the parent's and trusted, but for the code that it asks to run.

    `close_in` raises the walls, or OSError where it cannot: then nothing runs.
    """
    line = read_line(incoming)
    if line:
        write(outgoing, answer(json.loads(line), close_in))


def answer(request: "dict[str, Any]", close_in: "CloseIn") -> "dict[str, Any]":
    """The outcome as a plain dictionary; never raises."""
    started = time.monotonic()
    table, kind, message = None, "ok", ""
    try:
        walls, execute = opened(request)
        try:
            close_in(walls)
        except OSError as error:
            raise RefusedError("unavailable", f"the sandbox could not be closed ({error})") from error
        table = execute()
    except RefusedError as error:
        kind, message = error.kind, str(error)
    except MemoryError:
        kind, message = "memory", "it needs more memory than it may use"
    except RecursionError:
        kind, message = "refused", "it is nested too deeply"
    except Exception as error:  # whatever a library raises must become an answer
        kind, message = "error", f"{type(error).__name__}: {error}"
    return {
        "kind": kind,
        "message": message[:2000],
        "columns": table.columns if table else [],
        "rows": table.rows if table else [],
        "seconds": time.monotonic() - started,
    }


def opened(request: "dict[str, Any]") -> "Opened":
    """The engine with its data open, and the walls it can live within. Raises RefusedError."""
    engine = request["engine"]
    assert engine in ENGINES
    module = importlib.import_module(f"understudy_knowledge.execution.confined.{engine}_engine")
    result: Opened = module.opened(request)
    return result


def read_line(descriptor: int) -> bytes:
    """Bytes up to the first line break, or to the end."""
    line = bytearray()
    while not line.endswith(b"\n"):
        chunk = os.read(descriptor, CHUNK)
        if not chunk:
            break
        line += chunk
    return bytes(line)


def write(descriptor: int, message: "dict[str, Any]") -> None:
    """One answer as one line of JSON; infinity is written as Python's reader takes it."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
    view = memoryview(text)
    while view:
        view = view[os.write(descriptor, view) :]
