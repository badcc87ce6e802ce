"""Steps from SQL, as pandas and as SQL again, answer as the query does: empty values, order, groups and joins included."""

import ast
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from understudy_knowledge.catalog.sqlite import read_sqlite
from understudy_server.actions.data_frames.from_pandas import from_pandas
from understudy_server.actions.data_frames.from_sql import from_sql
from understudy_server.actions.data_frames.to_pandas import to_pandas
from understudy_server.actions.data_frames.to_sql import to_sql

pandas = pytest.importorskip("pandas")

SCHEMA = """
CREATE TABLE c (Id INTEGER PRIMARY KEY, name TEXT, city TEXT, age INTEGER);
CREATE TABLE o (id INTEGER PRIMARY KEY, c_id INTEGER, total REAL, note TEXT);
INSERT INTO c VALUES (1, 'Ada', 'Lyon', 30), (2, 'Ben', NULL, NULL), (3, 'a_a%', 'graz', 30), (4, NULL, 'GRAZ', 7);
INSERT INTO o VALUES (1, 1, 2.5, 'x'), (2, 1, NULL, NULL), (3, NULL, 4, 'X'), (4, 9, 5, 'é'), (5, 3, NULL, 'É');
"""
QUERIES = """
SELECT * FROM c
SELECT NAME, city AS Town FROM c WHERE age != 30
SELECT name FROM c WHERE NOT (age = 30 OR city = 'Lyon')
SELECT name FROM c WHERE NOT (age > 7 AND city IN ('Lyon', 'graz'))
SELECT name FROM c WHERE city NOT IN ('Lyon') AND name IS NOT NULL
SELECT name FROM c WHERE 8 > age
SELECT name FROM c WHERE age NOT BETWEEN 10 AND 40 OR city IS NULL
SELECT city FROM c WHERE city LIKE 'GR%'
SELECT name FROM c WHERE name LIKE '%A%' AND name NOT LIKE '_'
SELECT note FROM o WHERE note LIKE 'é'
SELECT note FROM o WHERE note LIKE 'X' OR total >= -1
SELECT DISTINCT age FROM c
SELECT name, age FROM c ORDER BY age, Id
SELECT name FROM c ORDER BY age DESC, Id DESC LIMIT 2
SELECT COUNT(*), count(age), COUNT(DISTINCT city), SUM(age) AS s, AVG(age), MIN(age), MAX(Id) FROM c
SELECT SUM(total), AVG(total), MIN(total) FROM o WHERE id > 99
SELECT c_id, SUM(total), COUNT(*) AS n, COUNT(note), MAX(total) FROM o GROUP BY c_id
SELECT c_id FROM o GROUP BY c_id HAVING COUNT(*) > 1
SELECT age, COUNT(*) FROM c GROUP BY age ORDER BY COUNT(*) DESC, age DESC LIMIT 1
SELECT c.name, o.total FROM c JOIN o ON c.Id = o.c_id
SELECT c.name, o.note FROM c LEFT JOIN o ON o.c_id = c.Id WHERE o.total IS NULL
SELECT a.name, COUNT(o.id) FROM c AS a LEFT JOIN o ON a.Id = o.c_id GROUP BY a.name
""".strip().splitlines()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("both") / "both.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCHEMA)
    return path


@pytest.mark.parametrize("sql", QUERIES)
def test_both_answer_as_the_query_does(sql: str, database: Path) -> None:
    steps = from_sql(sql, read_sqlite(database), "sqlite")
    code = "".join(to_pandas(steps))
    read = from_pandas(ast.parse(code, mode="eval").body)
    assert "".join(to_pandas(read)) == code
    with closing(sqlite3.connect(database)) as connection:
        frames = {name: pandas.read_sql(f"SELECT * FROM {name}", connection) for name in ("c", "o")}
        gold, back = (pandas.read_sql(each, connection) for each in (sql, to_sql(read)))
    made = eval(code, {"pd": pandas}, frames)
    assert list(made.columns) == list(gold.columns) == list(back.columns)
    assert rows(made, steps.order) == rows(gold, steps.order) == rows(back, steps.order)


def rows(frame: Any, ordered: Any) -> list[tuple[Any, ...]]:
    plain = frame.astype(object).where(frame.notna(), None).values.tolist()
    listed = [tuple(each) for each in plain]
    return listed if ordered else sorted(listed, key=lambda row: [(cell is None, str(cell)) for cell in row])
