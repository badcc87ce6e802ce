"""What a project's folder keeps of earlier runs, and how much it may grow: tidied at the end of a run, which holds the lock.

Whoever explores or measures holds the same lock, so that nothing is removed that another process writes to or runs on.
"""

import json
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from understudy_knowledge.memory.store import KnowledgeStore

RUNS = 10
"""How many finished runs are kept, at least."""
CACHE_BYTES = 2 << 30
"""What copies of databases may take together."""
_ABANDONED_SECONDS = 3600.0
"""After which time a copy that was begun is taken for that of a process that was killed."""


def tidy(folder: Path, store: KnowledgeStore) -> None:
    """Remove what no one needs of earlier runs, and the copies that were used longest ago. What cannot be removed stays."""
    finished = [run.id for run in store.runs() if run.finished is not None]
    wanted = {case.example_id for case in store.cases()}
    for run_id in _unneeded(folder / "runs", finished, wanted):
        _remove(*_files_of(folder / "runs", run_id))
    _shrink(folder / "cache")


def held(folder: Path) -> tuple[int, int]:
    """Bytes in the logs and reports of runs, and in copies of databases."""
    runs, cache = (sum(size for _, size, _ in _files_in(folder / name)) for name in ("runs", "cache"))
    return runs, cache


def _unneeded(runs: Path, finished: list[str], wanted: Collection[str]) -> Iterator[str]:
    """The finished runs, given newest first, beyond those that are kept, as far as newer ones tell of the same examples: what a
    person asks about a case, and training data, comes from the newest trace of it, however old."""
    missing = set(wanted)
    for place, run_id in enumerate(finished):
        told = missing & set(_explored(runs / f"{run_id}.jsonl"))
        missing -= told
        if place >= RUNS and not told:
            yield run_id


def _explored(log: Path) -> Iterator[str]:
    """Ids of the examples of which a log has a trace."""
    with suppress(OSError), log.open("rb") as lines:
        for line in lines:
            if line.startswith(b'{"kind":"explore"'):
                with suppress(ValueError, KeyError):
                    yield str(json.loads(line)["key"])


def _files_of(runs: Path, run_id: str) -> list[Path]:
    # The log goes last: as long as it is there, what a kill left of the run is found again.
    return sorted(runs.glob(f"{run_id}.*"), key=lambda path: path.name == f"{run_id}.jsonl")


def _shrink(cache: Path) -> None:
    files = sorted(_files_in(cache), reverse=True)
    total = 0
    for used, size, path in files:
        total += size
        if total > CACHE_BYTES or (".partial" in path.name and time.time() - used > _ABANDONED_SECONDS):
            _remove(path)
            total -= size


def _files_in(folder: Path) -> list[tuple[float, int, Path]]:
    """When each file was used last, its size and the file."""
    found = []
    with suppress(OSError):
        for path in folder.rglob("*"):
            with suppress(OSError):
                state = path.lstat()
                if path.is_file():
                    found.append((max(state.st_atime, state.st_mtime), state.st_size, path))
    return found


def _remove(*paths: Path) -> None:
    for path in paths:
        with suppress(OSError):  # Windows keeps what is open; the next run removes it
            path.unlink()
