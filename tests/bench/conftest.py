"""The data that measurements are tried on: absent it is a reason to skip, and in CI a failure."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def data() -> Path:
    """The folder that holds train/."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("UNDERSTUDY_DATA", beside))
    if not (folder / "train" / "items.jsonl.gz").is_file():
        message = f"{folder} lacks train/; set UNDERSTUDY_DATA to the folder that holds it"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder
