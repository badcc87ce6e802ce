"""distill on the example project, killed at random moments and resumed: nothing is lost and nothing is done twice."""

import json
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

WORK = {"before", "explore", "admit", "after"}
# Two files of the project: enough for every stage, small enough for many runs.
PATHS = ("queries/revenue.sql", "queries/subscriptions.sql")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGKILL")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
def test_kills_at_random_moments_change_no_figure_and_repeat_no_work(
    copy_of_examples: Path, tmp_path: Path, seed: int
) -> None:
    whole = tmp_path / "whole"
    copy_of_examples.rename(whole)
    broken = tmp_path / "broken"
    shutil.copytree(whole, broken)

    events = _distill(whole)
    work = sum(event.get("stage") in WORK for event in events)

    chance = random.Random(seed)
    seen: list[str] = []
    for moment in sorted(chance.sample(range(1, work), 6)):
        _distill(broken, *(["--resume"] if seen else []), kill_after=moment, delay=chance.uniform(0, 0.2))
        lines = _whole_lines(broken)
        assert lines[: len(seen)] == seen, "work that was done before the kill is gone, or was done again"
        seen = lines
        if _run_of(broken)["finished"]:  # a kill among the last moments may come too late
            break
    else:
        _distill(broken, "--resume")

    figures = _run_of(broken)["figures"]
    assert figures == _run_of(whole)["figures"]
    assert _cases(broken) == _cases(whole)
    assert _general(broken) == _general(whole)
    log = _log_of(broken)
    keys = Counter((entry["kind"], entry["key"]) for entry in map(json.loads, log.read_text().splitlines()))
    assert set(keys.values()) == {1}
    # Every answer that was paid for is kept, and no other was ever asked for.
    assert len(_answers(broken)) == figures["teacher_calls"] > 0
    assert len(_answers(broken)) == len(_answers(whole))


def _distill(
    project: Path, *options: str, kill_after: int | None = None, delay: float = 0.0
) -> list[dict[str, Any]]:
    """The events of a run, or those before it was killed, `delay` seconds after so many steps of work."""
    process = subprocess.Popen(
        [sys.executable, "-m", "understudy_server", "distill", *PATHS, "--progress-json", *options],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    events: list[dict[str, Any]] = []
    steps = 0
    assert process.stdout is not None
    for line in process.stdout:
        events.append(json.loads(line))
        steps += events[-1].get("stage") in WORK
        if steps == kill_after:
            time.sleep(delay)
            process.kill()
            break
    _, stderr = process.communicate(timeout=120)
    assert kill_after is not None or process.returncode == 0, stderr
    return events


def _whole_lines(project: Path) -> list[str]:
    return [line for line in _log_of(project).read_text().splitlines(keepends=True) if line.endswith("\n")]


def _log_of(project: Path) -> Path:
    runs = (project / ".understudy" / "runs").glob("*.jsonl")
    (log,) = (path for path in runs if not path.name.endswith(".ledger.jsonl"))
    return log


def _run_of(project: Path) -> dict[str, Any]:
    """The only run: when it was finished, and its figures without what differs from run to run."""
    ((finished, figures),) = _ask(project, "SELECT finished, figures FROM runs")
    return {"finished": finished, "figures": _steady(json.loads(figures)) if figures else None}


def _steady(value: Any) -> Any:
    """The value without times and names that no two runs share."""
    if isinstance(value, dict):
        return {
            name: _steady(inner)
            for name, inner in value.items()
            if name not in {"seconds", "run_id", "created", "generation"}
        }
    return [_steady(inner) for inner in value] if isinstance(value, list) else value


def _cases(project: Path) -> list[Any]:
    return [_steady(json.loads(body)) for (body,) in _ask(project, "SELECT body FROM cases ORDER BY id")]


def _general(project: Path) -> Any:
    ((body,),) = _ask(project, "SELECT body FROM general")
    return _steady(json.loads(body))


def _answers(project: Path) -> list[Any]:
    rows = _ask(project, "SELECT response FROM answers ORDER BY request_hash")
    return [_steady(json.loads(response)) for (response,) in rows]


def _ask(project: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(project / ".understudy" / "knowledge.db")) as connection:
        return connection.execute(statement).fetchall()
