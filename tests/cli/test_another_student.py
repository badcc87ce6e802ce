"""Lessons that were measured for another student: said wherever they are shown, and measured anew by `knowledge verify`."""

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from understudy_knowledge.memory.store import KnowledgeStore

if TYPE_CHECKING:
    from conftest import Run


def test_a_lesson_of_another_student_says_so_and_verify_measures_it_anew(
    project: Path, understudy: "Run"
) -> None:
    understudy("distill", "--json")
    with KnowledgeStore.open(project / ".understudy" / "knowledge.db") as store:
        admitted = store.cases("admitted")
        assert admitted
        for case in admitted:
            assert case.measured is not None
            store.put_case(
                evolve(case, measured=evolve(case.measured, student="last year's"), lift=case.lift)
            )
    listed = understudy("knowledge", "list", "--json", "--status", "admitted").json
    assert all(case["measured_for_another_student"] for case in listed)
    assert "another" in understudy("knowledge", "list", COLUMNS="200").stdout
    findings = {each["name"]: each for each in understudy("doctor", "--json").json["findings"]}
    assert findings["lessons"]["message"] == f"{len(admitted)} measured for another student"
    assert findings["lessons"]["fix"] == "run `understudy knowledge verify`"
    told = understudy("knowledge", "verify", "--json").json
    assert told["measured"] == len(admitted)
    assert {each["id"] for each in told["remeasured"]} == {case.id for case in admitted}
    assert {tuple(each["what"]) for each in told["remeasured"]} == {("student",)}
    assert all(each["before"] == each["after"] for each in told["remeasured"] if each["status"] == "admitted")
    listed = understudy("knowledge", "list", "--json", "--status", "admitted").json
    assert listed, "what helps this student as well stays"
    assert not any(case["measured_for_another_student"] for case in listed)
    assert "lessons" not in {each["name"] for each in understudy("doctor", "--json").json["findings"]}
