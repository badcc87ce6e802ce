"""The options of bench teach that say what is taught and tested, each on a tiny dataset, and published layouts from end to end."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from understudy_server.cli import main

TEAS = (
    "CREATE TABLE teas (id INTEGER PRIMARY KEY, name TEXT, kind TEXT, price INTEGER);"
    "INSERT INTO teas (name, kind, price) VALUES ('Assam', 'black', 4), ('Sencha', 'green', 7), ('Ceylon', 'black', 9);"
)
DEAR = "SELECT COUNT(*) FROM teas WHERE price > {}"
ASKED = (
    ("train", "shop", "how many teas are dearer than 3", DEAR.format(3)),
    ("train", "shop", "names of black teas", "SELECT name FROM teas WHERE kind = 'black'"),
    ("train", "shop", "the dearest price", "SELECT MAX(price) FROM teas"),
    ("train", "hall", "the mean price", "SELECT AVG(price) FROM teas"),
    ("train", "hall", "names of green teas", "SELECT name FROM teas WHERE kind = 'green'"),
    ("test", "shop", "how many teas are dearer than 8", DEAR.format(8)),
    ("test", "hall", "how many teas are there", "SELECT COUNT(*) FROM teas"),
)


def _database(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as connection:
        connection.executescript(TEAS)


def _bundle(folder: Path, name: str = "t") -> Path:
    for database in ("shop", "hall"):
        _database(folder / "db" / f"{database}.sqlite")
    items = [
        {"id": f"{name}{number}", "source": "teas", "task": "sql", "database": f"db/{database}.sqlite", "dialect": "sqlite",
         "question": question, "gold_sql": gold, "split": split}
        for number, (split, database, question, gold) in enumerate(ASKED)
    ]  # fmt: skip
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, items)), encoding="utf-8")
    return folder


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return _bundle(tmp_path / "teas")


def _invoke(data: Path, *options: str) -> Result:
    arguments = [
        "bench",
        "teach",
        "--data",
        str(data),
        "--runs",
        str(data.parent / "runs"),
        "--jobs",
        "1",
        "--turns",
        "1",
    ]
    return CliRunner().invoke(
        main, [*arguments, "--json", str(data.parent / "f.json"), *options], catch_exceptions=False
    )


def _run(data: Path, *options: str) -> dict[str, Any]:
    result = _invoke(data, *options)
    assert result.exit_code == 0, result.output
    figures: dict[str, Any] = json.loads((data.parent / "f.json").read_text(encoding="utf-8"))
    return figures


def test_a_split_by_family_leaves_none_on_both_sides(bundle: Path) -> None:
    assert _run(bundle, "--arms", "zero")["sides"]["crossing"] == 1
    drawn = _run(bundle, "--arms", "zero", "--split", "family")
    assert drawn["sides"]["crossing"] == 0
    assert drawn["settings"]["split"] == "family"


def test_a_split_by_database_tests_on_databases_that_were_not_taught(bundle: Path) -> None:
    lines = [json.loads(line) for line in (bundle / "items.jsonl").read_text(encoding="utf-8").splitlines()]
    _database(bundle / "db" / "third.sqlite")
    more = [{**line, "id": f"x{n}", "database": "db/third.sqlite"} for n, line in enumerate(lines[:3])]
    (bundle / "items.jsonl").write_text("\n".join(map(json.dumps, [*lines, *more])), encoding="utf-8")
    figures = _run(bundle, "--arms", "zero,cot", "--split", "database")
    assert figures["paired"]["cot"]["unseen_databases"]["n"] == figures["sides"]["tested"] > 0


def test_what_is_taught_may_be_another_dataset_and_shares_no_item_with_what_is_tested(
    bundle: Path, tmp_path: Path
) -> None:
    other = _bundle(tmp_path / "memory", "m")
    first = (bundle / "items.jsonl").read_text(encoding="utf-8").splitlines()
    # One that is tested has the id of one that is taught.
    doubled = json.dumps({**json.loads(first[0]), "id": "m0", "split": "test"})
    (bundle / "items.jsonl").write_text("\n".join([*first, doubled]), encoding="utf-8")
    figures = _run(bundle, "--arms", "zero", "--memory", str(other))
    assert (figures["settings"]["taught"], figures["settings"]["tested"]) == ("memory", "teas")
    assert figures["sides"] == {"taught": 7, "tested": 2, "crossing": figures["sides"]["crossing"]}
    assert figures["refused_by_rule"] == {"duplicate-id": 1}


def test_a_rehearsal_tests_on_what_is_taught_and_never_gives_an_items_own_lesson(bundle: Path) -> None:
    figures = _run(bundle, "--arms", "zero,demonstration", "--rehearse")
    assert figures["settings"]["rehearsal"] is True
    assert figures["sides"]["tested"] == figures["sides"]["taught"] == 5
    (log,) = (bundle.parent / "runs").glob("teach-*.jsonl")
    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    tried = [entry for entry in entries if entry["kind"] == "arm demonstration"]
    assert len(tried) == 5
    assert all(f"gold-{entry['key']}" not in entry["value"]["attempt"]["lesson_ids"] for entry in tried)


def test_perturbed_copies_of_the_data_tell_what_is_right_by_chance(bundle: Path) -> None:
    lines = [json.loads(line) for line in (bundle / "items.jsonl").read_text(encoding="utf-8").splitlines()]
    # Three teas are there, and three is what this gold says as well: a count of all of them is right by chance.
    lines[-1]["gold_sql"] = "SELECT COUNT(*) FROM teas WHERE price > 3"
    (bundle / "items.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    lax = _run(bundle, "--arms", "zero")
    strict = _run(bundle, "--arms", "zero", "--neighbors", "3")
    assert strict["settings"]["overridden"] == ["--turns", "--neighbors"]
    assert strict["arms"]["zero"]["passed"] == lax["arms"]["zero"]["passed"] - 1


def test_bird_runs_from_end_to_end_with_its_evidence_and_without(tmp_path: Path) -> None:
    folder = tmp_path / "bird"
    _database(folder / "dev_databases" / "shop" / "shop.sqlite")
    rows = [
        {"question_id": number, "db_id": "shop", "question": question, "evidence": "dear means price > 5", "SQL": gold,
         "difficulty": "simple"}
        for number, (_, _, question, gold) in enumerate(ASKED)
    ]  # fmt: skip
    (folder / "dev.json").write_text(json.dumps(rows), encoding="utf-8")
    told = _run(folder, "--arms", "zero,rai")
    assert told["arms"]["rai"]["n"] == told["sides"]["tested"] > 0
    assert told["sides"]["crossing"] == 0
    untold = _run(folder, "--arms", "zero,rai", "--no-evidence")
    assert untold["settings"]["evidence"] is False
    assert untold["arms"]["zero"]["student_tokens"] < told["arms"]["zero"]["student_tokens"]


def test_a_dataset_that_teaches_nothing_is_run_where_nothing_needs_to_be_taught(tmp_path: Path) -> None:
    folder = tmp_path / "wtq"
    (folder / "csv" / "200-csv").mkdir(parents=True)
    (folder / "csv" / "200-csv" / "1.csv").write_text(
        '"Year","Winner"\n"2001","Ann"\n"2002","Bo"\n', encoding="utf-8"
    )
    (folder / "data").mkdir()
    lines = ("id\tutterance\tcontext\ttargetValue", "nt-0\thow many years are there?\tcsv/200-csv/1.csv\t2")
    (folder / "data" / "training.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    figures = _run(folder, "--arms", "zero,cot", "--report", str(tmp_path / "f.html"))
    assert figures["sides"] == {"taught": 0, "tested": 1, "crossing": 0}
    assert list(figures["arms"]) == ["zero", "cot"]
    refused = _invoke(folder, "--arms", "zero,rai")
    assert refused.exit_code == 2
    assert "no item to teach whose gold code runs, and rai need some" in refused.output
    assert "Running gold" not in refused.output


def test_a_damaged_file_of_a_dataset_is_one_sentence_and_exit_status_2(tmp_path: Path) -> None:
    (tmp_path / "ds").mkdir()
    (tmp_path / "ds" / "ds1000.jsonl.gz").write_bytes(
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + bytes(range(200))
    )
    result = _invoke(tmp_path / "ds", "--arms", "zero")
    assert result.exit_code == 2
    assert "not what gzip writes" in result.output
