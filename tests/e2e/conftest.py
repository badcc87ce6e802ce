"""The example project, and ways to run the whole product on it in processes of their own."""

import shutil
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="session")
def examples() -> Path:
    """The example project as it lies in the repository; nothing may change it."""
    return EXAMPLES


@pytest.fixture
def copy_of_examples(tmp_path: Path) -> Path:
    """A copy that may be worked in."""
    target = tmp_path / "coffee"
    shutil.copytree(EXAMPLES, target, ignore=shutil.ignore_patterns(".understudy", "__pycache__"))
    return target
