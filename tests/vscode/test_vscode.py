"""What a user sees in a real VS Code, driven through a real browser."""

from __future__ import annotations

import ast
import json
import re
import socket
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Browser

# The first test also builds the extension and starts VS Code.
pytestmark = [pytest.mark.vscode, pytest.mark.timeout(900)]

QUESTION = "-- How many customers are there?"
ANOTHER = "-- How many orders are there?"
A_THIRD = "-- How many tickets are there?"
"""Each question is another one: a suggestion that is remembered and taken twice counts once."""
TAUGHT_QUESTION = "-- How many customers do we have in each segment?"
IN_PYTHON = 'def customers(connection):\n    return connection.execute("""\n\n    """).fetchone()\n'
BEFORE = """\
SELECT nme FROM customers;

SELECT * FROM lots;

SELECT name, country FROM customers;

SELECT name FROM customers WHERE customer_id IN (SELECT customer_id FROM orders WHERE status = 'refunded');

WITH loyal AS (SELECT customer_id FROM orders) SELECT COUNT(*) FROM loyal;

SELECT country FROM (SELECT country, name FROM customers) AS c WHERE 1 = 1 AND c.country = 'Germany';

select name from customers where country='DE';

SELECT IFNULL(name, 'x') FROM customers;

-- How many customers are there?


-- How many orders are there?
SELECT COUNT(*) FROM orders;
"""
BEFORE_IN_PYTHON = """\
import pandas as pd

customers = pd.read_sql("SELECT * FROM customers", c)
rows = c.execute('SELECT \\'é\\', * FROM lots')  # as it was
named = c.execute(f"SELECT nme FROM customers WHERE country = {country!r}").fetchall()
german = pd.read_sql("SELECT name FROM customers WHERE country = 'DE' ORDER BY name", c)
"""
LOTS = (
    "lot_id", "product_id", "producer_id", "roaster_id", "roasted_on", "bags_roasted", "bags_left",
    "cost_cents_per_bag", "cupping_score",
)  # fmt: skip
EDITS = (
    # Line, column, what the light bulb calls it, and what stands in the file in place of the line.
    (1, 9, "Change to `name`", "SELECT name FROM customers;"),
    (3, 8, "Expand * to column names", "SELECT " + ",\n       ".join(LOTS) + " FROM lots;"),
    (5, 9, "Qualify column names", "SELECT customers.name, customers.country FROM customers;"),
    (
        7,
        50,
        "Extract subquery to a common table expression",
        (
            "WITH orders_rows AS (SELECT customer_id FROM orders WHERE status = 'refunded') "
            "SELECT name FROM customers WHERE customer_id IN (SELECT * FROM orders_rows);"
        ),
    ),
    (
        9,
        8,
        "Inline common table expression",
        "SELECT COUNT(*) FROM (SELECT customer_id FROM orders) AS loyal;",
    ),
    (11, 9, "Optimize query", "SELECT country FROM customers WHERE country = 'Germany';"),
    (13, 9, "Format query", "select\n  name\nfrom customers\nwhere\n  country = 'DE';"),
    (15, 9, "Convert to PostgreSQL", "SELECT COALESCE(name, 'x') FROM customers;"),
)
GENERATE = "Generate the query"
GENERATED = BEFORE.replace(
    f"{QUESTION}\n\n", f"{QUESTION}\nSELECT\n  COUNT(*) AS customers\nFROM customers\n"
)
"""It goes into the empty line below the question."""
EDITS_IN_PYTHON = (
    (
        4,
        33,
        "Expand * to column names",
        f"rows = c.execute('SELECT \\'é\\', {', '.join(LOTS)} FROM lots')  # as it was",
    ),
    (
        5,
        29,
        "Change to `name`",
        'named = c.execute(f"SELECT name FROM customers WHERE country = {country!r}").fetchall()',
    ),
    (
        6,
        31,
        "Qualify column names",
        (
            'german = pd.read_sql("SELECT customers.name FROM customers '
            "WHERE customers.country = 'DE' ORDER BY name\", c)"
        ),
    ),
    (
        6,
        31,
        "Convert to pandas",
        (
            "german = (\n    customers\n    .loc[lambda rows: rows['country'] == 'DE']\n"
            "    .sort_values(['name'], ascending=True, na_position='first', kind='stable')\n"
            "    [['name']]\n    .reset_index(drop=True)\n)"
        ),
    ),
)


