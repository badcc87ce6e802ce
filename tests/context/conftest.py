"""Goldens: TOML files whose `text` marks the cursor with ⎸."""

import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent


def pytest_generate_tests(metafunc: Any) -> None:
    """A test that takes `golden` runs once for each case of the file named as its module is."""
    if "golden" in metafunc.fixturenames:
        path = HERE / f"{metafunc.module.__name__.rpartition('.')[2].removeprefix('test_')}.toml"
        cases = tomllib.loads(path.read_text("utf-8"))["case"]
        metafunc.parametrize("golden", cases, ids=[case["name"] for case in cases])
