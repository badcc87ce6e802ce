"""A packed bundle's databases, unpacked once into a folder of ours; whole or not there at all."""

import hashlib
import tarfile
import tempfile
from pathlib import Path

from understudy_knowledge.errors import DataSourceError

_ARCHIVE = "db.tar.gz"


def unpacked(folder: Path, scratch: Path) -> Path:
    """The folder that the items' paths are relative to: the bundle itself where it is not packed. Raises DataSourceError."""
    archive = folder / _ARCHIVE
    if (folder / "db").is_dir() or not archive.is_file():
        return folder
    try:
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()[:16]
        ready = scratch / f"{folder.name}-{digest}"
        if not ready.is_dir():
            scratch.mkdir(parents=True, exist_ok=True)
            # A folder of this process's own: two may unpack at once, and the first to be ready is as good as the other.
            with tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True) as own:
                with tarfile.open(archive) as packed:
                    packed.extractall(Path(own) / "data", filter="data")
                try:
                    (Path(own) / "data").rename(ready)
                except OSError:
                    if not ready.is_dir():
                        raise
    except (OSError, tarfile.TarError) as error:
        raise DataSourceError(f"{archive} cannot be unpacked into {scratch} ({error})") from error
    return ready
