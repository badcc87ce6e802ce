"""python -m understudy_knowledge.retrieval.building STORE FOLDER: build a store's index in a process of its own, and keep it.

The process ends when the one that started it does: it holds the other end of stdin.
"""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread

from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval.build import build_part
from understudy_knowledge.retrieval.index_files import keep

_NICE = 10


def start_building(store: Path, folder: Path) -> "subprocess.Popen[bytes]":
    """The process, begun; status 0 says that the index is kept. Raises OSError."""
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "understudy_knowledge.retrieval.building", str(store), str(folder)],
        # Not the workspace: `python -m` would import modules from there.
        cwd=Path(sys.executable).parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=sys.platform != "win32",
    )


def build_and_keep(store: Path, folder: Path) -> bool:
    """Whether the index is kept. Raises KnowledgeStoreError."""
    with KnowledgeStore.open(store, read_only=True) as opened:
        # The generation first: what is written meanwhile is then found missing rather than believed to be there.
        generation = opened.generation
        return keep(build_part(opened.entries()), generation, folder)


def main(arguments: list[str]) -> int:
    """The status to end with."""
    Thread(target=_end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICE)  # somebody types beside us
    store, folder = map(Path, arguments)
    return 0 if build_and_keep(store, folder) else 1


def _end_with_parent() -> None:
    with suppress(OSError):
        # Not through sys.stdin: whoever waits inside its buffer when Python ends aborts the process.
        while os.read(0, 1):
            pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
