"""A run of DSPy's arms that was killed goes on: what was compiled is not compiled again, and no answer is asked for twice."""

import json
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from understudy_server.cli.bench import bench

OPTIONS = [
    "teach", "--data", "shop", "--turns", "1", "--siblings", "1", "-k", "1", "--seeds", "1", "--jobs", "1", "--json", "f.json",
]  # fmt: skip


def _whole(folder: Path, arm: str, runs: str) -> dict[str, Any]:
    arguments = [*OPTIONS, "--arms", f"zero,{arm}", "--runs", runs]
    result = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    figures: dict[str, Any] = json.loads((folder / "f.json").read_text(encoding="utf-8"))
    return figures


def _ended_at(folder: Path, server: Any, arm: str, calls: int, *, stop: bool = False) -> None:
    """A run that is killed, or asked to stop, while the call after so many of DSPy's waits for its answer."""
    server.hold_after = calls
    command = [sys.executable, "-m", "understudy_server", "bench", *OPTIONS, "--arms", f"zero,{arm}"]
    with subprocess.Popen(
        [*command, "--runs", "ended"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        held = server.held.wait(300)
        if stop:
            process.send_signal(signal.SIGINT)
            process.wait(120)
        process.kill()
    assert held, "the run did not get that far"
    server.hold_after = None


def _asked(server: Any) -> Counter[str]:
    return Counter(json.dumps(body, sort_keys=True) for body in server.of_dspy())


@pytest.mark.parametrize(
    ("arm", "moment"),
    [("dspy:gepa", "while compiling"), ("dspy:gepa", "when compiled"), ("dspy:miprov2", "while compiling")],
)
def test_what_a_killed_run_paid_for_is_not_asked_again(
    taught_by_a_server: Path, model_server: Any, arm: str, moment: str
) -> None:
    pytest.importorskip("dspy")
    whole = _whole(taught_by_a_server, arm, "whole")
    once, calls = _asked(model_server), len(model_server.of_dspy())
    # The last call is the one of the tested item, those before it are the compiler's.
    moments = {"while compiling": calls // 2, "when compiled": calls - 1}
    model_server.asked.clear()
    _ended_at(taught_by_a_server, model_server, arm, moments[moment])
    resumed = _whole(taught_by_a_server, arm, "ended")
    assert _asked(model_server) == once
    assert resumed["calls"][f"{arm} learning"] == whole["calls"][f"{arm} learning"]
    assert resumed["arms"][arm]["passed"] == whole["arms"][arm]["passed"]
    (log,) = (taught_by_a_server / "ended").glob("teach-*.jsonl")
    kinds = [json.loads(line)["kind"] for line in log.read_text(encoding="utf-8").splitlines()]
    assert kinds.count("compiled") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there Ctrl-C goes to a whole console")
def test_a_stopped_run_sends_nothing_more_and_goes_on(taught_by_a_server: Path, model_server: Any) -> None:
    pytest.importorskip("dspy")
    whole = _whole(taught_by_a_server, "dspy:gepa", "whole")
    once, calls = _asked(model_server), len(model_server.of_dspy())
    model_server.asked.clear()
    _ended_at(taught_by_a_server, model_server, "dspy:gepa", calls // 2, stop=True)
    assert len(model_server.of_dspy()) == calls // 2
    resumed = _whole(taught_by_a_server, "dspy:gepa", "ended")
    assert _asked(model_server) == once
    assert resumed["calls"]["dspy:gepa learning"] == whole["calls"]["dspy:gepa learning"]
