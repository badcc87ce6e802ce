"""bench teach on a small dataset of its own: arms, figures, what is refused, and a run that goes on where it stopped."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from markupsafe import escape

from understudy_server.bench.teach.figures import TIMINGS
from understudy_server.bench.teach.page import render
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
        *([] if "--jobs" in options else ["--jobs", "1"]),
        *options,
    ]
    result = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    figures: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return figures, result.output


def _without_clocks(figures: dict[str, Any]) -> str:
    def steady(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: steady(each) for key, each in value.items() if key not in TIMINGS}
        return [steady(each) for each in value] if isinstance(value, list) else value

    return json.dumps(steady(figures))


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
    assert figures["refused_by_rule"] == {"gold-fails": 1}


def test_the_same_seed_gives_the_same_figures(bundle: Path, tmp_path: Path) -> None:
    first, _ = _run(bundle, "first", "--arms", "zero,rai,shuffled,random-k")
    again, _ = _run(
        bundle, "again", "--arms", "zero,rai,shuffled,random-k", "--runs", str(tmp_path / "other")
    )
    assert _without_clocks(first) == _without_clocks(again)


def test_so_many_processes_give_the_same_figures_as_one(bundle: Path, tmp_path: Path) -> None:
    one, _ = _run(bundle, "one", "--arms", "zero,gi+rai,dail,teacher")
    more, _ = _run(
        bundle, "more", "--arms", "zero,gi+rai,dail,teacher", "--jobs", "3", "--runs", str(tmp_path / "b")
    )
    assert _without_clocks(one) == _without_clocks(more)


def test_a_run_goes_on_where_it_was_cut_off(bundle: Path) -> None:
    whole, _ = _run(bundle, "whole", "--arms", "zero,rai")
    (log,) = (bundle.parent / "runs").glob("teach-*.jsonl")
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-3]) + lines[-3][:20])
    resumed, _ = _run(bundle, "resumed", "--arms", "zero,rai")
    assert _without_clocks(whole) == _without_clocks(resumed)
    assert len(log.read_bytes().splitlines()) == len(lines)


def test_a_run_of_another_making_starts_anew_and_says_what_changed(bundle: Path) -> None:
    _, shown = _run(bundle, "first", "--arms", "zero")
    assert "starts anew" not in shown
    with sqlite3.connect(bundle / "db" / "shop.sqlite") as connection:
        connection.execute(
            "INSERT INTO sales (region, product, amount, canceled) VALUES ('West', 'tea', 1, 0)"
        )
    _, shown = _run(bundle, "second", "--arms", "zero")
    assert "Since the earlier run the data changed: this one starts anew." in shown
    assert len(list((bundle.parent / "runs").glob("teach-*.jsonl"))) == 2
    _, shown = _run(bundle, "third", "--arms", "zero")
    assert "starts anew" not in shown


def test_tokens_are_estimated_where_no_model_is_asked_and_are_said_to_be(bundle: Path) -> None:
    figures, _ = _run(bundle, "first", "--arms", "zero,gi,rai,no-tree,budget=50,policy=50")
    arms = figures["arms"]
    assert figures["settings"]["tokens"] == "estimated"
    assert all(arm["tokens_per_answer"] > 50 for arm in arms.values())
    assert arms["zero"]["teacher_tokens"] == 0
    assert arms["gi"]["teacher_tokens"] >= arms["no-tree"]["teacher_tokens"] > 0
    assert arms["rai"]["gain_per_1000_teacher_tokens"] > 0
    (point,) = figures["curves"]["order"]
    assert point["teacher_tokens"] <= arms["no-tree"]["teacher_tokens"] / 2
    assert (point["passed"], point["at_random"]) == (
        arms["policy=50"]["passed"],
        arms["budget=50"]["seeds"]["passed"],
    )


def test_teacher_tokens_can_be_bounded_without_a_model(bundle: Path) -> None:
    whole, _ = _run(bundle, "whole", "--arms", "zero,no-tree")
    half = whole["arms"]["no-tree"]["teacher_tokens"] // 2
    bounded, _ = _run(bundle, "few", "--arms", "zero,no-tree", "--tokens", str(half))
    assert 0 < bounded["arms"]["no-tree"]["teacher_tokens"] < whole["arms"]["no-tree"]["teacher_tokens"]


def test_arms_of_few_turns_are_charged_for_those_turns_alone(bundle: Path) -> None:
    lines = [
        *ITEMS,
        _sql(
            "hard", "train", "the odd one", "SELECT region || '!' FROM sales WHERE id % 3 = 1 AND amount <> 8"
        ),
    ]
    (bundle / "items.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    figures, _ = _run(bundle, "turns", "--arms", "zero,rai,no-refinement,turns=2,turns=3")
    assert figures["learned"]["solved_by"]["by itself"] + figures["learned"]["solved_by"]["turn 1"] < 6
    taken = [
        figures["arms"][name]["teacher_tokens"] for name in ("no-refinement", "turns=2", "turns=3", "rai")
    ]
    assert taken == sorted(taken)
    assert 0 < taken[0] < taken[1] <= taken[-1]


def test_every_arm_runs(bundle: Path) -> None:
    from understudy_server.bench.teach.arm_names import ARMS

    figures, _ = _run(bundle, "all", "--arms", ",".join(ARMS))
    assert tuple(figures["arms"]) == ARMS
    # What a prompt holds decides its hash; the embedded teacher alone has none, and says so.
    prompts = {name: arm["prompts"] for name, arm in figures["arms"].items()}
    assert prompts["teacher"] is None
    assert all(prompts[name] for name in ARMS if name != "teacher")
    assert prompts["cot"] != prompts["zero"] != prompts["demonstration"]
    assert figures["versions"]["faiss"]
    assert figures["versions"]["data"] not in figures["settings"]["data"].values()
    assert figures["limits"]["execution"]["seconds"] == 20.0


def test_an_unknown_arm_is_refused_by_name(bundle: Path) -> None:
    result = CliRunner().invoke(bench, ["teach", "--data", str(bundle), "--arms", "zero,magic"])
    assert result.exit_code == 2
    assert "'magic' is no arm" in result.output


def test_every_rule_and_curve_is_in_the_figures(bundle: Path) -> None:
    figures, _ = _run(
        bundle, "all", "--arms", "zero,rai,no-refinement,budget=50,random-k,teacher", "--seeds", "2"
    )
    rai = figures["arms"]["rai"]
    assert rai["published"] == {"n": 2, "ours": 2, "bird": 2, "spider": 2, "soft_f1": 1.0}
    assert rai["valid_sql"] == {"n": 2, "passed": 2}
    assert sum(part["n"] for part in rai["by_difficulty"].values()) == rai["n"]
    assert sum(figures["arms"]["zero"]["by_failure"].values()) == 3 - figures["arms"]["zero"]["passed"]
    assert len(figures["arms"]["random-k"]["seeds"]["passed"]) == 2
    assert figures["arms"]["teacher"]["passed"] >= rai["passed"]
    assert [point["percent"] for point in figures["curves"]["budget"]] == [0, 50, 100]
    assert [point["turns"] for point in figures["curves"]["turns"]] == [0, 1, 4]
    assert figures["curves"]["abstention"]["thresholds"][0]["passed"] == rai["passed"]
    low, high = figures["paired"]["rai"]["interval"]
    assert low <= figures["paired"]["rai"]["points"] <= high


def test_two_processes_with_other_hash_seeds_give_the_same_bytes(bundle: Path) -> None:
    written = []
    for seed in ("1", "2"):
        out = bundle.parent / f"run-{seed}"
        out.mkdir()
        command = [
            sys.executable, "-m", "understudy_server", "bench", "teach", "--data", str(bundle), "--arms", "zero,gi+rai,shuffled,dail",
            "--seeds", "2", "--runs", str(out / "runs"), "--json", str(out / "f.json"), "--report", str(out / "f.html"),
        ]  # fmt: skip
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run(command, cwd=out, env=environment, check=True, capture_output=True)
        figures = json.loads((out / "f.json").read_text(encoding="utf-8"))
        page = (out / "f.html").read_text(encoding="utf-8")
        written.append(
            (_without_clocks(figures), figures["digest"], page.partition('<section id="clock">')[0])
        )
    assert written[0] == written[1]


def test_the_report_is_one_file_that_loads_nothing(bundle: Path) -> None:
    page = bundle.parent / "report.html"
    figures, _ = _run(bundle, "page", "--arms", "zero,rai,gi+rai", "--report", str(page))
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"<(script|link|img|iframe|object)\b|https?://|@import|url\(", text)
    for said in (
        "net revenue in the West",
        figures["digest"],
        figures["settings"]["data"]["shop"],
        "gold-fails",
        figures["summary"]["verdict"],
        "The embedded student is no language model",
        "Only 3 items were tested",
        "ours, whole: general instructions and retrieved lessons together",
        "Turn 1: the plan",
        "As it stands in a prompt",
    ):
        assert escape(said) in text
    assert list(figures["paired"]["gi+rai"]["against"]) == ["rai"]
    assert figures["traces"][0]["turns"][0]["plan"]
    gained = next(each for each in figures["examples"] if each["change"] == "gained")
    assert all(lesson["question"] in gained["in_prompt"] for lesson in gained["lessons"])
    assert "And 50 more, which the JSON names." in render({**figures, "refused": ["a line"] * 250})


def test_arms_can_be_asked_for_and_are_explained() -> None:
    result = CliRunner().invoke(bench, ["teach", "--arms", "help"])
    assert result.exit_code == 0
    assert "shuffled        a control" in result.output


def test_the_most_that_it_can_take_is_said_before_it_starts_and_then_what_it_will_take(bundle: Path) -> None:
    figures, shown = _run(bundle, "first", "--arms", "zero,rai,shuffled")
    assert (
        "5 items to teach, 4 to test, 0 skipped. 9 gold queries are run first. At most 102 attempts" in shown
    )
    assert "With 4 tested items no gain whatever can be told from chance" in shown
    assert "nothing is paid for" in shown
    assert "By the first few of each: about" in shown
    bounds, expected, taken = (figures["timing"][name] for name in ("bounds", "expected", "taken"))
    assert taken["attempts"] <= bounds["attempts"]
    for each in ("attempts", "teacher_calls", "student_tokens", "teacher_tokens"):
        assert taken[each] / 2 <= expected[each] <= 2 * taken[each]


def test_attempts_can_be_bounded_and_what_was_learned_is_the_first_part(bundle: Path) -> None:
    bounded, _ = _run(bundle, "few", "--arms", "zero,rai", "--rollouts", "3")
    whole, _ = _run(bundle, "many", "--arms", "zero,rai")
    assert sum(bounded["learned"]["solved_by"].values()) < sum(whole["learned"]["solved_by"].values())


def test_all_of_another_dataset_is_taught_where_it_is_the_memory(bundle: Path, tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    shutil.copytree(bundle, memory)
    renamed = [{**item, "id": f"taught-{item['id']}"} for item in ITEMS]
    (memory / "items.jsonl").write_text("\n".join(map(json.dumps, renamed)), encoding="utf-8")
    figures, said = _run(bundle, "apart", "--memory", str(memory), "--task", "sql", "--arms", "zero,rai")
    assert figures["sides"]["taught"] == 5  # a, b, c, d and e: not the gold that fails
    assert figures["sides"]["tested"] == 2
    assert "5 taught" in said


def test_a_projects_own_examples_are_a_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Path(__file__).resolve().parents[2] / "examples"
    own = tmp_path / "project"
    shutil.copytree(shop, own)
    monkeypatch.chdir(
        own
        if (own / "pyproject.toml").exists() or (own / "understudy.toml").exists()
        else next(own.iterdir())
    )
    monkeypatch.delenv("UNDERSTUDY_DATA", raising=False)
    file = tmp_path / "own.json"
    arguments = [
        "teach",
        "--arms",
        "zero,rai",
        "--limit",
        "6",
        "--runs",
        str(tmp_path / "runs"),
        "--json",
        str(file),
    ]
    result = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    figures = json.loads(file.read_text(encoding="utf-8"))
    assert figures["sides"]["taught"] > 0
    assert figures["sides"]["crossing"] == 0
    assert figures["arms"]["zero"]["n"] == figures["sides"]["tested"] > 0
