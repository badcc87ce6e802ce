"""Puts the server's wheel into dist/wheel: from it the extension makes an environment where there is none. Needs pip.

The example project's database is left out, half of the wheel: `understudy demo` builds it anew where it is not there.
"""

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
        options = ("--no-deps", "--disable-pip-version-check", "--quiet", "--wheel-dir", scratch)
        subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(CLIENT.parent)], check=True)
        (built,) = Path(scratch).glob("*.whl")
        without(built, folder / built.name)


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
