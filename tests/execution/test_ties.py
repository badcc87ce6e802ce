"""Rows that tie may stand in any order, and a LIMIT may keep any of them."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from understudy_knowledge.execution import Executor, Judge
from understudy_knowledge.memory.records import DataSource


@pytest.fixture
def scores(tmp_path: Path) -> DataSource:
    with closing(sqlite3.connect(tmp_path / "scores.db")) as connection:
        connection.executescript(
            "CREATE TABLE s (name TEXT, points INT, team TEXT);"
            "INSERT INTO s VALUES ('a', 9, 'x'), ('b', 7, 'x'), ('c', 7, 'y'), ('d', 7, 'y'), ('e', 1, 'z'), ('f', NULL, 'z');"
        )
    return DataSource(tmp_path / "scores.db")


@pytest.mark.parametrize(
    ("gold", "answer", "right"),
    [
        ("SELECT name FROM s ORDER BY points DESC LIMIT 2", "SELECT 'a' UNION ALL SELECT 'd'", True),
        ("SELECT name FROM s ORDER BY points DESC LIMIT 2", "SELECT 'd' UNION ALL SELECT 'a'", False),
        ("SELECT name FROM s ORDER BY points DESC LIMIT 2", "SELECT 'a' UNION ALL SELECT 'e'", False),
        ("SELECT name FROM s ORDER BY points DESC LIMIT 3", "VALUES ('a'), ('d'), ('d')", False),
        ("SELECT name FROM s ORDER BY points DESC LIMIT 3", "VALUES ('a'), ('d'), ('b')", True),
        ("SELECT name FROM s ORDER BY points DESC LIMIT 2 OFFSET 1", "VALUES ('d'), ('c')", True),
        ("SELECT name FROM s ORDER BY points DESC LIMIT 2 OFFSET 2", "VALUES ('b'), ('c')", True),
        ("SELECT name FROM s ORDER BY points DESC LIMIT 2 OFFSET 2", "VALUES ('b'), ('e')", False),
        ("SELECT name FROM s ORDER BY points DESC", "SELECT name FROM s ORDER BY points DESC, name DESC", True),
        ("SELECT name FROM s ORDER BY points DESC", "SELECT name FROM s ORDER BY name DESC", False),
        ("SELECT team FROM s GROUP BY team ORDER BY count(*) DESC LIMIT 1", "SELECT 'y'", True),
        ("SELECT team FROM s GROUP BY team ORDER BY count(*) DESC LIMIT 1", "SELECT 'nope'", False),
        ("SELECT name, points FROM s ORDER BY points DESC LIMIT 2", "SELECT name, points FROM s WHERE name IN ('a', 'd') ORDER BY 2 DESC", True),
        ("SELECT * FROM s ORDER BY points DESC LIMIT 2", "SELECT * FROM s WHERE name IN ('a', 'c') ORDER BY points DESC", True),
        ("SELECT DISTINCT team FROM s ORDER BY team LIMIT 1", "SELECT 'y'", False),
        ("SELECT name FROM s WHERE points = 7 LIMIT 1", "SELECT 'd'", False),
    ],
)  # fmt: skip
async def test_a_cut_among_ties_counts_as_right(
    executor: Executor, scores: DataSource, gold: str, answer: str, right: bool
) -> None:
    _, verdict = await Judge(executor, gold, scores).verdict(answer)
    assert verdict.passed is right, verdict


async def test_every_verdict_has_a_label(executor: Executor, scores: DataSource) -> None:
    bench = Judge(executor, "SELECT name, points FROM s", scores)
    labels = {
        "SELECT name, points FROM s": "ok",
        "SELECT name FROM s": "wrong-answer/columns",
        "SELECT name, points FROM s WHERE points > 1": "wrong-answer/missing-rows",
        "SELECT name, points FROM s UNION ALL SELECT 'a', 9": "wrong-answer/extra-rows",
        "SELECT points, name FROM s": "wrong-answer/column-order",
        "SELECT name, CAST(points AS TEXT) FROM s": "wrong-answer/types",
        "SELECT name, points * 1.001 FROM s": "wrong-answer/near-numbers",
        "SELECT name, points + 50 FROM s": "wrong-answer/values",
        "SELECT team, points FROM s": "wrong-answer/values",
        "SELECT name, 1 FROM nope": "unknown-name",
        "SELECT name points, FROM s": "syntax",
        "DELETE FROM s": "refused",
    }
    for sql, label in labels.items():
        assert (await bench.verdict(sql))[1].label == label, sql
    _, verdict = await Judge(executor, "SELECT nope FROM s", scores).verdict("SELECT 1")
    assert verdict.label == "gold-suspect"
