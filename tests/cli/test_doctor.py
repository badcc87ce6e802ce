"""The doctor of a project without a database: which schema it has from where, which dialect, and what its notebooks gave."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Run
else:
    Run = Any

POSTGRES = """CREATE TYPE status AS ENUM ('new', 'paid');
CREATE TABLE customers (id bigserial PRIMARY KEY, joined timestamptz);
CREATE TABLE orders (id bigserial PRIMARY KEY, meta jsonb, status status);
"""


@pytest.fixture
def bare(project: Path) -> Path:
    """The project with nothing in it."""
    shutil.rmtree(project)
    project.mkdir()
    return project


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text, encoding="utf-8")


def notebook(*cells: tuple[str, str]) -> str:
    listed = [{"cell_type": kind, "source": source, "metadata": {}} for kind, source in cells]
    return json.dumps({"cells": listed, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def messages(understudy: Run) -> dict[str, str]:
    return {each["name"]: each["message"] for each in understudy("doctor", "--json").json["findings"]}


def test_the_doctor_says_where_the_schema_is_from_and_what_says_the_dialect(
    bare: Path, understudy: Run
) -> None:
    write(bare, "db/schema.sql", POSTGRES)
    for number in (1, 2, 3):
        write(bare, f"etl/migrations/{number}.sql", f"CREATE TABLE step{number} (id bigserial);")
    found = messages(understudy)
    assert found["schema"] == "5 tables and views from etl/migrations/ (3 files), db/schema.sql"
    assert found["dialect"].startswith("postgres (schema)")


def test_the_doctor_says_nothing_but_its_report(bare: Path, understudy: Run) -> None:
    write(bare, "schema.sql", POSTGRES)
    assert understudy("doctor").stderr == ""


def test_without_a_schema_the_doctor_says_how_to_get_one(bare: Path, understudy: Run) -> None:
    findings = {each["name"]: each for each in understudy("doctor", "--json").json["findings"]}
    assert findings["schema"]["state"] == "note"
    assert "CREATE TABLE" in findings["schema"]["fix"]
    assert findings["dialect"]["message"].startswith("sqlite (default)")


def test_a_configured_database_is_the_schema_and_the_dialect(project: Path, understudy: Run) -> None:
    found = messages(understudy)
    assert found["schema"] == "2 tables and views from shop.db"
    assert found["dialect"] == "sqlite (connection)"


def test_a_dialect_that_is_not_the_databases_is_pointed_out(project: Path, understudy: Run) -> None:
    (project / "understudy.toml").write_text(
        'dialect = "postgres"\n[data]\ndatabase = "shop.db"\n', encoding="utf-8"
    )
    (found,) = (each for each in understudy("doctor", "--json").json["findings"] if each["name"] == "dialect")
    assert found["state"] == "note"
    assert "while the database is sqlite" in found["message"]


def test_a_statement_of_a_notebook_is_judged_in_its_dialect_and_named_by_its_cell(
    bare: Path, understudy: Run
) -> None:
    cells = (
        ("markdown", "# Sales"),
        ("code", "import duckdb"),
        ("code", "# Dozens of each sale\nduckdb.sql('select amount // 12 as dozens from sales')"),
        ("code", "# What is broken here\nduckdb.sql('select from where')"),
    )
    write(bare, "a.ipynb", notebook(*cells))
    assert messages(understudy)["examples"] == "1 found; 1 skipped (syntax errors: a.ipynb, cell 4)"


def embedding(understudy: Run) -> dict[str, str]:
    findings = understudy("doctor", "--json").json["findings"]
    return next(each for each in findings if each["name"] == "embedding")


def test_without_a_setting_questions_are_embedded_without_a_model(bare: Path, understudy: Run) -> None:
    assert embedding(understudy)["state"] == "ok"
    assert "needs no model" in embedding(understudy)["message"]


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ('embedding = "folder"\nfolder = "absent"', "holds none of model.onnx"),
        ('embedding = "server"\nbase_url = "http://127.0.0.1:1/v1"', "No model server listens"),
    ],
)
def test_an_embedding_model_that_does_not_answer_is_broken_and_retrieval_goes_on(
    bare: Path, understudy: Run, setting: str, words: str
) -> None:
    write(bare, "understudy.toml", f"[retrieval]\n{setting}\n")
    found = embedding(understudy)
    assert found["state"] == "broken"
    assert words in found["message"]
    assert "hashed terms" in found["fix"]
