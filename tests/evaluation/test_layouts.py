"""Folders in the public layouts of BIRD, Spider, WikiTableQuestions, TabMWP and DS-1000 are read as what they are."""

import gzip
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.evaluation.datasets import is_dataset, read_dataset
from understudy_knowledge.evaluation.items import Dataset, Reader, by_rule
from understudy_knowledge.execution import Executor, Judge, judge


def _database(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE teas (name TEXT, price REAL)")
        connection.executemany("INSERT INTO teas VALUES (?, ?)", [("mint", 3.5), ("oolong", 7.0)])


def _bird(folder: Path) -> Path:
    _database(folder / "dev_databases" / "shop" / "shop.sqlite")
    asked = {
        "question_id": 7,
        "db_id": "shop",
        "question": "How many teas are dear?",
        "evidence": "dear means price > 5",
    }
    rows = [
        {**asked, "SQL": "SELECT COUNT(*) FROM teas WHERE price > 5", "difficulty": "simple"},
        {**asked, "SQL": "SELECT 1", "difficulty": "simple"},
        {**asked, "question_id": 8, "db_id": "gone", "SQL": "SELECT 1", "difficulty": "simple"},
        {**asked, "question_id": 9, "difficulty": "simple"},
    ]
    (folder / "dev.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return folder


def _spider(folder: Path) -> Path:
    _database(folder / "database" / "shop" / "shop.sqlite")
    for name, query in (("train_spider", "SELECT name FROM teas"), ("dev", "SELECT MAX(price) FROM teas;")):
        rows = [{"db_id": "shop", "query": query, "question": "What is asked here?", "sql": {}}]
        (folder / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    (folder / "tables.json").write_text("[]", encoding="utf-8")
    return folder


def _wikitablequestions(folder: Path) -> Path:
    (folder / "csv" / "200-csv").mkdir(parents=True)
    (folder / "csv" / "200-csv" / "1.csv").write_text(
        '"Year","Winner, men","Time"\n"2001","Ann \\"Ace\\" Lee","9"\n"2002","Bo","11"\n', encoding="utf-8"
    )
    (folder / "data").mkdir()
    lines = [
        "id\tutterance\tcontext\ttargetValue",
        'nt-0\twho won first?\tcsv/200-csv/1.csv\tAnn "Ace" Lee',
        "nt-1\twhich years are listed?\tcsv/200-csv/1.csv\t2001|2002",
        "nt-2\twhat is not there?\tcsv/200-csv/9.csv\tnothing",
    ]
    (folder / "data" / "training.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _tabmwp(folder: Path) -> Path:
    (folder / "tabmwp").mkdir(parents=True)
    problem = {
        "question": "What is the mean of the numbers?",
        "choices": None,
        "answer": "6",
        "table_for_pd": {"Player": ["Ann", "Bob", "Cy"], "Points": ["4", "6", "8"]},
        "solution": "Read the numbers.\n4, 6, 8\nAdd them:\n4 + 6 + 8 = 18\nNow divide:\n18 ÷ 3 = 6\nThe mean is 6.",
        "grade": 5,
    }
    words = {
        **problem,
        "question": "Who scored most?",
        "choices": ["Ann", "Cy"],
        "answer": "Cy",
        "solution": "Look.",
    }
    problems = {"1": problem, "2": words, "3": {**problem, "table_for_pd": None}}
    (folder / "tabmwp" / "problems_train.json").write_text(json.dumps(problems, indent=0), encoding="utf-8")
    return folder


def _ds1000(folder: Path) -> Path:
    context = (
        "import pandas as pd\nexec_context = '''\nimport pandas as pd\ndf = test_input\n[insert]\n'''\n"
        "def test_execution(solution):\n    env = {'test_input': pd.DataFrame({'a': [1, 2]})}\n"
        "    exec(exec_context.replace('[insert]', solution), env)\n    assert env['result'] == 3\n"
    )
    line = {
        "prompt": "Problem: add up column a.\nA:\n<code>",
        "reference_code": "result = int(df['a'].sum())",
        "code_context": context,
        "metadata": {
            "problem_id": 0,
            "library": "Pandas",
            "perturbation_type": "Origin",
            "perturbation_origin_id": 0,
        },
    }
    unknown = {**line, "metadata": {**line["metadata"], "problem_id": 1, "library": "Cobol"}}
    (folder / "data").mkdir(parents=True)
    text = "\n".join(map(json.dumps, (line, unknown))) + "\n{broken\n"
    (folder / "data" / "ds1000.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    return folder


LAYOUTS: dict[str, Callable[[Path], Path]] = {
    "BIRD": _bird, "Spider": _spider, "WikiTableQuestions": _wikitablequestions, "TabMWP": _tabmwp, "DS-1000": _ds1000,
}  # fmt: skip


def _read(tmp_path: Path, name: str, **settings: Any) -> Dataset:
    return read_dataset(LAYOUTS[name](tmp_path / "set"), tmp_path / "scratch", Reader(**settings))


@pytest.mark.parametrize("name", LAYOUTS)
async def test_each_layout_is_recognized_and_the_gold_of_its_items_runs(tmp_path: Path, name: str) -> None:
    found = _read(tmp_path, name)
    assert found.items
    assert len(found.digest) == 64
    async with Executor(1) as executor:
        for item in found.items:
            example = item.example
            if example.source is not None:
                outcome, verdict = await Judge(executor, example.gold, example.source).verdict(example.gold)
                assert verdict.passed, outcome
            elif not item.harness:
                assert item.inputs is not None
                outcome = await executor.run_python(f"{item.setup}\n{example.gold}", item.inputs)
                assert outcome.result is not None, outcome


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("BIRD", {"duplicate-id": 1, "missing-field": 1, "missing-file": 1}),
        ("WikiTableQuestions", {"missing-file": 1}),
        ("TabMWP", {"missing-field": 1}),
        ("DS-1000", {"no-library": 1, "unreadable": 1}),
    ],
)
def test_what_cannot_be_used_is_counted_by_its_rule(tmp_path: Path, name: str, rules: dict[str, int]) -> None:
    assert by_rule(_read(tmp_path, name).refused) == rules


def test_what_is_refused_is_named_with_its_line(tmp_path: Path) -> None:
    duplicate, gone, empty = _read(tmp_path, "BIRD").refused
    assert str(duplicate).startswith("set/dev.json:10: BIRD-dev-7".replace("BIRD-dev", "bird-dev"))
    assert "gone/gone.sqlite is not there" in str(gone)
    assert "it has no SQL" in str(empty)


def test_birds_evidence_and_difficulty_are_kept_and_evidence_can_be_withheld(tmp_path: Path) -> None:
    (item,) = _read(tmp_path, "BIRD").items
    assert (item.example.evidence, item.difficulty, item.split) == ("dear means price > 5", "simple", "test")
    (bare,) = read_dataset(tmp_path / "set", tmp_path / "scratch", Reader(evidence=False)).items
    assert bare.example.evidence == ""


def test_spiders_train_is_taught_and_its_dev_tested(tmp_path: Path) -> None:
    items = _read(tmp_path, "Spider").items
    assert {item.example.id: item.split for item in items} == {
        "spider-train_spider-0": "train",
        "spider-dev-0": "test",
    }
    assert items[1].example.gold == "SELECT MAX(price) FROM teas"


async def test_an_answer_without_code_is_tested_on_and_teaches_nothing(tmp_path: Path) -> None:
    first, second = _read(tmp_path, "WikiTableQuestions").items
    assert first.answer_only
    assert (first.split, second.split) == ("test", "test")
    assert first.example.source is not None
    async with Executor(1) as executor:
        wanted = "SELECT winner_men FROM t_200_csv_1 ORDER BY year LIMIT 1"
        _, verdict = await Judge(executor, first.example.gold, first.example.source).verdict(wanted)
        assert verdict.passed
        assert second.example.source is not None
        _, verdict = await Judge(executor, second.example.gold, second.example.source).verdict(
            "SELECT year FROM t_200_csv_1"
        )
        assert verdict.passed


def test_a_worked_solution_becomes_a_program_of_its_steps(tmp_path: Path) -> None:
    worked, words = _read(tmp_path, "TabMWP").items
    assert worked.example.gold == "s1 = 4 + 6 + 8\ns2 = s1 / 3\nanswer = s2"
    assert (worked.split, worked.difficulty, worked.answer_only) == ("train", "grade 5", False)
    assert (words.example.gold, words.split, words.answer_only) == ("answer = 'Cy'", "test", True)
    assert words.example.question == "Who scored most?\nOne of: Ann, Cy."


async def test_ds1000_is_judged_by_its_own_tests(tmp_path: Path) -> None:
    from understudy_knowledge.evaluation.items import CODE_HERE

    (item,) = _read(tmp_path, "DS-1000").items
    assert item.inputs is not None
    async with Executor(1) as executor:
        runs = [
            await executor.run_python(item.harness.replace(CODE_HERE, repr(code)), item.inputs)
            for code in (item.example.gold, "result = 4")
        ]
    right, wrong = (judge(run, runs[0], ordered=True).passed for run in runs)
    assert (right, wrong) == (True, False)


def test_a_packed_file_that_was_damaged_on_the_way_is_refused_in_one_sentence(tmp_path: Path) -> None:
    folder = _ds1000(tmp_path / "set")
    packed = folder / "data" / "ds1000.jsonl.gz"
    whole = bytearray(packed.read_bytes())
    whole[20:60] = bytes(40)
    packed.write_bytes(whole)
    with pytest.raises(NothingToDoError, match=r"ds1000.jsonl.gz.*not what gzip writes"):
        read_dataset(folder, tmp_path / "scratch")


def test_an_unknown_layout_says_which_ones_are_known(tmp_path: Path) -> None:
    assert not is_dataset(tmp_path)
    with pytest.raises(NothingToDoError, match="BIRD"):
        read_dataset(tmp_path, tmp_path)


def test_a_broken_file_is_refused_from_the_line_on_where_it_breaks(tmp_path: Path) -> None:
    folder = _spider(tmp_path / "set")
    good = json.dumps({"db_id": "shop", "query": "SELECT 1 + price FROM teas", "question": "What is asked?"})
    (folder / "dev.json").write_text(f"[\n{good},\n{{broken", encoding="utf-8")
    found = read_dataset(folder, tmp_path / "scratch")
    assert [item.example.id for item in found.items] == ["spider-train_spider-0", "spider-dev-0"]
    assert "from line 3 on the file is not JSON" in str(found.refused[0])


def test_a_dataset_of_which_nothing_is_left_is_refused_with_the_first_reason(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    (folder / "database").mkdir(parents=True)
    (folder / "dev.json").write_text(
        '[{"db_id": "x", "query": "SELECT 1", "question": "what?"}]', encoding="utf-8"
    )
    with pytest.raises(NothingToDoError, match=r"set/dev.json:1.*x/x.sqlite is not there"):
        read_dataset(folder, tmp_path)
