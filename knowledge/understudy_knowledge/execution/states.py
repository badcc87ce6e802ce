"""When files are the same as before: by time, size and number, the write-ahead log of a database included."""

from collections.abc import Iterable
from pathlib import Path

State = tuple[int, ...]
_BESIDE = ("-wal", ".wal")


def state_of(paths: Iterable[Path]) -> State:
    """A tuple that changes whenever one of the files does; absent files count as zeros. Never raises."""
    state: list[int] = []
    for path in paths:
        for file in (path, *(path.with_name(path.name + ending) for ending in _BESIDE)):
            state += _state(file)
    return tuple(state)


def _state(file: Path) -> State:
    try:
        status = file.stat()
    except (OSError, ValueError):
        return (0, 0, 0)
    # A reader leaves an empty log beside a database, which says nothing of its data.
    return (status.st_mtime_ns, status.st_size, status.st_ino) if status.st_size else (0, 0, 0)
