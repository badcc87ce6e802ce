"""The example project and the scratch folder it is copied to, so that a demo begins anew and changes nothing of anyone's."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import understudy_server
from understudy_knowledge.errors import ConfigurationError, NothingToDoError

_MARK = ".understudy-demo"
_NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "*.db-wal", "*.db-shm")


def examples_folder() -> Path:
    """The examples, beside the package in an installation and beside the sources in a checkout. Raises NothingToDoError."""
    package = Path(understudy_server.__file__).parent
    for folder in (package / "examples", package.parents[1] / "examples"):
        if (folder / "build_database.py").is_file() and (folder / "pyproject.toml").is_file():
            return folder
    raise NothingToDoError("the example project was not installed with Understudy; install the package again")


def demo_folder(out: Path | None) -> Path:
    """Where a demo works: `out`, or a folder of the user's cache."""
    return _scratch() if out is None else out.absolute()


def fresh_copy(parent: Path) -> Path:
    """A new copy of the examples in `parent`; a former demo's copy goes. Raises ConfigurationError."""
    examples = examples_folder()
    project = parent / "project"
    try:
        if project.exists():
            if not (parent / _MARK).is_file():
                raise ConfigurationError(
                    f"{project} exists and is not of an earlier demo; name another folder with --out"
                )
            shutil.rmtree(project)
        parent.mkdir(parents=True, exist_ok=True)
        (parent / _MARK).write_text(
            "The folder project is replaced by each `understudy demo`.\n", encoding="utf-8"
        )
        shutil.copytree(examples, project, ignore=_NOT_COPIED)
        if not (project / "roastery.db").is_file():
            # The wheel inside the VS Code extension leaves it out, for its size; the same rows come out everywhere.
            subprocess.run([sys.executable, str(project / "build_database.py")], check=True)  # noqa: S603 - our own file
    except OSError as error:
        raise ConfigurationError(
            f"{parent} cannot hold the demo ({error.strerror or error}); name another folder with --out"
        ) from error
    return project


def _scratch() -> Path:
    """`understudy/demo` in the user's cache folder; in the temporary folder where there is no such place."""
    home = Path.home
    if named := os.environ.get("XDG_CACHE_HOME"):
        cache = Path(named)
    elif sys.platform == "win32":
        cache = Path(os.environ.get("LOCALAPPDATA") or tempfile.gettempdir())
    elif sys.platform == "darwin":
        cache = home() / "Library" / "Caches"
    else:
        cache = home() / ".cache"
    folder = cache / "understudy" / "demo"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="understudy-demo-"))
