"""What a user sees in a real VS Code, driven through a real browser."""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Window

# The first test also builds the extension and starts VS Code.
pytestmark = [pytest.mark.vscode, pytest.mark.timeout(400)]

QUESTION = "-- How many customers are there?"


def test_a_question_is_answered_in_ghost_text_and_tab_takes_it(window: Window, project: Path) -> None:
    file = project / "question.sql"
    file.write_text("")
    seen = window.drive("ghost_text", project, file=file.name, line=1, question=QUESTION)
    question, _, answer = file.read_text().partition("\n")
    assert question == QUESTION
    assert answer.upper().startswith("SELECT")
    assert without_space(answer) == seen["ghost"]
    assert seen["status"] == "Understudy: ready"


def test_a_question_inside_a_python_string_is_answered_inside_it(window: Window, project: Path) -> None:
    file = project / "question.py"
    file.write_text('def customers(connection):\n    return connection.execute("""\n\n    """).fetchone()\n')
    seen = window.drive("ghost_text", project, file=file.name, line=3, question=QUESTION)
    strings = [node.value for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Constant)]
    assert [without_space(string) for string in strings] == [without_space(QUESTION) + seen["ghost"]]
    assert seen["ghost"].upper().startswith("SELECT")


def test_teaching_shows_progress_then_what_it_did_and_a_report_that_runs_no_script(
    window: Window, project: Path
) -> None:
    seen = window.drive("teach", project, file="schema.sql")
    assert re.match(r"Understudy: teaching from this project: .*\d+/\d+", seen["progress"])
    assert "Cancel" in seen["buttons"]
    assert seen["message"].startswith("Understudy tried ")
    assert "held-out example" in seen["message"]
    assert seen["report"].strip()
    assert seen["policy"].startswith("default-src 'none'")
    assert (project / ".understudy" / "knowledge.db").is_file()


def test_teaching_can_be_cancelled(window: Window, project: Path) -> None:
    seen = window.drive("cancel", project, file="schema.sql")
    assert seen["message"].startswith("Understudy stopped teaching")


def test_a_restricted_workspace_is_not_taught(wary_window: Window, project: Path) -> None:
    seen = wary_window.drive("restricted", project, file="schema.sql")
    assert "Understudy: Doctor" in seen["commands"]
    assert "Understudy: Teach from this project" not in seen["commands"]
    assert seen["status"] == "Understudy: ready"
    assert not (project / ".understudy").exists()


def test_an_interpreter_that_does_not_exist_is_explained_once(window: Window, project: Path) -> None:
    choose_interpreter(project, Path("/nowhere/python"))
    seen = window.drive("offline", project, file="schema.sql")
    assert "/nowhere/python, which does not exist" in seen["message"]
    assert seen["notifications"] == 1
    assert seen["status"] == "Understudy: offline"


def test_a_python_without_the_package_is_explained_once(
    window: Window, project: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "python3"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    bare.chmod(0o755)
    choose_interpreter(project, bare)
    seen = window.drive("offline", project, file="schema.sql")
    assert f"{bare} has no package understudy. Install" in seen["message"]
    assert seen["notifications"] == 1
    assert seen["status"] == "Understudy: offline"


def test_a_killed_server_comes_back(window: Window, project: Path) -> None:
    seen = window.drive("killed", project, file="schema.sql")
    assert seen["statuses"] == ["Understudy: ready", "Understudy: offline", "Understudy: ready"]


def without_space(code: str) -> str:
    return "".join(code.split())


def choose_interpreter(project: Path, interpreter: Path) -> None:
    settings = project / ".vscode" / "settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"understudy.interpreter": str(interpreter)}))
