"""bench teach on a small dataset of its own: arms, figures, what is refused, and a run that goes on where it stopped."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from understudy_server.cli.bench import bench

SHOP = """
CREATE TABLE sales (id INTEGER PRIMARY KEY, region TEXT, product TEXT, amount INTEGER, canceled INTEGER);
INSERT INTO sales (region, product, amount, canceled) VALUES
  ('North', 'tea', 10, 0), ('North', 'coffee', 25, 1), ('South', 'tea', 5, 0), ('South', 'coffee', 40, 0),
  ('West', 'tea', 8, 1), ('West', 'cocoa', 3, 0);
CREATE TABLE scores (player TEXT, points TEXT);
INSERT INTO scores VALUES ('Ann', '4'), ('Bob', '6'), ('Cy', '8');
CREATE TABLE laps (runner TEXT, minutes TEXT);
INSERT INTO laps VALUES ('Dee', '10'), ('Eve', '20');
CREATE TABLE books (reader TEXT, pages TEXT);
INSERT INTO books VALUES ('Flo', '7'), ('Gus', '9'), ('Hal', '5');
"""
REVENUE = "SELECT SUM(amount) FROM sales WHERE canceled = 0"


def _sql(name: str, split: str, question: str, gold: str) -> dict[str, Any]:
    return {
        "id": name, "source": "shop", "task": "sql", "database": "db/shop.sqlite", "dialect": "sqlite", "question": question,
        "gold_sql": gold, "split": split,
    }  # fmt: skip


def _math(name: str, split: str, table: str, question: str, gold: str) -> dict[str, Any]:
    return {
        "id": name, "source": "sums", "task": "table-math", "database": "db/shop.sqlite", "dialect": "python", "table": table,
        "question": question, "gold_code": gold, "split": split,
    }  # fmt: skip


ITEMS = (
    _sql("a", "train", "net revenue in the North", f"{REVENUE} AND region = 'North'"),
    _sql("b", "train", "net revenue by product", "SELECT product, SUM(amount) FROM sales WHERE canceled = 0 GROUP BY product"),
    _sql("c", "train", "net revenue of tea", f"{REVENUE} AND product = 'tea'"),
    _sql("d", "test", "net revenue in the West", f"{REVENUE} AND region = 'West'"),
    _sql("e", "test", "how many sales are there", "SELECT COUNT(*) FROM sales"),
    _sql("f", "test", "a gold that fails", "SELECT nothing FROM nowhere"),
    _math("m1", "train", "scores", "A team kept scores. What is the mean of the numbers?", "s1 = 4 + 6 + 8\ns2 = s1 / 3\nanswer = s2"),
    _math("m2", "train", "laps", "A club timed its laps. What is the mean of the numbers?", "s1 = 10 + 20\ns2 = s1 / 2\nanswer = s2"),
    _math("m3", "test", "books", "Readers counted pages. What is the mean of the numbers?", "s1 = 7 + 9 + 5\ns2 = s1 / 3\nanswer = s2"),
)  # fmt: skip


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "db").mkdir(parents=True)
    with sqlite3.connect(folder / "db" / "shop.sqlite") as connection:
        connection.executescript(SHOP)
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, ITEMS)), encoding="utf-8")
    return folder


def _run(bundle: Path, name: str, *options: str) -> tuple[dict[str, Any], str]:
    file = bundle.parent / f"{name}.json"
    arguments = [
        "teach",
        "--data",
        str(bundle),
        "--runs",
        str(bundle.parent / "runs"),
        "--json",
        str(file),
        *options,
    ]
    result = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    figures: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return figures, result.output


def _without_seconds(figures: dict[str, Any]) -> str:
    for arm in figures["arms"].values():
        arm.pop("seconds")
    return json.dumps(figures)


def test_lessons_help_the_student_with_what_it_was_not_taught(bundle: Path) -> None:
    figures, shown = _run(bundle, "first")
    zero, rai = figures["arms"]["zero"], figures["arms"]["rai"]
    assert (zero["n"], rai["n"]) == (3, 3)
    assert rai["passed"] > zero["passed"]
    assert figures["paired"]["rai"]["lost"] == 0
    assert figures["arms"]["rai"]["by_source"]["sums"] == {"n": 1, "passed": 1}
    assert "rai" in shown


def test_a_gold_that_fails_is_refused_with_its_line_and_counted(bundle: Path) -> None:
    figures, shown = _run(bundle, "first", "--arms", "zero")
    (refused,) = figures["refused"]
    assert refused.startswith("shop/items.jsonl:6: f is skipped: its own query fails")
    assert "items.jsonl:6" in shown


def test_the_same_seed_gives_the_same_figures(bundle: Path, tmp_path: Path) -> None:
    first, _ = _run(bundle, "first", "--arms", "zero,rai,shuffled,random-k")
    again, _ = _run(
        bundle, "again", "--arms", "zero,rai,shuffled,random-k", "--runs", str(tmp_path / "other")
    )
    assert _without_seconds(first) == _without_seconds(again)


def test_a_run_goes_on_where_it_was_cut_off(bundle: Path) -> None:
    whole, _ = _run(bundle, "whole", "--arms", "zero,rai")
    (log,) = (bundle.parent / "runs").glob("teach-*.jsonl")
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-3]) + lines[-3][:20])
    resumed, _ = _run(bundle, "resumed", "--arms", "zero,rai")
    assert _without_seconds(whole) == _without_seconds(resumed)
    assert len(log.read_bytes().splitlines()) == len(lines)


def test_every_arm_runs(bundle: Path) -> None:
    from understudy_server.bench.teach.settings import ARMS

    figures, _ = _run(bundle, "all", "--arms", ",".join(ARMS))
    assert tuple(figures["arms"]) == ARMS


def test_an_unknown_arm_is_refused_by_name(bundle: Path) -> None:
    result = CliRunner().invoke(bench, ["teach", "--data", str(bundle), "--arms", "zero,magic"])
    assert result.exit_code == 2
    assert "'magic' is no arm" in result.output
