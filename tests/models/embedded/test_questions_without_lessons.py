"""What the schema alone answers: who has none of something, who has more than so many, and by what name they go."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.catalog.sqlite import read_sqlite
from understudy_knowledge.models.embedded import EmbeddedStudent
from understudy_knowledge.models.roles import StudentRequest

GYM = """
CREATE TABLE trainers (trainer_id INTEGER PRIMARY KEY, full_name TEXT, hired_on DATE);
CREATE TABLE classes (class_id INTEGER PRIMARY KEY, trainer_id INTEGER REFERENCES trainers (trainer_id), title TEXT);
INSERT INTO trainers VALUES (1, 'Ada', '2020-01-01'), (2, 'Bo', '2020-06-01'), (3, 'Cy', '2021-02-01');
INSERT INTO classes (trainer_id, title) VALUES (1, 'Rowing'), (1, 'Spin'), (1, 'Dance'), (2, 'Boxing');
"""


@pytest.fixture
def gym(tmp_path: Path) -> Iterator[tuple[Catalog, sqlite3.Connection]]:
    path = tmp_path / "gym.db"
    connection = sqlite3.connect(path)
    connection.executescript(GYM)
    yield read_sqlite(path), connection
    connection.close()


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("Which trainers teach more than 2 classes?", [("Ada",)]),
        ("Which trainers have no classes?", [("Cy",)]),
        ("Trainers without a class", [("Cy",)]),
        ("How many trainers have no classes?", [(1,)]),
        ("How many trainers have never had a class?", [(1,)]),
        ("Trainers hired in 2021", [("Cy",)]),
        ("Number of classes per trainer", [("Ada", 3), ("Bo", 1)]),
        ("Number of classes per trainer id", [(1, 3), (2, 1)]),
    ],
)
async def test_a_question_that_the_schema_answers_is_answered(
    gym: tuple[Catalog, sqlite3.Connection], question: str, rows: list[tuple[object, ...]]
) -> None:
    catalog, connection = gym
    written = (await EmbeddedStudent().complete(StudentRequest(question, catalog))).text
    assert connection.execute(written).fetchall() == rows, written


async def test_none_of_a_table_that_no_key_leads_to_is_not_made_up(tmp_path: Path) -> None:
    path = tmp_path / "apart.db"
    with sqlite3.connect(path) as connection:
        connection.executescript("CREATE TABLE planets (name TEXT); CREATE TABLE invoices (total INTEGER);")
    connection.close()
    question = StudentRequest("planets without invoices", read_sqlite(path))
    assert (await EmbeddedStudent().complete(question)).text == ""
