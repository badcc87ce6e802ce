"""understudy demo as a user runs it: twice, from the shell, with nothing configured."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

MEGABYTE = 2**20


@frozen
class Demo:
    """One run of it."""

    result: dict[str, Any]
    out: Path
    peak_bytes: int | None


@pytest.fixture(scope="module")
def demos(examples: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Demo, Demo]:
    """Two runs in the same place, between two looks at the repository's own files."""
    out = tmp_path_factory.mktemp("demo")
    before = _state(examples)
    both = _run(out), _run(out)
    assert _state(examples) == before, "the demo changed the examples it was copied from"
    return both


pytestmark = pytest.mark.timeout(600)


def test_held_out_examples_gain_by_what_was_learned(demos: tuple[Demo, Demo]) -> None:
    result = demos[0].result
    held_out = result["held_out"]
    assert held_out["n"] >= 20
    assert held_out["after"] > held_out["before"]
    assert result["paired"]["gained"] > result["paired"]["lost"]
    assert result["admitted"] > 0
    assert result["admitted"] + result["refused"] + result["quarantined"] <= result["tried"]
    assert len(result["shown"]) == 3


def test_a_second_run_is_as_good_as_the_first(demos: tuple[Demo, Demo]) -> None:
    first, second = ({**demo.result, "run": "", "seconds": 0} for demo in demos)
    assert first == second


def test_it_takes_less_than_400_mb(demos: tuple[Demo, Demo]) -> None:
    if demos[0].peak_bytes is None:
        pytest.skip("this system does not say how much memory a process took")
    assert max(demo.peak_bytes or 0 for demo in demos) < 400 * MEGABYTE


def test_the_report_is_one_file_that_loads_nothing(demos: tuple[Demo, Demo]) -> None:
    report = Path(demos[1].result["report"])
    assert report == demos[1].out / "report.html"
    page = report.read_text(encoding="utf-8")
    assert "Lantern Street Coffee" in page
    assert not re.findall(r"""(?:src|href|action|data)\s*=\s*["']?\s*(?:https?:)?//""", page, re.IGNORECASE)
    assert not re.findall(
        r"""url\(\s*["']?(?:https?:)?//|@import|<script|<link|<iframe""", page, re.IGNORECASE
    )


def test_git_sees_nothing_of_it(demos: tuple[Demo, Demo], examples: Path) -> None:
    git = shutil.which("git")
    if git is None or not (examples.parent / ".git").exists():
        pytest.skip("not a Git checkout")
    untracked = subprocess.run(
        [git, "status", "--porcelain", "--untracked-files=all", "--ignored", "--", "examples"],
        cwd=examples.parent,
        capture_output=True,
        text=True,
        timeout=30,
    ).stdout
    assert ".understudy" not in untracked


def test_the_editors_settings_in_the_environment_change_nothing(tmp_path: Path) -> None:
    editor = {"student": {"base_url": "http://127.0.0.1:9/v1"}, "no such": "setting"}
    process = subprocess.Popen(
        [sys.executable, "-m", "understudy_server", "demo", "--out", str(tmp_path)],
        env={**os.environ, "UNDERSTUDY_EDITOR_SETTINGS": json.dumps(editor)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    stages = []
    for line in process.stderr:
        stages.append(line.partition(":")[0].strip())
        if stages[-1] == "Exploring with the teacher":
            break
    process.kill()
    process.wait()
    assert stages[-1] == "Exploring with the teacher", stages


def test_a_folder_that_is_not_a_demos_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "thesis.txt").write_text("years of work")
    process = subprocess.run(
        [sys.executable, "-m", "understudy_server", "demo", "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert process.returncode == 2
    assert "is not of an earlier demo; name another folder with --out" in process.stderr
    assert (tmp_path / "project" / "thesis.txt").read_text() == "years of work"


# On Linux a process starts with the peak of the one it was forked from: a small one stands between this one and the demo.
_WEIGHED = """
import pathlib, resource, subprocess, sys
status = subprocess.call(sys.argv[2:])
pathlib.Path(sys.argv[1]).write_text(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)
"""


def _run(out: Path) -> Demo:
    command = [sys.executable, "-m", "understudy_server", "demo", "--json", "--out", str(out)]
    weight = out / "peak"
    if sys.platform != "win32":
        command = [sys.executable, "-c", _WEIGHED, str(weight), *command]
    with (out / "stdout").open("wb") as stdout, (out / "stderr").open("wb") as stderr:
        status = subprocess.call(command, stdout=stdout, stderr=stderr)
    assert status == 0, (out / "stderr").read_text()
    peak = int(weight.read_text()) * (1 if sys.platform == "darwin" else 1024) if weight.exists() else None
    return Demo(json.loads((out / "stdout").read_text()), out, peak)


def _state(folder: Path) -> dict[str, str]:
    """Every file with a hash of its content; byte code that other tests leave does not count."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
