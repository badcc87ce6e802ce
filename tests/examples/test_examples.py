"""The example project is sound: its database rebuilds to the same rows and all of its code runs on it."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DATABASE = EXAMPLES / "roastery.db"
COMMENTED_QUERY = re.compile(r"((?:^--[^\n]*\n)+)((?:WITH|SELECT)\b.*?;)[ \t]*$", re.MULTILINE | re.DOTALL)


def open_read_only(path: Path = DATABASE) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)


def tables(connection: sqlite3.Connection) -> list[str]:
    return [
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    ]


def dump_hashes(path: Path) -> dict[str, str]:
    """A hash of the rows of each table, and one of all definitions."""
    connection = open_read_only(path)
    selects = {name: f"SELECT * FROM {name} ORDER BY rowid" for name in tables(connection)}
    selects["definitions"] = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
    hashes = {
        name: hashlib.sha256("\n".join(map(repr, connection.execute(select))).encode()).hexdigest()
        for name, select in selects.items()
    }
    connection.close()
    return hashes


def commented_queries() -> list[tuple[str, str, str]]:
    """(file name, question, statement) of every query under a comment."""
    found = []
    for path in sorted((EXAMPLES / "queries").glob("*.sql")):
        for comment, statement in COMMENTED_QUERY.findall(path.read_text(encoding="utf-8")):
            question = " ".join(line.removeprefix("--").strip() for line in comment.splitlines())
            found.append((path.name, question, statement))
    return found


def python_files() -> list[Path]:
    return sorted(EXAMPLES.rglob("*.py"))


def complete_sql_in(source: str) -> list[str]:
    """SQL strings that can run as they stand: no hole, no parameter."""
    tree = ast.parse(source)
    parts = {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)
    }
    strings = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts
    ]
    return [
        text
        for text in strings
        if re.match(r"\s*(SELECT|WITH)\s", text) and not re.search(r"\?|:[a-z_]+", text)
    ]


def notebook() -> dict:
    return json.loads((EXAMPLES / "notebooks" / "monthly_review.ipynb").read_text(encoding="utf-8"))


def assert_answers(statement: str) -> None:
    connection = open_read_only()
    started = time.perf_counter()
    rows = connection.execute(statement).fetchall()
    elapsed = time.perf_counter() - started
    connection.close()
    assert rows, "no rows"
    assert any(value is not None for row in rows for value in row), "nothing but NULL"
    assert elapsed < 2, f"took {elapsed:.1f} s"


def test_the_database_rebuilds_to_identical_content(tmp_path):
    rebuilt = tmp_path / "rebuilt.db"
    subprocess.run(
        [sys.executable, str(EXAMPLES / "build_database.py"), str(rebuilt)], check=True, timeout=60
    )
    assert dump_hashes(rebuilt) == dump_hashes(DATABASE)


def test_the_database_is_big_enough_to_be_real_and_small_enough_to_commit():
    connection = open_read_only()
    names = tables(connection)
    rows = sum(connection.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in names)
    connection.close()
    assert len(names) >= 8
    assert 45_000 <= rows <= 60_000
    assert DATABASE.stat().st_size < 5_000_000


def test_no_row_refers_to_nothing():
    connection = open_read_only()
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


def test_nothing_happens_after_the_as_of_date_that_must_have_happened_before():
    connection = open_read_only()
    for column, table in [
        ("ordered_at", "orders"),
        ("shipped_on", "orders"),
        ("delivered_on", "orders"),
        ("joined_on", "customers"),
        ("deleted_at", "customers"),
        ("started_on", "subscriptions"),
        ("canceled_on", "subscriptions"),
        ("roasted_on", "lots"),
        ("opened_at", "tickets"),
        ("closed_at", "tickets"),
        ("opened_at", "campaign_sends"),
    ]:
        (last,) = connection.execute(f"SELECT MAX({column}) FROM {table}").fetchone()
        assert last < "2025-07-01", f"{table}.{column} reaches {last}"
    connection.close()


def test_there_are_enough_commented_queries_and_no_two_alike():
    queries = commented_queries()
    assert len(queries) >= 60
    assert len({question for _, question, _ in queries}) == len(queries)
    assert len({statement for _, _, statement in queries}) == len(queries)


def test_every_statement_in_the_query_files_has_a_question():
    for path in sorted((EXAMPLES / "queries").glob("*.sql")):
        statements = path.read_text(encoding="utf-8").count(";\n")
        assert statements == sum(name == path.name for name, _, _ in commented_queries()), path.name


@pytest.mark.parametrize(("question", "statement"), [(q, s) for _, q, s in commented_queries()])
def test_every_query_answers_its_question(question, statement):
    assert question
    assert_answers(statement)


@pytest.mark.parametrize(
    ("question", "statement"), [(q, s) for _, q, s in commented_queries() if "\nLIMIT " in s]
)
def test_a_top_n_never_cuts_between_equals(question, statement):
    """Otherwise the answer to the question would depend on the query plan."""
    ranked, figure, limit = re.fullmatch(
        r"(.*\nORDER BY (\w+)(?: DESC)?)\nLIMIT (\d+);", statement, re.DOTALL
    ).groups()
    connection = open_read_only()
    figures = [value for (value,) in connection.execute(f"SELECT {figure} FROM ({ranked})")]
    connection.close()
    assert len(figures) > int(limit), question
    assert figures[int(limit) - 1] != figures[int(limit)], question


@pytest.mark.parametrize("path", python_files(), ids=lambda path: path.name)
def test_every_python_file_parses(path):
    ast.parse(path.read_text(encoding="utf-8"))


COMPLETE_PYTHON_SQL = [
    text for path in python_files() for text in complete_sql_in(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("statement", COMPLETE_PYTHON_SQL)
def test_complete_sql_in_python_answers(statement):
    assert_answers(statement)


def test_python_holds_at_least_ten_complete_statements():
    assert len(COMPLETE_PYTHON_SQL) >= 10


def test_the_notebook_is_valid_nbformat_4():
    document = notebook()
    assert document["nbformat"] == 4
    assert document["nbformat_minor"] >= 5
    ids = [cell["id"] for cell in document["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in document["cells"]:
        assert cell["cell_type"] in ("markdown", "code")
        assert isinstance(cell["source"], (str, list))
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


def test_the_sql_of_the_notebook_answers():
    statements = []
    for cell in notebook()["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and source.startswith("%%sql"):
            statements.append(source.split("\n", 1)[1])
        elif cell["cell_type"] == "code" and not source.startswith("%"):
            statements += complete_sql_in(source)
    assert len(statements) >= 4
    for statement in statements:
        assert_answers(statement)


def test_the_views_of_the_dbt_models_exist_and_hold_rows():
    connection = open_read_only()
    for path in (EXAMPLES / "models").glob("*.sql"):
        assert connection.execute(f"SELECT COUNT(*) FROM {path.stem}").fetchone()[0] > 0
    connection.close()
