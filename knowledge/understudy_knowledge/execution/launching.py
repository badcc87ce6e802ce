"""How a process that will run hostile code is started: what it may import, and nothing of our environment."""

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any, Literal

from understudy_knowledge.execution.bubblewrap import around

Engine = Literal["sqlite", "python", "duckdb", "postgres"]
PROGRAM = Path(__file__).with_name("confined")
_SELF = "understudy_knowledge.execution.confined"
_LIBRARIES: dict[Engine, tuple[str, ...]] = {
    "sqlite": (),
    "python": ("numpy", "pandas"),
    "duckdb": ("duckdb",),
    "postgres": ("psycopg", "psycopg_binary"),
}
_WARM: dict[Engine, tuple[str, ...]] = {
    "sqlite": (),
    # What is loaded on first use, and would otherwise be loaded in every child anew.
    "python": (
        "sqlite3",
        "datetime",
        "decimal",
        "statistics",
        "pyarrow.pandas_compat",
        f"{_SELF}.pandas_rehearsal",
    ),
    "duckdb": (),
    "postgres": ("psycopg.types.numeric",),
}
_REHEARSALS: dict[Engine, str] = {
    "sqlite": f"{_SELF}.sqlite_rehearsal",
    "python": f"{_SELF}.pandas_rehearsal",
}
"""What a child in reserve does while it waits: the pages that a job will write to are its own by then."""


def missing_library(engine: Engine) -> str | None:
    """The package that the engine needs and that is not installed."""
    return next((name for name in _LIBRARIES[engine] if importlib.util.find_spec(name) is None), None)


def command(engine: Engine, *, wrapped: bool = False, **orders: Any) -> list[str]:
    """The command line of a process for one engine. `-I -S`: neither the environment nor any `.pth` file decides what runs.

    `wrapped`: within bubblewrap's namespaces. Only a database server needs the network, and only until the walls rise.
    """
    folders: list[str] = []
    for name in _LIBRARIES[engine]:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            folder = str(Path(found.origin).parent.parent)
            folders += [folder] if folder not in folders else []
    orders = {
        "paths": folders,
        "preload": [*_LIBRARIES[engine], f"{_SELF}.{engine}_engine"],
        "warm": [*_WARM[engine]],
        "rehearsal": _REHEARSALS.get(engine),
        # A process in a namespace of its own cannot know its parent's number; bubblewrap ends it when the parent ends.
        "parent": None if wrapped else os.getpid(),
        **orders,
    }
    wrapping = around(network=engine == "postgres") if wrapped else []
    return [*wrapping, sys.executable, "-I", "-S", "-B", str(PROGRAM), json.dumps(orders)]


def worker_command(engine: Engine, wall: str, **orders: Any) -> list[str]:
    """The command line of a worker for one job behind `wall`."""
    return command(engine, role="container" if wall == "appcontainer" else "worker", wall=wall, **orders)


def environment() -> dict[str, str]:
    """Windows cannot load its libraries without this one; nothing else of ours is the child's business."""
    return {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
