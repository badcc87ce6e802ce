"""Measure 5: what an open document of 10,000 lines takes in memory, with all that was remembered of it.

Measured in a fresh process over several documents of one kind, each read ahead and worked in at twenty places: once by
Python's own count of what it allocated, once (where /proc tells it) by how much the process grew, garbage included.
"""

import gc
import subprocess
import sys
import tracemalloc
from pathlib import Path

from understudy_server.bench.context.keystroke import KINDS, Kind, Typist
from understudy_server.bench.part import Line, Part, Terms

_LINES = 10_000
_DOCUMENTS = 5
_KEYSTROKES = 200
_STATM = Path("/proc/self/statm")
_PAGE_BYTES = 4_096


def measure(terms: Terms) -> Part:
    """`limit` bounds the documents of each kind."""
    documents = min(terms.limit or _DOCUMENTS, _DOCUMENTS)
    lines, figures = [], {}
    for kind in KINDS[:2]:
        terms.say(kind.name)
        size = len(kind.text(_LINES, terms.seed).encode())
        allocated, grown = (_in_child(kind, documents, terms.seed, how) for how in ("allocated", "grown"))
        figures[kind.name] = {"bytes of text": size, "allocated": allocated, "grown": grown}
        told = f"{allocated / 1e6:.2f} MB allocated"
        if grown:
            told += f", process grows by {grown / 1e6:.2f} MB"
        lines.append(Line(f"{kind.name}, {_LINES:,} lines, {size / 1e6:.2f} MB of text", told))
    return Part("Memory of an open document", tuple(lines), figures)


def bytes_per_document(kind: Kind, documents: int, seed: int, how: str) -> int:
    """Bytes that each of the open documents takes; by the process's growth 0 where nothing tells it."""
    # What every document needs once, such as compiled patterns, is none of theirs.
    first = _worked_in(kind, seed)
    gc.collect()
    if how == "allocated":
        tracemalloc.start()
    before = _bytes_now(how)
    kept = [_worked_in(kind, seed + 1 + n) for n in range(documents)]
    del first
    gc.collect()
    return max((_bytes_now(how) - before) // len(kept), 0)


def _worked_in(kind: Kind, seed: int) -> Typist:
    typist = Typist(kind, _LINES, seed)
    for _ in range(_KEYSTROKES):
        typist.step()
    return typist


def _bytes_now(how: str) -> int:
    if how == "allocated":
        return tracemalloc.get_traced_memory()[0]
    return int(_STATM.read_text().split()[1]) * _PAGE_BYTES if _STATM.exists() else 0


def _in_child(kind: Kind, documents: int, seed: int, how: str) -> int:
    code = (
        "import sys; from understudy_server.bench.context import memory; "
        "index, documents, seed = map(int, sys.argv[1:4]); "
        "print(memory.bytes_per_document(memory.KINDS[index], documents, seed, sys.argv[4]))"
    )
    settings = [str(KINDS.index(kind)), str(documents), str(seed), how]
    child = subprocess.run(  # noqa: S603  # this interpreter, on our own module
        [sys.executable, "-c", code, *settings], capture_output=True, text=True, check=True
    )
    return int(child.stdout)
