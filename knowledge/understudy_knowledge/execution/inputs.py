"""The files a Python program may read, and consistent copies of them."""

from pathlib import Path

from attrs import frozen

from understudy_knowledge.errors import DataSourceError
from understudy_knowledge.execution.snapshot import MOST_BYTES, snapshot
from understudy_knowledge.execution.steady_copy import copy_steadily
from understudy_knowledge.memory.records import DataSource

_DATABASE = b"SQLite format 3\0"


@frozen
class Inputs:
    """`names` are paths relative to `folder`, the program's working folder: it opens them by these names and nothing else."""

    folder: Path
    names: tuple[str, ...] = ()


def copy_inputs(inputs: Inputs, target: Path) -> None:
    """Copies of all inputs below `target`, under their own names. Raises DataSourceError."""
    base = inputs.folder.resolve()
    for name in inputs.names:
        original = (base / name).resolve()
        if not original.is_relative_to(base):
            raise DataSourceError(f"{name} leads out of {base}; name a file inside the project.")
        place = target / name
        try:
            if original.stat().st_size > MOST_BYTES:
                raise DataSourceError(f"{original} is larger than {MOST_BYTES >> 30} GB; use a sample of it.")
            place.parent.mkdir(parents=True, exist_ok=True)
            with original.open("rb") as file:
                is_database = file.read(len(_DATABASE)) == _DATABASE
            if is_database:
                _copy_database(original, place)
            else:
                copy_steadily(original, place)
        except OSError as error:
            raise DataSourceError(f"{original} cannot be read ({error.strerror or error}).") from error


def _copy_database(original: Path, place: Path) -> None:
    copy = snapshot(DataSource(original), place.parent)
    copy.path.replace(place)
