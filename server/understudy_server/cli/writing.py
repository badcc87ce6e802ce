"""Files that a command writes for its user: whole or not at all."""

import os
import tempfile
from pathlib import Path

from understudy_knowledge.errors import ConfigurationError


def write_whole(path: Path, data: bytes) -> None:
    """Write the file beside its place and move it there. Raises ConfigurationError where that cannot be."""
    try:
        number, beside = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(number, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).replace(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({error.strerror or error})") from error
