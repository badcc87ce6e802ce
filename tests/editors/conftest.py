"""A real Neovim and a real Emacs without a screen, each with our configuration and the real server, driven as a person would."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

REPOSITORY = Path(__file__).parents[2]
SECONDS = 240


@dataclass(frozen=True)
class Stack:
    """What tests/editors/setup.sh installed, and the `understudy` command under test."""

    neovim: Path
    emacs: Path
    emacsclient: Path
    understudy: str


def unavailable(reason: str) -> NoReturn:
    """Skips, or fails where the run has promised real editors."""
    required = os.environ.get("UNDERSTUDY_REQUIRE", "").replace(",", " ").split()
    if os.environ.get("CI") or "editors" in required:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def stack() -> Stack:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    root = Path(os.environ.get("UNDERSTUDY_EDITORS") or cache / "understudy-ci" / "editors").resolve()
    if not (root / "installed").is_file():
        unavailable(f"no Neovim and no Emacs in {root}: run tests/editors/setup.sh")
    understudy = os.environ.get("UNDERSTUDY_COMMAND") or str(Path(sys.executable).with_name("understudy"))
    if not os.access(understudy, os.X_OK):
        unavailable(
            f"no understudy command at {understudy}: pip install -e ., or name one in UNDERSTUDY_COMMAND"
        )
    return Stack(*(root / "bin" / name for name in ("nvim", "emacs", "emacsclient")), understudy)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the example project that a test may write into."""
    folder = tmp_path / "roastery"
    shutil.copytree(
        REPOSITORY / "examples", folder, ignore=shutil.ignore_patterns(".understudy", "__pycache__")
    )
    return folder


class Driven:
    """What both editors have in common."""

    def until(self, ask: Callable[[], Any], what: str) -> Any:
        """What `ask` answers once that is something."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if answer := ask():
                return answer
            time.sleep(0.05)
        raise AssertionError(f"waited for {what} in vain")

    def acceptances(self, project: Path) -> int:
        """How many suggestions were taken; none before the first one makes the file."""
        file = project / ".understudy" / "knowledge.db"
        with (
            suppress(sqlite3.OperationalError),
            closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as knowledge,
        ):
            return int(knowledge.execute("SELECT COUNT(*) FROM acceptances").fetchone()[0])
        return 0


@dataclass
class Neovim(Driven):
    """A running Neovim. `lua` evaluates an expression, `keys` are typed."""

    stack: Stack
    folder: Path

    def lua(self, expression: str) -> Any:
        """The value of the expression, as JSON has it."""
        quoted = f"vim.json.encode({expression})".replace("'", "''")
        return json.loads(self._remote("--remote-expr", f"luaeval('{quoted}')"))

    def keys(self, keys: str) -> None:
        """Types them, in Neovim's notation."""
        self._remote("--remote-send", keys)

    def edit(self, path: Path) -> None:
        """Opens a file, and waits until the server is there."""
        self.keys(f"<Esc>:edit {path}<CR>")
        self.until(
            lambda: self.lua(
                f"vim.api.nvim_buf_get_name(0) == '{path}' and #vim.lsp.get_clients({{bufnr=0}})"
            ),
            "the server",
        )

    def _remote(self, *arguments: str) -> str:
        ran = subprocess.run(
            [self.stack.neovim, "--server", self.folder / "socket", *arguments],
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout


@dataclass
class Emacs(Driven):
    """A running Emacs. `lisp` evaluates forms in the buffer that was visited last, as a command would."""

    stack: Stack
    folder: Path
    visited: str = "*scratch*"

    def lisp(self, forms: str) -> Any:
        """The value of the last form, as JSON has it."""
        form = f"""
            (with-current-buffer {json.dumps(self.visited)}
              (save-window-excursion
                (switch-to-buffer (current-buffer))
                (let ((it (progn {forms})))
                  (run-hooks 'window-configuration-change-hook 'post-command-hook)
                  (base64-encode-string
                   (json-serialize
                    (vector (cond ((null it) :null) ((eq it t) t) ((consp it) (vconcat it)) (t it))))
                   t))))"""
        ran = subprocess.run(
            [self.stack.emacsclient, "--socket-name", self.folder / "socket", "--eval", form],
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert ran.returncode == 0, ran.stderr
        (value,) = json.loads(base64.b64decode(ran.stdout.strip('"\n')))
        return value

    def edit(self, path: Path) -> None:
        """Opens a file, and waits until the server is there."""
        self.visited = self.lisp(f"(buffer-name (find-file-noselect {json.dumps(str(path))}))")
        self.until(lambda: self.lisp("(and (eglot-managed-p) t)"), "the server")


@pytest.fixture
def folder() -> Iterator[Path]:
    """For sockets and configuration; paths of sockets must be short."""
    with tempfile.TemporaryDirectory(prefix="editor-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.fixture(params=["vim.lsp.config", "vim.lsp.start"])
def neovim(request: pytest.FixtureRequest, stack: Stack, folder: Path) -> Iterator[Neovim]:
    """Neovim with our configuration, as 0.11 does it and as those before did."""
    older = "vim.lsp.config = nil" if request.param == "vim.lsp.start" else ""
    (folder / "init.lua").write_text(
        f"vim.opt.runtimepath:append('{REPOSITORY}/editors/neovim')\n{older}\n"
        f"require('understudy').setup({{ cmd = {{ '{stack.understudy}', 'serve' }}, ghost_text = '<C-Y>' }})\n"
    )
    command = [
        str(stack.neovim),
        "--headless",
        "-u",
        str(folder / "init.lua"),
        "--listen",
        str(folder / "socket"),
    ]
    running = Neovim(stack, folder)
    with started(command, folder):
        running.until((folder / "socket").exists, "Neovim")
        yield running
        running.keys("<Esc>:qall!<CR>")


@pytest.fixture
def emacs(stack: Stack, folder: Path) -> Iterator[Emacs]:
    """Emacs with our configuration."""
    (folder / "init.el").write_text(
        f'(add-to-list \'load-path "{REPOSITORY}/editors/emacs")\n'
        "(require 'understudy)\n"
        f'(setq understudy-command \'("{stack.understudy}" "serve"))\n'
        "(add-hook 'sql-mode-hook #'eglot-ensure)\n(add-hook 'python-mode-hook #'eglot-ensure)\n"
        "(setq make-backup-files nil create-lockfiles nil)\n"
        # On a machine with other work a server may take longer to start than the half minute it is given.
        f"(setq eglot-connect-timeout {SECONDS})\n"
    )
    running = Emacs(stack, folder)
    command = [str(stack.emacs), "-Q", f"--fg-daemon={folder / 'socket'}", "--load", str(folder / "init.el")]
    with started(command, folder):
        running.until((folder / "socket").exists, "Emacs")
        yield running
        running.visited = "*scratch*"
        running.lisp("(run-at-time 0.1 nil (lambda () (setq kill-emacs-hook nil) (kill-emacs 0))) t")


@contextmanager
def started(command: list[str], folder: Path) -> Iterator[None]:
    """A process with a home of its own; it is gone afterwards."""
    home = folder / "home"
    home.mkdir()
    places = {f"XDG_{kind}_HOME": str(home / kind) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | places | {"HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield
            process.wait(20)
        finally:
            process.kill()
            process.wait()
