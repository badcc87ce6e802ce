"""A byte-wise copy of a file that nobody changed meanwhile."""

import shutil
from pathlib import Path

from understudy_knowledge.errors import DataSourceError
from understudy_knowledge.execution.states import state_of

_TRIES = 3


def copy_steadily(original: Path, place: Path) -> None:
    """Copy `original` to `place`. Raises DataSourceError when it cannot be read or changes each time."""
    for _ in range(_TRIES):
        before = state_of([original])
        try:
            with original.open("rb") as file, place.open("wb") as copy:
                shutil.copyfileobj(file, copy, 1 << 20)
        except OSError as error:
            raise DataSourceError(f"{original} cannot be copied ({error.strerror or error}).") from error
        if state_of([original]) == before:
            return
    raise DataSourceError(f"{original} changes while it is copied; close what writes to it.")