def test_in_a_restricted_workspace_nothing_is_executed_read_or_contacted_until_it_is_trusted(
    window: Browser, unknown_project: Path, understudy: str
) -> None:
    ran = unknown_project / "ran"
    spy = unknown_project / "spy"
    spy.write_text(f'#!/bin/sh\ntouch {ran}\nexec "{understudy}" "$@"\n')
    spy.chmod(0o755)
    settings = {"understudy.interpreter": str(spy)}
    with socket.create_server(("127.0.0.1", 0)) as model:
        model.setblocking(False)
        settings["understudy.student.baseUrl"] = f"http://127.0.0.1:{model.getsockname()[1]}/v1"
        (unknown_project / ".vscode").mkdir()
        (unknown_project / ".vscode" / "settings.json").write_text(json.dumps(settings))
        seen = window.drive("restricted", unknown_project)
        with pytest.raises(BlockingIOError):
            model.accept()
    assert not ran.exists()
    assert "restricted" in seen["view"].lower()
    assert "Understudy: Doctor" in seen["commands"]
    assert "Understudy: Teach from this project" not in seen["commands"]
    assert seen["status"] == "Understudy: ready"
    assert not (unknown_project / ".understudy").exists()
    seen = window.drive("trusted", unknown_project)
    assert seen["before"]
    assert "Understudy: Teach from this project" in seen["commands"]
    assert ran.exists()


def test_questions_are_answered_in_ghost_text_taken_whole_or_word_by_word(
    window: Browser, project: Path
) -> None:
    (project / "question.sql").write_text("")
    (project / "question.py").write_text(IN_PYTHON)
    (project / "look.sql").write_text("SELECT name FROM customers;\n")
    seen = window.drive(
        "writing",
        project,
        sql="question.sql",
        python="question.py",
        looked={"file": "look.sql", "line": 1, "column": 20},
        question=QUESTION,
        another=ANOTHER,
        third=A_THIRD,
    )
    assert seen["status"] == "Understudy: ready"
    assert seen["ghost"] == "SELECT\n  COUNT(*) AS customers\nFROM customers"
    assert seen["whole"] == f"{QUESTION}\n{seen['ghost']}"
    # Three words of it were taken, and nothing else.
    assert seen["words"] == f"{seen['whole']}\n\n{ANOTHER}\nSELECT\n  COUNT"
    assert seen["inString"] == "SELECT\n  COUNT(*) AS tickets\nFROM tickets"
    assert seen["written"] == IN_PYTHON.replace('"""\n\n', f'"""\n{A_THIRD}\n{seen["inString"]}\n')
    assert "table main.customers, 3,000 rows, from roastery.db" in seen["hover"]
    # Two with Tab, and the one that was taken word by word.
    assert acceptances(project, expected=3) == 3


def test_each_code_action_writes_what_it_says_and_is_one_undo_step(window: Browser, project: Path) -> None:
    (project / "actions.sql").write_text(BEFORE)
    (project / "actions.py").write_text(BEFORE_IN_PYTHON)
    edits = [
        {"name": name, "line": line, "column": column, "label": label}
        for name, all_of_it in (("actions.sql", EDITS), ("actions.py", EDITS_IN_PYTHON))
        for line, column, label, _ in all_of_it
    ]
    edits.append({"name": "actions.sql", "line": 17, "column": 5, "label": GENERATE})
    tells = [
        {"line": 5, "column": 9, "label": "Explain this query", "tab": "explanation.md"},
        {"line": 21, "column": 9, "label": "Ask the teacher", "tab": "plan.md"},
    ]
    seen = window.drive("actions", project, file="actions.sql", edits=edits, tells=tells)
    for line, _, label, expected in EDITS:
        assert seen["written"][f"actions.sql: {label}"] == with_line(BEFORE, line, expected), label
    assert seen["written"][f"actions.sql: {GENERATE}"] == GENERATED
    for line, _, label, expected in EDITS_IN_PYTHON:
        written = seen["written"][f"actions.py: {label}"]
        assert written == with_line(BEFORE_IN_PYTHON, line, expected), label
        ast.parse(written)
    assert seen["undone"] == {
        each: BEFORE if each.startswith("actions.sql") else BEFORE_IN_PYTHON for each in seen["written"]
    }
    assert "customers" in seen["told"]["Explain this query"]
    assert "orders" in seen["told"]["Ask the teacher"]


def test_a_killed_server_comes_back(window: Browser, project: Path) -> None:
    seen = window.drive("killed", project)
    assert seen["killed"] == 1
    assert seen["statuses"] == ["Understudy: ready", "Understudy: offline", "Understudy: ready"]
    assert "stopped unexpectedly and was started again" in seen["message"]


