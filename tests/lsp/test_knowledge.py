"""understudy/knowledge, understudy/case, understudy/report and the commands that change a case, through a real server."""

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from understudy_knowledge.memory.records import Case, Lift, Lineage, Origin, Plan, Step
from understudy_knowledge.memory.store import KnowledgeStore

CODE = "SELECT COUNT(*) FROM customers WHERE city = 'Lyon'"
CASES = {
    "c-lyon": Case(
        id="c-lyon",
        example_id="e-lyon",
        question="How many customers live in Lyon?",
        masked_question="How many customers live in _?",
        plan=Plan(
            "How many customers live in Lyon?",
            (Step("Count.", "COUNT(*)", "metric"),),
            CODE,
            notes=("Lyon is a city.",),
        ),
        code=CODE,
        skeleton="SELECT COUNT(*) FROM _ WHERE _ = ?",
        family=CODE,
        lineage=Lineage(("customers",), ("customers.city",)),
        explanation="A place is a city.",
        origin=Origin("queries/places.sql", 4),
        status="admitted",
        reason="it solves 2 of 4 siblings more and loses 0",
        lift=Lift(0.75, 0.25, 4),
    )
}


@pytest.fixture
def taught(project: Path) -> Path:
    """The workspace with an admitted and a refused case."""
    case = CASES["c-lyon"]
    refused = evolve(case, id="c-graz", example_id="e-graz", status="refused", reason="no lift", lift=None)
    (project / ".understudy").mkdir()
    with KnowledgeStore.open(project / ".understudy" / "knowledge.db") as store:
        store.put_cases((case, refused))
    return project


async def ask(editor: Any, method: str, **params: object) -> Any:
    return await editor.client.protocol.send_request_async(method, params)


async def test_the_tree_leads_from_language_to_case_and_what_is_not_in_use_stands_aside(
    editor: Any, taught: Path
) -> None:
    await editor.start(taught)
    answer = await ask(editor, "understudy/knowledge")
    (language,) = answer.tree
    (skill,) = language.children
    (topic,) = skill.children
    (case,) = topic.cases
    assert topic.path == ["sql", "aggregate", "customers"]
    assert (topic.count, topic.lift, case.lift.n) == (1, 0.5, 4)
    assert (case.id, case.path, case.line) == ("c-lyon", "queries/places.sql", 4)
    assert [each.id for each in answer.aside.refused] == ["c-graz"]


async def test_a_workspace_that_learned_nothing_has_an_empty_tree_and_gets_no_file(
    editor: Any, project: Path
) -> None:
    await editor.start(project)
    answer = await ask(editor, "understudy/knowledge")
    assert (answer.tree, answer.rules) == ([], [])
    assert not (project / ".understudy" / "knowledge.db").exists()


async def test_nothing_is_read_of_a_workspace_that_is_not_trusted(editor: Any, taught: Path) -> None:
    await editor.start(taught, trusted=False)
    assert (await ask(editor, "understudy/knowledge")).tree == []
    assert "trusted" in (await ask(editor, "understudy/report")).message
    assert "trust" in (await editor.command("understudy.edit", {"id": "c-lyon"}))["message"]


async def test_a_case_is_told_in_full_with_what_can_be_edited(editor: Any, taught: Path) -> None:
    await editor.start(taught)
    answer = await ask(editor, "understudy/case", id="c-lyon")
    assert answer.text.startswith("Case c-lyon: How many customers live in Lyon?")
    assert (answer.explanation, answer.notes) == ("A place is a city.", ["Lyon is a city."])
    assert "message" in (await ask(editor, "understudy/case", id="nobody"))._fields


async def test_an_edited_case_waits_to_be_measured(editor: Any, taught: Path) -> None:
    await editor.start(taught)
    answer = await editor.command("understudy.edit", {"id": "c-lyon", "explanation": "Cities!", "notes": []})
    assert answer["changed"]
    after = await ask(editor, "understudy/knowledge")
    assert [each.id for each in after.aside.quarantined] == ["c-lyon"]
    told = await ask(editor, "understudy/case", id="c-lyon")
    assert (told.question, told.explanation, told.notes) == (CASES["c-lyon"].question, "Cities!", [])


async def test_an_edit_that_cannot_be_kept_says_why(editor: Any, taught: Path) -> None:
    await editor.start(taught)
    answer = await editor.command("understudy.edit", {"id": "c-lyon", "question": "  "})
    assert not answer["changed"]
    assert "a case needs a question" in answer["message"]


async def test_verifying_takes_a_case_out_whose_code_runs_no_more(editor: Any, taught: Path) -> None:
    # What the schema alone speaks against is marked while an editor is open (test_staleness.py).
    lost = evolve(CASES["c-lyon"], id="c-lost", example_id="e-lost", code="SELECT no_such() FROM customers")
    with KnowledgeStore.open(taught / ".understudy" / "knowledge.db") as store:
        store.put_case(lost)
    await editor.start(taught)
    answer = await editor.command("understudy.verify")
    assert [(each["id"], each["status"]) for each in answer["changed"]] == [("c-lost", "stale")]
    assert [each.id for each in (await ask(editor, "understudy/knowledge")).aside.stale] == ["c-lost"]


async def test_without_a_run_there_is_a_word_instead_of_a_report(editor: Any, taught: Path) -> None:
    await editor.start(taught)
    assert "no run to report on yet" in (await ask(editor, "understudy/report")).message
