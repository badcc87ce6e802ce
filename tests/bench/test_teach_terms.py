"""On whose terms bench teach runs: a project's own are those of its settings, and what goes over them is said."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from click.testing import CliRunner

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.embedded import EmbeddedStudent, EmbeddedTeacher
from understudy_knowledge.models.roles import TeacherAnswer, TeacherRequest
from understudy_knowledge.teaching.endurance import NoAnswerError
from understudy_knowledge.teaching.price import Price
from understudy_server.bench.teach.estimate import caution
from understudy_server.bench.teach.running import TeachRun
from understudy_server.bench.teach.settings import TeachSettings
from understudy_server.bench.teach.terms import Wish, on_terms
from understudy_server.cli.bench import bench
from understudy_server.config import load_settings

SETTINGS = """
dialect = "sqlite"
[data]
database = "shop.db"
[completion]
lessons = 2
[distill]
turns = 2
siblings = 3
[execution]
seconds = 7.0
neighbors = 1
[retrieval]
embedding = "server"
base_url = "http://127.0.0.1:1/v1"
"""
QUERIES = """
-- revenue in the North
SELECT SUM(amount) FROM sales WHERE canceled = 0 AND region = 'North';
-- revenue of each product
SELECT product, SUM(amount) FROM sales WHERE canceled = 0 GROUP BY product;
-- the largest sale of tea
SELECT MAX(amount) FROM sales WHERE canceled = 0 AND product = 'tea';
-- how many sales there are
SELECT COUNT(*) FROM sales;
-- which regions bought cocoa
SELECT DISTINCT region FROM sales WHERE product = 'cocoa' AND canceled = 0;
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "understudy.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "queries.sql").write_text(QUERIES, encoding="utf-8")
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(
            "CREATE TABLE sales (id INTEGER PRIMARY KEY, region TEXT, product TEXT, amount INTEGER, canceled INTEGER);"
            "INSERT INTO sales (region, product, amount, canceled) VALUES ('North', 'tea', 10, 0), ('North', 'cocoa', 25, 1),"
            " ('South', 'tea', 5, 0), ('South', 'cocoa', 40, 0), ('West', 'tea', 8, 1), ('West', 'cocoa', 3, 0);"
        )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("UNDERSTUDY_DATA", raising=False)
    return tmp_path


def test_a_projects_own_examples_are_tried_on_the_terms_of_its_settings(project: Path) -> None:
    settings = TeachSettings(project, project)
    found = on_terms(settings, Wish(lessons=3, turns=2), load_settings(project))
    assert (found.lessons, found.turns, found.siblings, found.neighbors) == (3, 2, 3, 1)
    assert found.limits.seconds == 7.0
    assert found.retrieval.embedding == "server"
    assert found.overridden == ("-k",)


def test_a_dataset_is_tried_on_the_same_terms_wherever_it_lies(project: Path) -> None:
    (project / "items.jsonl").write_text("", encoding="utf-8")
    settings = TeachSettings(project, project)
    assert on_terms(settings, Wish(), load_settings(project)) == settings
    assert (settings.lessons, settings.turns, settings.siblings, settings.neighbors) == (8, 4, 8, 0)
    assert on_terms(settings, Wish(neighbors=2), load_settings(project)).overridden == ("--neighbors",)


def test_the_figures_and_the_report_say_the_terms_and_what_goes_over_them(project: Path) -> None:
    (project / "understudy.toml").write_text(SETTINGS.partition("[retrieval]")[0], encoding="utf-8")
    arguments = [
        "teach",
        "--arms",
        "zero,rai",
        "-k",
        "3",
        "--jobs",
        "1",
        "--json",
        "f.json",
        "--report",
        "f.html",
    ]
    result = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    figures = json.loads((project / "f.json").read_text(encoding="utf-8"))
    said = figures["settings"]
    assert (said["lessons"], said["turns"], said["neighbors"], said["execution_seconds"]) == (3, 2, 1, 7.0)
    assert said["overridden"] == ["-k"]
    assert "overridden" in (project / "f.html").read_text(encoding="utf-8")
    assert "cannot be told from chance" in figures["caution"] or "no gain whatever" in figures["caution"]
    assert figures["caution"] in result.output.replace("\n", " ")


def test_few_tested_items_are_said_to_tell_little() -> None:
    assert caution(30) == ""
    assert "fewer than 30 points" in caution(20)
    assert "no gain whatever" in caution(5)


class Clueless(EmbeddedTeacher):
    """A cheap teacher that has no plan for anything."""

    async def plan(self, request: TeacherRequest) -> TeacherAnswer:
        raise NoAnswerError(BackendError("no idea"), slow=False)


def _run(project: Path, *teachers: EmbeddedTeacher, **more: Any) -> TeachRun:
    settings = TeachSettings(project, project, arms=("zero",), in_flight=1, **more)
    priced = [(teacher, Price()) for teacher in teachers]
    return TeachRun(
        settings, EmbeddedStudent(), priced, project / "runs", estimated=frozenset({"student", "teacher"})
    )


async def test_where_one_teacher_fails_the_next_is_asked(project: Path) -> None:
    alone = await _run(project, Clueless()).run()
    both = await _run(project, Clueless(), EmbeddedTeacher()).run()
    assert alone["learned"]["teacher_calls"] == 0
    assert both["learned"]["teacher_calls"] > 0
    assert sum(both["learned"]["cases"].values()) > 0


async def test_what_a_run_can_take_is_said_before_any_gold_query_runs(project: Path) -> None:
    order: list[str] = []
    run = _run(project, EmbeddedTeacher())
    run.tell = lambda sentence: order.append("At most" if "At most" in sentence else "told")
    run.say = lambda stage, done, total: order.append(stage)
    await run.run()
    assert order.index("At most") < order.index("check")


async def test_nothing_that_is_taken_exceeds_what_was_said(project: Path) -> None:
    figures = await _run(project, EmbeddedTeacher()).run()
    most, taken = figures["timing"]["bounds"], figures["timing"]["taken"]
    assert taken["attempts"] <= most["attempts"]
    assert taken["teacher_calls"] <= most["teacher_calls"]


def test_further_teachers_of_the_settings_are_asked_too(project: Path) -> None:
    from understudy_server.bench.teach.command import served_roles

    role = load_settings(project).teacher
    configured = evolve(
        load_settings(project), teachers=(evolve(role, base_url="http://127.0.0.1:1/v1", model="large"),)
    )
    assert list(served_roles(configured)) == ["student", "teacher", "teacher-2"]
