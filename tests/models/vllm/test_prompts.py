"""Each prompt as the model sees it stands in goldens/*.txt; write them anew with UNDERSTUDY_WRITE_GOLDENS=1 and read the diff."""

import os
from pathlib import Path

import attrs
import pytest

from understudy_knowledge.memory.records import Case, GeneralInstructions, Hole, Lineage, Origin, Step
from understudy_knowledge.models.roles import Failure, Relation, StudentRequest, TeacherRequest
from understudy_knowledge.models.vllm import fim, prompts
from understudy_knowledge.models.vllm.schema_text import SchemaText
from understudy_knowledge.models.vllm.student_prompts import StudentPrompts
from understudy_knowledge.models.vllm.token_counts import estimate

GOLDENS = Path(__file__).parent / "goldens"


def check(name, text):
    golden = GOLDENS / f"{name}.txt"
    if os.environ.get("UNDERSTUDY_WRITE_GOLDENS"):
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert text == golden.read_text(encoding="utf-8")


@pytest.fixture
def request_at_cursor(catalog, lesson):
    return StudentRequest(
        question="Revenue of gold customers\nin January",
        catalog=catalog,
        prefix="SELECT SUM(i.price)\nFROM order_items AS i\nWHERE ",
        suffix="\nGROUP BY 1",
        relations=(Relation("i", "order_items"),),
        file_context="-- orders of today\nSELECT * FROM orders;",
        general=GeneralInstructions("Revenue counts paid orders only.\nDates are ISO text."),
        lessons=(lesson,),
        evidence="January is month 1.",
    )


def test_the_fill_in_the_middle_prompt(request_at_cursor):
    laid = StudentPrompts()
    before = laid.head(request_at_cursor, 2000) + laid.prefix(request_at_cursor, 2000)
    check("student_fill", fim.QWEN.render(before, laid.suffix(request_at_cursor, 2000)))


def test_the_fill_in_the_middle_prompt_of_an_attempt_shows_the_plan_but_no_gold(catalog, plan):
    request = StudentRequest(plan.question, catalog, plan=plan, purpose="attempt")
    text = StudentPrompts().head(request, 2000)
    assert "i.price" not in text
    check("student_fill_plan", text)


def test_the_fill_in_the_middle_prompt_in_python(catalog):
    request = StudentRequest("Mean price by line", catalog, prefix="df.", language="python")
    check("student_fill_python", StudentPrompts().head(request, 2000) + request.prefix)


def test_the_chat_prompt(request_at_cursor):
    check("student_chat", StudentPrompts().message(request_at_cursor, 2000))


def test_the_chat_prompt_of_an_attempt(catalog, plan):
    request = StudentRequest(plan.question, catalog, plan=plan, purpose="attempt")
    check("student_chat_plan", StudentPrompts().message(request, 2000))


def test_the_prompt_for_a_first_plan(catalog, example):
    check("teacher_plan", prompts.teacher_message(TeacherRequest(example, catalog), SchemaText(), 2000))


def test_the_prompt_for_a_better_plan(catalog, example, plan):
    failure = Failure(plan, "SELECT COUNT(*) FROM orders", "It has 900 rows too many: void orders count.")
    request = TeacherRequest(example, catalog, (failure,))
    check("teacher_refine", prompts.teacher_message(request, SchemaText(), 2000))


def test_the_prompt_for_a_repair():
    check("teacher_repair", prompts.repair_message("plan", "it is not one JSON object"))


def test_the_prompt_for_general_instructions(plan):
    case = Case(
        "c1", "e1", plan.question, "_", plan, "SELECT 1", "s", "f", Lineage(), "Void orders never count.",
        Origin("q.sql", 3), "admitted", "it helped",
    )  # fmt: skip
    check("teacher_instruct", prompts.instruct_message([case], 2000))


def test_what_changes_with_every_key_stands_last(request_at_cursor):
    typed = attrs.evolve(request_at_cursor, prefix=request_at_cursor.prefix + "o")
    laid = StudentPrompts()
    before, after = (laid.message(r, 2000) for r in (request_at_cursor, typed))
    same = next(place for place, (a, b) in enumerate(zip(before, after, strict=False)) if a != b)
    assert same > 0.9 * len(before)


@pytest.mark.parametrize("budget", [200, 600, 2000])
def test_however_long_the_parts_are_the_prompt_keeps_its_budget(request_at_cursor, lesson, budget):
    huge = attrs.evolve(
        request_at_cursor,
        question="why " * 5000,
        prefix="SELECT a, " * 5000,
        suffix=", b" * 5000,
        file_context="SELECT 1;\n" * 5000,
        general=GeneralInstructions("Mind the gap.\n" * 5000),
        lessons=(lesson,) * 50,
        evidence="z" * 5000,
    )
    laid = StudentPrompts()
    whole = laid.head(huge, budget) + laid.prefix(huge, budget) + laid.suffix(huge, budget)
    assert estimate(whole) <= 1.05 * budget
    assert whole.count("SELECT a, ") > 0


@pytest.mark.parametrize("chat", [False, True])
def test_of_a_lesson_about_other_tables_the_prompt_shows_the_whole_statements_shape(catalog, lesson, chat):
    holes = (
        Hole("t1", "table", "a table", "band", filled="bands"),
        Hole("c1", "column", "label", filled="bands.title"),
        Hole("c2", "column", "number", "fan", filled="bands.fans"),
        Hole("v1", "value", "a number", "500", filled="500"),
    )
    shape = Step("Write the whole statement", "SELECT c1 FROM t1 WHERE c2 > :v1", "shape", holes)
    elsewhere = attrs.evolve(
        lesson, plan=attrs.evolve(lesson.plan, shape=shape), lineage=Lineage(("bands",), ("bands.fans",))
    )
    known = attrs.evolve(catalog, complete=True)
    request = StudentRequest("Which customers?", known, lessons=(elsewhere,))
    text = (StudentPrompts().message if chat else StudentPrompts().head)(request, 2000)
    assert "SELECT <column> FROM <table: band> WHERE <column: fan> > <value: 500>" in text
    assert elsewhere.question in text
    assert elsewhere.explanation not in text
    here = attrs.evolve(elsewhere, lineage=Lineage())
    assert "<table: band>" not in StudentPrompts().head(attrs.evolve(request, lessons=(here,)), 2000)
