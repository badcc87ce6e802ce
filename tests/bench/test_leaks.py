"""A lesson or instruction that gives away a tested item is caught, left out of every arm, and told in the report."""

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Case, GeneralInstructions
from understudy_knowledge.models.embedded import EmbeddedStudent, EmbeddedTeacher
from understudy_knowledge.models.roles import Instructions, TeacherAnswer, TeacherRequest
from understudy_knowledge.teaching.admission import telling
from understudy_knowledge.teaching.price import Price
from understudy_server.bench.teach.page import render
from understudy_server.bench.teach.running import TeachRun
from understudy_server.bench.teach.settings import TeachSettings

SECRET = "Klondike"
RULE = "SELECT SUM(amount) FROM sales WHERE canceled = 0"


class Planting(EmbeddedTeacher):
    """A teacher that knows the answer to a tested question, and says it in what it teaches."""

    async def plan(self, request: TeacherRequest) -> TeacherAnswer:
        answer = await super().plan(request)
        planted = evolve(
            answer.plan, notes=(*answer.plan.notes, f"Another one asks for region = '{SECRET}'.")
        )
        return evolve(answer, plan=planted)

    async def instruct(self, cases: Sequence[Case], catalog: Catalog) -> Instructions:
        return Instructions(GeneralInstructions(text=f"The usual region is '{SECRET}'."))


def _bundle(folder: Path) -> Path:
    (folder / "db").mkdir(parents=True)
    with sqlite3.connect(folder / "db" / "shop.sqlite") as connection:
        connection.executescript(
            "CREATE TABLE sales (id INTEGER PRIMARY KEY, region TEXT, product TEXT, amount INTEGER, canceled INTEGER);"
            "INSERT INTO sales (region, product, amount, canceled) VALUES ('North', 'tea', 10, 0), ('North', 'coffee', 25, 1),"
            f" ('South', 'tea', 5, 0), ('{SECRET}', 'tea', 8, 1), ('{SECRET}', 'cocoa', 3, 0);"
        )
    asked = {
        "a": ("train", "net revenue in the North", f"{RULE} AND region = 'North'"),
        "b": ("train", "net revenue of tea", f"{RULE} AND product = 'tea'"),
        "c": (
            "train",
            "net revenue by product",
            "SELECT product, SUM(amount) FROM sales WHERE canceled = 0 GROUP BY product",
        ),
        "d": ("test", "net revenue up there", f"{RULE} AND region = '{SECRET}'"),
    }
    lines = [
        {"id": name, "source": "shop", "task": "sql", "database": "db/shop.sqlite", "dialect": "sqlite", "question": question,
         "gold_sql": gold, "split": split}
        for name, (split, question, gold) in asked.items()
    ]  # fmt: skip
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return folder


async def _figures(tmp_path: Path, teacher: EmbeddedTeacher) -> dict:  # type: ignore[type-arg]
    bundle = _bundle(tmp_path / "shop")
    settings = TeachSettings(bundle, bundle, arms=("zero", "rai", "no-admission"), turns=2)
    return await TeachRun(settings, EmbeddedStudent(), [(teacher, Price())], tmp_path / "runs").run()


async def test_a_planted_gold_literal_is_caught_and_left_out(tmp_path: Path) -> None:
    figures = await _figures(tmp_path, Planting())
    assert figures["leaks"]["checked"] >= 1
    assert figures["leaks"]["found"]
    assert all(SECRET in sentence and "left out" in sentence for sentence in figures["leaks"]["found"])
    assert [arm["with_lessons"] for arm in figures["arms"].values()] == [0, 0, 0]
    assert SECRET in render(figures)


async def test_a_text_in_double_quotes_is_a_literal_too(tmp_path: Path) -> None:
    _bundle(tmp_path / "shop")
    items = tmp_path / "shop" / "items.jsonl"
    items.write_text(
        items.read_text(encoding="utf-8").replace(f"'{SECRET}'", f'\\"{SECRET}\\"'), encoding="utf-8"
    )
    settings = TeachSettings(tmp_path / "shop", tmp_path / "shop", arms=("zero",), turns=2)
    figures = await TeachRun(settings, EmbeddedStudent(), [(Planting(), Price())], tmp_path / "runs").run()
    assert figures["leaks"]["found"]


def test_what_a_taught_item_says_itself_is_no_leak() -> None:
    from understudy_server.bench.teach.leaking import _leaked

    secret = ["SELECT 1 FROM t WHERE name LIKE 'J%' AND year = 2010 AND tongue = 'English'"]
    known = ["SELECT 1 FROM t WHERE name LIKE '%J%' AND day = 20101", "which songs are in English"]
    text = "name LIKE '%J%' AND tongue = 'English' AND year = 2010"
    assert _leaked(text, telling(secret, known), known) == {"2010"}


async def test_an_honest_teacher_leaks_nothing(tmp_path: Path) -> None:
    figures = await _figures(tmp_path, EmbeddedTeacher())
    assert figures["leaks"]["checked"] >= 1
    assert figures["leaks"]["found"] == []
