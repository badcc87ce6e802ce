"""A small project on disk."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from understudy_server.mining import Mined, mine

Project = Callable[..., Mined]


@pytest.fixture
def mined(tmp_path: Path) -> Project:
    """Write files {path: text} below a folder and mine it."""

    def build(files: dict[str, str | bytes], exclude: Sequence[str] = (), dialect: str = "sqlite") -> Mined:
        for path, text in files.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return mine(tmp_path, source=None, dialect=dialect, exclude=exclude)

    return build