def test_an_interpreter_that_does_not_exist_is_explained_once(window: Browser, project: Path) -> None:
    seen = window.drive("offline", project, interpreter="/nowhere/python")
    assert "/nowhere/python, which does not exist" in seen["message"]
    assert seen["notifications"] == 1
    assert seen["status"] == "Understudy: offline"
    assert seen["after"] == "Understudy: ready"


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
    # The keyboard alone led to the button that opened it.
    assert (project / seen["opened"]).is_file()


def test_the_report_is_read_out_whole_and_takes_on_the_theme(taught: tuple[Path, dict[str, Any]]) -> None:
    _, seen = taught
    spoken = seen["spoken"]
    assert spoken["language"] == "en"
    assert spoken["headings"][0] == "H1"
    assert spoken["namelessButtons"] == spoken["namelessPictures"] == spoken["headlessTables"] == []
    assert len({json.dumps(each) for each in seen["colors"].values()}) == 3
    for theme, colors in seen["colors"].items():
        assert contrast(colors["text"], colors["ground"]) >= 7, theme


def test_what_was_learned_can_be_looked_at_edited_measured_anew_and_forgotten(
    window: Browser, taught: tuple[Path, dict[str, Any]]
) -> None:
    seen = window.drive("knowledge", taught[0], file="queries/customers.sql")
    assert "General instructions" in seen["closed"][0]
    assert len(seen["open"]) > len(seen["closed"])
    assert seen["unnamed"] == 0
    assert re.match(r".\d\.\d\d ", seen["question"])
    assert "siblings" in seen["hover"]
    assert "turn 1: " in seen["hover"]
    assert any("Waiting to be measured" in label for label in seen["waiting"])
    assert "measured 1" in seen["verified"]
    assert "Forget this lesson?" in seen["forget"]
    assert seen["after"] == seen["before"] - 1
    assert seen["menu"][:3] == ["Teach from this project", "Show report", "Show knowledge"]


def test_a_lesson_is_told_of_where_it_helped_and_forgotten_and_taught_from_the_light_bulb(
    window: Browser, taught: tuple[Path, dict[str, Any]]
) -> None:
    project, _ = taught
    (project / "lessons.sql").write_text("")
    seen = window.drive("lessons", project, file="lessons.sql", question=TAUGHT_QUESTION)
    assert "GROUP BY\n  segment" in seen["written"]
    assert "with a lesson from “How many customers do we have in each country?”" in seen["hover"]
    assert "queries/customers.sql:5" in seen["hover"]
    assert "lift" in seen["hover"]
    forget = "Forget the lesson “How many customers do we have in each country?”"
    assert forget in seen["offered"]
    assert forget not in seen["left"]
    assert "teaching from lessons.sql" in seen["progress"]
    assert seen["taught"].startswith("Understudy tried ")


def test_a_python_without_the_package_is_explained_and_an_environment_is_made_at_the_press_of_a_button(
    window: Browser, project: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "python3"
    bare.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    bare.chmod(0o755)
    seen = window.drive("offline", project, interpreter=str(bare), wanted=True)
    assert f"{bare} has no package understudy. Install" in seen["message"]
    assert seen["buttons"][0] == "Create environment"
    assert seen["notifications"] == 1
    assert seen["status"] == "Understudy: offline"
    assert f"The setting understudy.interpreter, now {bare}, is cleared." in seen["question"]
    assert json.loads(seen["settings"]) == {}
    assert seen["after"] == "Understudy: ready"
    ((python, *arguments),) = seen["servers"]
    assert arguments == ["-m", "understudy_server", "serve"]
    assert re.search(r"/env-\w{8}/bin/python$", python)


def with_line(text: str, line: int, written: str) -> str:
    lines = text.split("\n")
    return "\n".join([*lines[: line - 1], *written.split("\n"), *lines[line:]])


def acceptances(project: Path, expected: int) -> int:
    """How many there are, once as many are there or a minute has passed: they are noted behind the edit."""
    for _ in range(600):
        with closing(sqlite3.connect(project / ".understudy" / "knowledge.db")) as knowledge:
            (found,) = knowledge.execute("SELECT COUNT(*) FROM acceptances").fetchone()
        if found >= expected:
            break
        time.sleep(0.1)
    return int(found)


def contrast(text: str, ground: str) -> float:
    """As WCAG counts it, between 1 and 21; both as the browser writes colors."""
    light, dark = sorted((luminance(text), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    shares = [int(each) / 255 for each in re.findall(r"\d+", color)[:3]]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
