"""What learning may take is never exceeded: exploring, measuring, instructions and the tree's nodes together."""

import json
import sqlite3
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.models.embedded import EmbeddedStudent, EmbeddedTeacher
from understudy_knowledge.models.roles import Completion, StudentRequest, TeacherAnswer, TeacherRequest
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.teaching.price import Price
from understudy_server.bench.teach.running import TeachRun
from understudy_server.bench.teach.settings import TeachSettings

SHAPES = {
    "net revenue {}": "SELECT SUM(amount) FROM sales WHERE canceled = 0 AND {}",
    "number of net sales {}": "SELECT COUNT(*) FROM sales WHERE canceled = 0 AND {}",
    "largest net sale {}": "SELECT MAX(amount) FROM sales WHERE canceled = 0 AND {}",
    "net revenue by canceled or not {}": "SELECT canceled, SUM(amount) FROM sales WHERE amount > 4 AND {} GROUP BY canceled",
    "net revenue by id {}": "SELECT id, SUM(amount) FROM sales WHERE canceled = 0 AND {} GROUP BY id",
    "mean net sale {}": "SELECT AVG(amount) FROM sales WHERE canceled = 0 AND {}",
}
WHERE = {"in the North": "region = 'North'", "of tea": "product = 'tea'"}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "db").mkdir(parents=True)
    with sqlite3.connect(folder / "db" / "shop.sqlite") as connection:
        connection.executescript(
            "CREATE TABLE sales (id INTEGER PRIMARY KEY, region TEXT, product TEXT, amount INTEGER, canceled INTEGER);"
            "INSERT INTO sales (region, product, amount, canceled) VALUES ('North', 'tea', 10, 0), ('North', 'tea', 20, 1),"
            " ('North', 'cocoa', 25, 1), ('South', 'tea', 5, 0), ('South', 'cocoa', 40, 0), ('West', 'tea', 8, 1);"
        )
    asked = [
        ("train", ask.format(place), gold.format(where))
        for (ask, gold), (place, where) in product(SHAPES.items(), WHERE.items())
    ]
    asked.append(("test", "net revenue in the West", "SELECT SUM(amount) FROM sales WHERE region = 'West'"))
    items = [
        {"id": f"i{number}", "source": "shop", "task": "sql", "database": "db/shop.sqlite", "dialect": "sqlite",
         "question": question, "gold_sql": gold, "split": split}
        for number, (split, question, gold) in enumerate(asked)
    ]  # fmt: skip
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, items)), encoding="utf-8")
    return folder


class Counted(EmbeddedStudent):
    """Counts what it is really asked."""

    asked = 0

    async def complete(self, request: StudentRequest) -> Completion:
        self.asked += 1
        return await super().complete(request)


class Served(EmbeddedTeacher):
    """Takes tokens as one on a server does: 40 a call, of which at most 50 were said."""

    taken = 0

    async def plan(self, request: TeacherRequest) -> TeacherAnswer:
        self.taken += 40
        answer = await super().plan(request)
        return TeacherAnswer(answer.plan, answer.model, 30, 10)

    async def at_most(self) -> Usage:
        return Usage(30, 20)


def _run(
    bundle: Path, name: str, student: EmbeddedStudent, teacher: EmbeddedTeacher, **bounds: int
) -> TeachRun:
    settings = TeachSettings(bundle, bundle, arms=("zero",), turns=2, siblings=3, in_flight=3, **bounds)
    estimated = frozenset() if isinstance(teacher, Served) else frozenset({"teacher"})
    return TeachRun(settings, student, [(teacher, Price())], bundle.parent / name, estimated=estimated)


def _tokens(figures: dict[str, Any]) -> int:
    return sum(figures["learned"]["teacher_tokens"].values())


async def test_neither_tokens_nor_attempts_are_exceeded_the_tree_included(bundle: Path) -> None:
    whole = await _run(bundle, "whole", EmbeddedStudent(), EmbeddedTeacher()).run()
    parts = whole["learned"]["teacher_tokens"]
    assert min(parts["exploring"], parts["general"], parts["tree"]) > 0
    for percent in (25, 90):
        most = _tokens(whole) * percent // 100
        bounded = await _run(
            bundle, f"t{percent}", EmbeddedStudent(), EmbeddedTeacher(), teacher_tokens=most
        ).run()
        assert 0 < _tokens(bounded) <= most
        assert bounded["timing"]["taken"]["teacher_tokens"] <= most
        student, most = Counted(), whole["learned"]["rollouts"] * percent // 100
        bounded = await _run(bundle, f"r{percent}", student, EmbeddedTeacher(), rollouts=most).run()
        assert bounded["learned"]["rollouts"] <= most
        # The rest is the one tested item.
        assert student.asked <= most + 1


async def test_a_call_that_could_cost_more_than_is_left_is_not_made(bundle: Path) -> None:
    teacher = Served()
    figures = await _run(bundle, "served", EmbeddedStudent(), teacher, teacher_tokens=130).run()
    assert teacher.taken == _tokens(figures) == 120
    with pytest.raises(NothingToDoError, match=r"49 tokens \(--tokens\) cover no call"):
        await _run(bundle, "none", EmbeddedStudent(), Served(), teacher_tokens=49).run()


async def test_silence_is_learned_of_the_taught_items_alone_and_counts_as_learning(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = TeachSettings(bundle, bundle, arms=("zero", "rai"), turns=2, siblings=3, in_flight=1)
    monkeypatch.setattr("understudy_knowledge.retrieval.calibration._FEWEST", 1)
    run = TeachRun(settings, EmbeddedStudent(), [(EmbeddedTeacher(), Price())], bundle.parent / "silence")
    figures = await run.run()
    (learned,) = figures["learned"]["silence"].values()
    assert 0 < learned["pairs"] <= figures["sides"]["taught"]
    (log,) = (bundle.parent / "silence").glob("teach-*.jsonl")
    tried = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    # Pairs whose outcome the lesson changed.
    assert learned["pairs"] <= sum(entry["kind"] == "abstain" for entry in tried)
    tested = {entry["key"] for entry in tried if entry["kind"] == "arm rai"}
    assert not any(entry["key"].split()[0] in tested for entry in tried if entry["kind"] == "abstain")
    curve = figures["curves"]["abstention"]
    counted = sum(each["n"] for each in (*curve["bins"], *curve["apart"].values()))
    assert counted == figures["sides"]["tested"]


async def test_a_bounded_run_that_was_cut_off_comes_to_the_same(bundle: Path) -> None:
    bounds = {"teacher_tokens": 2000, "rollouts": 60}
    first = await _run(bundle, "cut", EmbeddedStudent(), EmbeddedTeacher(), **bounds).run()
    (log,) = (bundle.parent / "cut").glob("teach-*.jsonl")
    lines = log.read_bytes().splitlines(keepends=True)
    for kept in (len(lines) // 3, 2 * len(lines) // 3):
        log.write_bytes(b"".join(lines[:kept]))
        again = await _run(bundle, "cut", EmbeddedStudent(), EmbeddedTeacher(), **bounds).run()
        assert again["digest"] == first["digest"]
