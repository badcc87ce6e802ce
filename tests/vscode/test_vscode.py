"""What a user sees in a real VS Code, driven through a real browser."""

from __future__ import annotations

import ast
import json
import re
import shutil
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Window

# The first test also builds the extension and starts VS Code.
pytestmark = [pytest.mark.vscode, pytest.mark.timeout(900)]

REPOSITORY = Path(__file__).parents[2]
QUESTION = "-- How many customers are there?"
ANOTHER = "-- How many orders are there?"
A_THIRD = "-- How many tickets are there?"
"""Each question is another one: a suggestion that is remembered and taken twice counts once."""
IN_PYTHON = 'def customers(connection):\n    return connection.execute("""\n\n    """).fetchone()\n'

HARD = "-- Net revenue by month and product category in 2024"
HARD_GOLD = """
SELECT STRFTIME('%Y-%m', o.ordered_at), p.category, ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2)
FROM order_lines AS l JOIN orders AS o ON o.order_id = l.order_id JOIN products AS p ON p.product_id = l.product_id
WHERE o.status NOT IN ('canceled', 'refunded') AND o.ordered_at >= '2024-01-01' AND o.ordered_at < '2025-01-01'
GROUP BY 1, 2 ORDER BY 1
"""

ACTIONS = """\
SELECT nme FROM customers;

SELECT * FROM lots;

SELECT name, country FROM customers;

SELECT name FROM customers WHERE customer_id IN (SELECT customer_id FROM orders WHERE status = 'refunded');

WITH loyal AS (SELECT customer_id FROM orders) SELECT COUNT(*) FROM loyal;

SELECT country FROM (SELECT country, name FROM customers) AS c WHERE 1 = 1 AND c.country = 'DE';

select name from customers where country='DE';

SELECT IFNULL(name, 'x') FROM customers;

-- How many customers are there?


-- How many orders are there?
SELECT COUNT(*) FROM orders;
"""
ACTIONS_IN_PYTHON = "rows = c.execute('SELECT \\'é\\', * FROM lots')  # as it was\n"
EXPAND = "Expand * to column names"
EDITS = (
    # Line, column, what the light bulb calls it, and what stands in the file afterwards.
    (1, 9, "Change to `name`", "SELECT name FROM customers;"),
    (3, 8, EXPAND, "SELECT lot_id,\n"),
    (5, 9, "Qualify column names", "customers."),
    (7, 50, "Extract subquery to a common table expression", "WITH "),
    (9, 8, "Inline common table expression", "(SELECT customer_id FROM orders)"),
    (11, 9, "Optimize query", "'DE'"),
    (13, 9, "Format query", "SELECT\n  name\nFROM customers\nWHERE"),
    (15, 9, "Convert to PostgreSQL", "COALESCE(name, 'x')"),
    (17, 5, "Generate the query", f"{QUESTION}\nSELECT"),
)


def test_questions_are_answered_in_ghost_text_taken_whole_or_word_by_word(
    window: Window, project: Path
) -> None:
    sql, python = project / "question.sql", project / "question.py"
    sql.write_text("")
    python.write_text(IN_PYTHON)
    names = {"file": sql.name, "sql": sql.name, "python": python.name}
    seen = window.drive("writing", project, question=QUESTION, another=ANOTHER, third=A_THIRD, **names)
    assert seen["status"] == "Understudy: ready"
    first, _, second = sql.read_text().partition(f"\n\n{ANOTHER}\n")
    question, _, answer = first.partition("\n")
    assert question == QUESTION
    assert answer.upper().startswith("SELECT")
    assert without_space(answer) == seen["ghost"]
    assert second.startswith("SELECT")
    assert "FROM" not in second  # only words of it were taken
    strings = [
        node.value for node in ast.walk(ast.parse(python.read_text())) if isinstance(node, ast.Constant)
    ]
    assert [without_space(string) for string in strings] == [without_space(A_THIRD) + seen["inString"]]
    assert "customers" in seen["hover"]
    assert "roastery.db" in seen["hover"]
    with closing(sqlite3.connect(project / ".understudy" / "knowledge.db")) as knowledge:
        # Two with Tab, and the one that was taken word by word.
        assert knowledge.execute("SELECT COUNT(*) FROM acceptances").fetchone() == (3,)


