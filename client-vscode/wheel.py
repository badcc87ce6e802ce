"""Puts the server's wheel into dist/wheel: from it the extension makes an environment where there is none. Needs pip.

The example project's database is left out, half of the wheel: `understudy demo` builds it anew where it is not there.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

CLIENT = Path(__file__).resolve().parent
LEFT_OUT = "understudy_server/examples/roastery.db"


def main() -> None:
    """Replaces what was in dist/wheel."""
    folder = CLIENT / "dist" / "wheel"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.whl"):
        old.unlink()
    with tempfile.TemporaryDirectory() as scratch:
        build(scratch)
        (built,) = Path(scratch).glob("*.whl")
        without(built, folder / built.name)


def build(folder: str) -> None:
    """With the first Python on the `PATH` that has pip: the one of a virtual environment need not."""
    named = [shutil.which("python3", path=place) for place in os.get_exec_path()]
    for python in dict.fromkeys([sys.executable, *filter(None, named)]):
        if subprocess.run([python, "-c", "import pip"], capture_output=True, check=False).returncode == 0:  # noqa: S603
            break
    else:
        sys.exit(
            "wheel.py: no python3 on the PATH has pip; install it, for example with `python3 -m ensurepip`"
        )
    options = ("--no-deps", "--disable-pip-version-check", "--quiet", "--wheel-dir", folder)
    subprocess.run([python, "-m", "pip", "wheel", *options, str(CLIENT.parent)], check=True)  # noqa: S603


def without(built: Path, target: Path) -> None:
    """A copy of the wheel that neither holds nor lists what is left out."""
    with (
        zipfile.ZipFile(built) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as copy,
    ):
        for item in source.infolist():
            content = source.read(item)
            if item.filename.endswith(".dist-info/RECORD"):
                lines = content.decode().splitlines(keepends=True)
                content = "".join(line for line in lines if not line.startswith(f"{LEFT_OUT},")).encode()
            if item.filename != LEFT_OUT:
                copy.writestr(item, content, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
