"""A small project with a database and eight commented queries, and the real command line in a process of its own."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

SCHEMA = """
CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT NOT NULL);
CREATE TABLE orders (
  order_id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (customer_id),
  status TEXT NOT NULL,
  total_cents INTEGER NOT NULL
);
INSERT INTO customers VALUES (1, 'Ada', 'Lyon'), (2, 'Ben', 'Graz'), (3, 'Cleo', 'Lyon'), (4, 'Dan', 'Bonn');
INSERT INTO orders VALUES
  (1, 1, 'paid', 1200), (2, 1, 'canceled', 800), (3, 2, 'paid', 400), (4, 3, 'paid', 900), (5, 3, 'open', 250),
  (6, 4, 'paid', 3100), (7, 4, 'canceled', 75), (8, 2, 'open', 640);
"""

QUERIES = """\
-- Revenue by city
SELECT c.city, SUM(o.total_cents) / 100.0 AS revenue
FROM orders o JOIN customers c ON c.customer_id = o.customer_id
WHERE o.status = 'paid' GROUP BY c.city;

-- Revenue by customer name
SELECT c.name, SUM(o.total_cents) / 100.0 AS revenue
FROM orders o JOIN customers c ON c.customer_id = o.customer_id
WHERE o.status = 'paid' GROUP BY c.name;

-- Total revenue
SELECT SUM(total_cents) / 100.0 AS revenue FROM orders WHERE status = 'paid';

-- Revenue of customers in Lyon
SELECT SUM(o.total_cents) / 100.0 AS revenue
FROM orders o JOIN customers c ON c.customer_id = o.customer_id
WHERE o.status = 'paid' AND c.city = 'Lyon';

-- How many orders were canceled?
SELECT COUNT(*) FROM orders WHERE status = 'canceled';

-- Number of customers by city
SELECT city, COUNT(*) FROM customers GROUP BY city;

-- Names of customers, alphabetically
SELECT name FROM customers ORDER BY name;

-- Orders by status
SELECT status, COUNT(*) AS orders FROM orders GROUP BY status;
"""


@frozen
class Ran:
    """What one command did."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.stdout)

    @property
    def sentence(self) -> str:
        """The one line that a user reads when a command could not do its job."""
        assert "Traceback" not in self.stderr
        said = [line for line in self.stderr.splitlines() if line.startswith("understudy: ")]
        assert said, self.stderr
        return said[-1]


Run = Callable[..., Ran]


@pytest.fixture
def schema() -> str:
    """What makes the project's tables with their rows, on any engine."""
    return SCHEMA


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that nothing was learned in."""
    folder = tmp_path / "shop"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "shop.db")) as connection:
        connection.executescript(SCHEMA)
    (folder / "queries.sql").write_text(QUERIES, encoding="utf-8")
    (folder / "understudy.toml").write_text('[data]\ndatabase = "shop.db"\n', encoding="utf-8")
    return folder


@pytest.fixture
def understudy(project: Path) -> Run:
    """Runs a command in the project, as a user would."""

    def run(*arguments: str, cwd: Path = project, **environment: str) -> Ran:
        process = subprocess.run(
            [sys.executable, "-m", "understudy_server", *arguments],
            cwd=cwd,
            env={**os.environ, **environment},
            capture_output=True,
            timeout=120,
        )
        encoding = environment.get("PYTHONIOENCODING", "utf-8")
        return Ran(process.returncode, process.stdout.decode(encoding), process.stderr.decode(encoding))

    return run
