"""Files that a command writes for its user: whole or not at all."""

from pathlib import Path

from understudy_knowledge.errors import ConfigurationError
from understudy_knowledge.whole_files import replace_file


def write_whole(path: Path, data: bytes) -> None:
    """Write the file beside its place and move it there. Raises ConfigurationError where that cannot be."""
    try:
        replace_file(path, data)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({error.strerror or error})") from error
