"""A file that is whole or absent: written beside its place, and moved there in one step."""

import os
import tempfile
from pathlib import Path


def replace_file(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write the file in one step, over what stood there. Its folder must exist. Raises OSError, and leaves nothing then.

    `mode`: a temporary file is its owner's alone, and so is what comes of it unless this says otherwise.
    """
    number, beside = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(mode)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
