"""The folder `.understudy` of a project: made invisible to Git, and worked on by one exploration at a time."""

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

from understudy_knowledge.errors import KnowledgeStoreError, NothingToDoError

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def prepare(folder: Path) -> None:
    """Make the folder, ignored by Git as a whole. Raises KnowledgeStoreError when it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        if not os.access(folder, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise KnowledgeStoreError(
            f"{folder} cannot be written ({error.strerror or error}); make the project's folder writable and try again"
        ) from error


def exploring_alone(folder: Path) -> AbstractContextManager[None]:
    """Two runs would write one log."""
    return alone(
        folder / "exploring.lock",
        f"another exploration of {folder.parent} is under way; wait for it or stop it",
    )


@contextmanager
def alone(lock: Path, busy: str) -> Iterator[None]:
    """Raises NothingToDoError with the sentence `busy` while another process is inside.

    The system gives the lock back when a process ends, however it ends.
    """
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("ab")
    except OSError as error:
        raise KnowledgeStoreError(f"{lock.parent} cannot be written ({error.strerror or error})") from error
    with file:
        try:
            _lock(file)
        except OSError as error:
            raise NothingToDoError(busy) from error
        yield
