"""What holds for every command: help at once, one sentence for mistakes, any console, and a stop without a traceback."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from understudy_server.workspace import alone

if TYPE_CHECKING:
    from conftest import Run


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from understudy_server.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'sqlglot', 'faiss', 'aiohttp', 'tree_sitter', 'rich', 'numpy'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ran.stdout.splitlines()[-1] == "[]"
    for name in (
        "complete",
        "context",
        "demo",
        "distill",
        "doctor",
        "knowledge",
        "report",
        "serve",
        "student",
    ):
        assert f"  {name} " in ran.stdout


@pytest.mark.parametrize(
    "arguments",
    [("nonsense",), ("distill", "--turns", "0"), ("distill", "gone"), ("knowledge", "show"), ("-C",)],
)
def test_a_mistake_is_one_line_on_stderr_and_status_2(understudy: "Run", arguments: tuple[str, ...]) -> None:
    ran = understudy(*arguments)
    assert ran.status == 2
    assert ran.stdout == ""
    assert ran.stderr == ran.sentence + "\n"


def test_a_console_that_is_not_utf_8_gets_its_own_characters(project: Path, understudy: "Run") -> None:
    queries = (project / "queries.sql").read_text()
    (project / "queries.sql").write_text(
        queries.replace("Total revenue", "Total revenue → 合計"), encoding="utf-8"
    )
    ran = understudy("distill", PYTHONIOENCODING="cp1252")
    assert ran.status == 0, ran.stderr
    listed = understudy("knowledge", "list", PYTHONIOENCODING="cp1252")
    assert listed.status == 0, listed.stderr
    assert "Total revenue ? ??" in listed.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_one_line_and_the_run_goes_on_from_there(
    project: Path, understudy: "Run", number: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "understudy_server", "distill", "--progress-json"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if '"explore"' in line:
            break
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr.splitlines() == [
        "Stopped. Everything done so far is kept; `understudy distill --resume` goes on."
    ]
    assert '"status": "cancelled"' in stdout.splitlines()[-1]
    (log,) = (
        each for each in (project / ".understudy" / "runs").glob("*.jsonl") if ".ledger" not in each.name
    )
    done = log.read_text().splitlines()
    resumed = understudy("distill", "--resume", "--json")
    assert resumed.status == 0
    assert resumed.json["run"] == log.stem
    assert log.read_text().splitlines()[: len(done)] == done


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_two_explorations_of_one_project_do_not_write_one_log(project: Path, understudy: "Run") -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "understudy_server", "distill", "--progress-json"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if '"before"' in line:
            process.send_signal(signal.SIGSTOP)
            break
    try:
        ran = understudy("distill")
        assert ran.status == 2
        assert "is under way; wait for it or stop it" in ran.sentence
    finally:
        process.kill()
        process.wait()
    time.sleep(0.1)
    assert understudy("distill", "--resume", "--json").status == 0


def test_two_demos_do_not_share_a_folder(tmp_path: Path, understudy: "Run") -> None:
    with alone(tmp_path / "demo.lock", "taken"):
        ran = understudy("demo", "--out", str(tmp_path))
    assert ran.status == 2
    assert "another demo is under way" in ran.sentence
    assert "--out" in ran.sentence
    assert not (tmp_path / "project").exists()
