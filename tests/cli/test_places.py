"""understudy context and complete at a place of a file, through the real process."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from understudy_server.cli.place import Place, PlaceType

if TYPE_CHECKING:
    from conftest import Run

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (r"C:\x.sql:3:1", Place(Path(r"C:\x.sql"), 3, 1)),
        ("a:b.sql:12:34", Place(Path("a:b.sql"), 12, 34)),
        ("dir/x y.py:1:1", Place(Path("dir/x y.py"), 1, 1)),
    ],
)
def test_colons_of_drives_and_names_stay_with_the_path(text: str, place: Place) -> None:
    assert PlaceType().convert(text, None, None) == place


@pytest.mark.parametrize("text", ["x.sql", "x.sql:1", "x.sql:1:", "x.sql:a:1", ":1:1"])
def test_what_is_no_place_is_one_sentence_with_an_example(understudy: "Run", text: str) -> None:
    ran = understudy("context", text)
    assert ran.status == 2
    assert "is not FILE:LINE:COL, for example" in ran.sentence


def test_columns_count_code_points(project: Path, understudy: "Run") -> None:
    (project / "x.sql").write_text("SELECT '𝒳é', na FROM customers;\n", encoding="utf-8")
    found = understudy("context", "x.sql:1:16", "--json").json
    assert found["prefix"] == "SELECT '𝒳é', na"
    assert found["relations"][0]["table"] == "customers"


def test_context_shows_question_clause_and_relations(understudy: "Run") -> None:
    ran = understudy("context", "queries.sql:4:10")
    assert ran.status == 0
    for words in (
        "Revenue by city (comment)",
        "where",
        "o (orders: order_id, customer_id, status, total_cents)",
        "c (customers: customer_id, name, city)",
    ):
        assert words in ran.stdout


def test_context_counts_the_columns_that_it_does_not_show(project: Path, understudy: "Run") -> None:
    columns = ", ".join(f"c{number} INT" for number in range(42))
    (project / "x.sql").write_text(f"CREATE TABLE wide ({columns});\nSELECT c1 FROM wide\n", encoding="utf-8")
    shown = " ".join(understudy("context", "x.sql:2:8").stdout.split())
    assert "wide (wide: c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, … 30 more)" in shown


def test_context_shows_the_names_that_a_query_gives_its_columns(project: Path, understudy: "Run") -> None:
    (project / "x.sql").write_text("SELECT name AS who FROM customers ORDER BY \n", encoding="utf-8")
    ran = understudy("context", "x.sql:1:44")
    assert re.search(r"given\W+who\b", ran.stdout)


def test_context_as_json_holds_what_is_known_at_the_place_and_no_object_of_the_program(
    understudy: "Run",
) -> None:
    ran = understudy("context", "queries.sql:4:10", "--json")
    assert "tables" not in ran.json
    assert "object at" not in ran.stdout


def test_the_documentation_shows_what_context_prints(understudy: "Run") -> None:
    sample = re.search(
        r"```text\n\$ understudy context (\S+)\n(.*?)```",
        (ROOT / "docs" / "context.md").read_text("utf-8"),
        re.DOTALL,
    )
    assert sample
    ran = understudy("context", sample[1], cwd=ROOT / "examples", PYTHONIOENCODING="utf-8")
    assert ran.stdout.splitlines() == sample[2].splitlines()


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("gone.sql:1:1", "gone.sql cannot be read"),
        ("queries.sql:99:1", "so there is no line 99"),
        ("queries.sql:1:99", "has columns 1 to 19"),
        ("queries.sql:0:1", "so there is no line 0"),
        ("shop.db:1:1", "neither a .sql nor a .py file"),
        ("queries.sql:1:5", "no place for SQL"),
        ("latin.sql:1:1", "is not UTF-8 text (byte 3)"),
    ],
)
def test_a_place_that_is_not_there_is_one_sentence(
    project: Path, understudy: "Run", place: str, says: str
) -> None:
    (project / "latin.sql").write_bytes(b"-- \xe9t\xe9\n")
    ran = understudy("complete", place)
    assert ran.status == 2
    assert says in ran.sentence
    assert ran.stdout == ""


def test_complete_says_which_lesson_helped_and_how_long_each_stage_took(
    project: Path, understudy: "Run"
) -> None:
    assert understudy("distill", "--json").json["admitted"] > 0
    known = next(
        case for case in understudy("knowledge", "list", "--json").json if case["status"] == "admitted"
    )
    (project / "new.sql").write_text(f"-- {known['question']}\n\n")
    answer = understudy("complete", "new.sql:2:1", "--json").json
    assert answer["text"].startswith("SELECT")
    (lesson,) = answer["lessons"]
    assert (lesson["id"], lesson["question"]) == (known["id"], known["question"])
    assert lesson["origin"] == f"queries.sql:{known['origin']['line']}"
    assert lesson["lift"] == known["lift"]["value"] > 0
    assert list(answer["milliseconds"]) == [
        "catalog",
        "context",
        "retrieval",
        "grammar",
        "student",
        "filters",
        "schema check",
    ]
    told = understudy("complete", "new.sql:2:1").stdout
    assert f"Lesson {lesson['id']}" in told
    assert "Milliseconds: catalog" in told


def test_complete_says_why_there_is_nothing_to_suggest(project: Path, understudy: "Run") -> None:
    (project / "new.sql").write_text("-- Share of customers by weekday\n\n\n\n")
    answer = understudy("complete", "new.sql:2:1", "--json").json
    assert answer["text"] is None
    assert "says nothing of" in answer["reason"]
    assert f"(no suggestion: {answer['reason']})" in understudy("complete", "new.sql:2:1").stdout
    (project / "empty.sql").write_text("\n")
    assert "neither SQL nor a question" in understudy("complete", "empty.sql:1:1").stdout


def test_complete_goes_on_without_lessons_when_the_knowledge_is_corrupt(
    project: Path, understudy: "Run"
) -> None:
    (project / ".understudy").mkdir()
    (project / ".understudy" / "knowledge.db").write_bytes(b"no knowledge\n" * 400)
    (project / "new.sql").write_text("-- How many customers are there?\n\n")
    ran = understudy("complete", "new.sql:2:1", "--json")
    assert ran.status == 0
    assert "customers" in ran.json["text"]
    assert ran.json["lessons"] == []
    assert "is not a knowledge store or is damaged" in ran.sentence


def test_complete_goes_on_with_ddl_when_the_database_is_gone(project: Path, understudy: "Run") -> None:
    (project / "shop.db").unlink()
    (project / "schema.sql").write_text("CREATE TABLE gadgets (gadget_id INTEGER PRIMARY KEY, name TEXT);\n")
    (project / "new.sql").write_text("-- How many gadgets are there?\n\n")
    ran = understudy("complete", "new.sql:2:1", "--json")
    assert ran.status == 0
    assert "gadgets" in ran.json["text"]
    assert "shop.db does not exist" in ran.sentence


def test_a_student_whose_server_is_away_is_one_sentence(project: Path, understudy: "Run") -> None:
    (project / "understudy.toml").write_text(
        '[data]\ndatabase = "shop.db"\n[student]\nbase_url = "http://127.0.0.1:9/v1"\n'
    )
    (project / "new.sql").write_text("-- How many customers are there?\n\n")
    ran = understudy("complete", "new.sql:2:1")
    assert ran.status == 2
    assert "http://127.0.0.1:9/v1" in ran.sentence


def notebook(project: Path, *cells: tuple[str, str]) -> None:
    stored = [{"cell_type": kind, "source": source, "metadata": {}} for kind, source in cells]
    (project / "n.ipynb").write_text(json.dumps({"cells": stored}), encoding="utf-8")


def test_a_place_in_a_notebook_is_cell_line_and_column(project: Path, understudy: "Run") -> None:
    notebook(
        project,
        ("markdown", "Who lives in Lyon?"),
        ("code", "%%sql postgresql://h/d\nSELECT na FROM customers"),
    )
    found = understudy("context", "n.ipynb:2:2:10", "--json").json
    assert found["region"] == "notebook-cell"
    assert found["prefix"] == "SELECT na"
    assert found["relations"][0]["table"] == "customers"
    assert found["question"] == {
        "text": "Who lives in Lyon?", "source": "markdown", "span": {"start": 0, "end": 18}, "document": "n.ipynb:1"
    }  # fmt: skip
    shown = understudy("context", "n.ipynb:2:2:10").stdout
    assert "Who lives in Lyon? (markdown) at n.ipynb:1:1:1" in shown
    assert understudy("complete", "n.ipynb:2:2:8").status == 0


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("n.ipynb:1:1", "is not NOTEBOOK.ipynb:CELL:LINE:COL, for example n.ipynb:2:1:1"),
        ("n.ipynb:3:1:1", "has 2 cells, so there is no cell 3"),
        ("n.ipynb:1:1:1", "cell 1 of n.ipynb is a Markdown or raw cell"),
        ("n.ipynb:2:9:1", "n.ipynb:2 has 1 lines, so there is no line 9"),
        ("broken.ipynb:1:1:1", "broken.ipynb is not a notebook: it has no JSON list of cells"),
    ],
)
def test_a_place_that_no_notebook_has_is_one_sentence(
    project: Path, understudy: "Run", place: str, says: str
) -> None:
    notebook(project, ("markdown", "a"), ("code", "x = 1"))
    (project / "broken.ipynb").write_text("{", encoding="utf-8")
    ran = understudy("context", place)
    assert ran.status == 2
    assert says in ran.sentence


def test_context_says_what_said_the_dialect(project: Path, understudy: "Run") -> None:
    (project / "understudy.toml").unlink()
    (project / "x.sql").write_text("-- dialect: duckdb\nSELECT 1\n", encoding="utf-8")
    assert "duckdb (marker)" in understudy("context", "x.sql:2:8").stdout


def test_context_in_python_code_shows_the_frames_and_their_columns(project: Path, understudy: "Run") -> None:
    code = 'import pandas as pd\n# Who is left?\ndf = pd.read_sql("SELECT name FROM customers", c)\ndf["x"] = 1\ndf\n'
    (project / "a.py").write_text(code, encoding="utf-8")
    ran = understudy("context", "a.py:5:3")
    assert ran.status == 0
    assert "df (frame: name, x)" in ran.stdout
    found = understudy("context", "a.py:5:3", "--json").json
    assert found["region"] == "python-code"
    assert found["relations"] == [{"name": "df", "table": None, "columns": ["name", "x"], "kind": "frame"}]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"SELECT 'caf\xe9'", "is not UTF-8 text (byte 11)"),
        (b"\x00\xff\xfe\x89PNG" * 99, "is not UTF-8 text (byte 1)"),
        (b"SELECT " + b"a, " * 350_000, "the statement at the cursor is longer than 64 KB"),
        (b"x\n" * 9_000_000, "is larger than 16 MB"),
    ],
    ids=["latin-1", "binary", "long statement", "large"],
)
def test_a_file_that_is_left_alone_is_one_sentence_that_says_why(
    project: Path, understudy: "Run", text: bytes, sentence: str
) -> None:
    (project / "bad.sql").write_bytes(text)
    ran = understudy("context", "bad.sql:1:3")
    assert ran.status == 2
    assert sentence in ran.sentence
