"""Milliseconds from a keystroke to its ghost text in a real VS Code, with the embedded student: median and 95 of 100.

Usage: python tests/vscode/latency.py [TIMES]   (after tests/vscode/setup.sh)
"""

import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from conftest import CLIENT, REPOSITORY, Window, find_stack, run, serving

QUESTIONS = [
    "-- How many customers are there?",
    "-- How many orders are there?",
    "-- How many products are there?",
    "-- How many lots are there?",
    "-- How many campaigns are there?",
]


def main(times: int) -> None:
    """Prints the figures as JSON."""
    stack = find_stack()
    run(["npm", "run", "package"], cwd=CLIENT)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "roastery"
        shutil.copytree(REPOSITORY / "examples", folder, ignore=shutil.ignore_patterns(".understudy"))
        (folder / "question.sql").write_text("")
        with serving(stack, CLIENT / "dist" / "understudy.vsix", "--disable-workspace-trust") as (url, pid):
            window = Window(stack, url, pid, Path(scratch))
            seen = window.drive("latency", folder, file="question.sql", questions=QUESTIONS, times=times)
    shown = [each for each in seen["measured"] if each is not None]
    cuts = statistics.quantiles(shown, n=100)
    figures = {"n": len(seen["measured"]), "shown": len(shown), "p50_ms": cuts[49], "p95_ms": cuts[94]}
    sys.stdout.write(json.dumps({name: round(value, 1) for name, value in figures.items()}) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