def test_each_code_action_writes_what_it_says_and_is_one_undo_step(window: Window, project: Path) -> None:
    (project / "actions.sql").write_text(ACTIONS)
    (project / "actions.py").write_text(ACTIONS_IN_PYTHON)
    edits = [{"line": line, "column": column, "label": label} for line, column, label, _ in EDITS]
    inside = {"name": "actions.py", "line": 1, "column": 33, "label": EXPAND, "key": "in Python"}
    tells = [
        {"line": 5, "column": 9, "label": "Explain this query", "tab": "explanation.md"},
        {"line": 21, "column": 9, "label": "Ask the teacher", "tab": "plan.md"},
    ]
    seen = window.drive("actions", project, file="actions.sql", edits=[*edits, inside], tells=tells)
    for line, _, label, expected in EDITS:
        written = seen["written"][label]
        assert written != ACTIONS, label
        assert without_space(expected) in without_space(written), label
        # What stands above the statement is untouched.
        above = "\n".join(ACTIONS.split("\n")[: line - 1])
        assert written.startswith(above), label
    assert set(seen["undone"].values()) == {True}
    python = seen["written"]["in Python"]
    assert python.startswith("rows = c.execute('SELECT \\'é\\', ")
    assert "lot_id" in python
    assert python.endswith("FROM lots')  # as it was\n")
    ast.parse(python)
    assert list(seen["told"]) == ["Explain this query", "Ask the teacher"]


@pytest.fixture(scope="module")
def taught(window: Window, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The example project after it was taught in VS Code, and what was to be seen."""
    folder = tmp_path_factory.mktemp("taught") / "roastery"
    shutil.copytree(
        REPOSITORY / "examples", folder, ignore=shutil.ignore_patterns(".understudy", "__pycache__")
    )
    return folder, window.drive("teach", folder, file="schema.sql")


def test_teaching_shows_progress_can_be_cancelled_and_ends_in_a_report_with_plots_and_buttons(
    taught: tuple[Path, dict[str, Any]],
) -> None:
    project, seen = taught
    assert seen["stopped"].startswith("Understudy stopped teaching")
    assert re.match(r"Understudy: teaching from this project: .*\d+/\d+", seen["progress"])
    assert "Cancel" in seen["buttons"]
    assert seen["message"].startswith("Understudy tried ")
    assert "held-out example" in seen["message"]
    assert re.match(r"default-src 'none'; style-src 'nonce-\w+'; script-src 'nonce-\w+'", seen["policy"])
    assert seen["plots"] == [
        "Every held-out question",
        "Passed before and after, by kind of source",
        "When taught examples were solved",
        "Lift of each admitted lesson",
        "What the budget bought",
        "Gains predicted and measured",
    ]
    assert seen["loaded"] == 0
    assert seen["tables"] == 5  # the questions themselves are listed below
    assert (project / seen["opened"]).is_file()


def test_a_question_over_several_tables_is_answered_and_its_hover_says_which_lesson_helped(
    window: Window, taught: tuple[Path, dict[str, Any]]
) -> None:
    project, _ = taught
    (project / "new.sql").write_text("")
    seen = window.drive("lesson", project, file="new.sql", question=HARD)
    question, _, answer = (project / "new.sql").read_text().partition("\n")
    assert question == HARD
    assert without_space(answer) == seen["ghost"]
    with closing(sqlite3.connect(f"{(project / 'roastery.db').as_uri()}?mode=ro", uri=True)) as data:
        rows, wanted = (sorted(data.execute(sql).fetchall()) for sql in (answer, HARD_GOLD))
    assert rows == wanted
    assert re.search(r"with a lesson from .* at .*:\d+.*: lift .\d\.\d\d on \d siblings?", seen["hover"])


def test_what_was_learned_can_be_looked_at_edited_measured_anew_and_forgotten(
    window: Window, taught: tuple[Path, dict[str, Any]]
) -> None:
    seen = window.drive("knowledge", taught[0], file="queries/customers.sql")
    assert "General instructions" in seen["closed"][0]
    assert len(seen["open"]) > len(seen["closed"])
    assert re.match(r".\d\.\d\d ", seen["question"])
    assert "siblings" in seen["hover"]
    assert "turn 1: " in seen["hover"]
    assert any("Waiting to be measured" in label for label in seen["waiting"])
    assert "measured 1" in seen["verified"]
    assert seen["after"] == seen["before"] - 1
    assert seen["menu"][:3] == ["Teach from this project", "Show report", "Show knowledge"]


def test_in_a_restricted_workspace_nothing_is_executed_read_or_contacted(
    wary_window: Window, project: Path
) -> None:
    ran = project / "ran"
    spy = project / "spy"
    spy.write_text(f"#!/bin/sh\ntouch {ran}\n")
    spy.chmod(0o755)
    settings = {"understudy.interpreter": str(spy)}
    with socket.create_server(("127.0.0.1", 0)) as model:
        model.setblocking(False)
        settings["understudy.student.baseUrl"] = f"http://127.0.0.1:{model.getsockname()[1]}/v1"
        (project / ".vscode").mkdir()
        (project / ".vscode" / "settings.json").write_text(json.dumps(settings))
        seen = wary_window.drive("restricted", project, file="schema.sql")
        with pytest.raises(BlockingIOError):
            model.accept()
    assert not ran.exists()
    assert "restricted" in seen["view"].lower()
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
    assert "stopped unexpectedly and was started again" in seen["message"]


def without_space(code: str) -> str:
    return "".join(code.split())


def choose_interpreter(project: Path, interpreter: Path) -> None:
    settings = project / ".vscode" / "settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"understudy.interpreter": str(interpreter)}))
