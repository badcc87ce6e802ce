"""Stale cases wait in line: the next exploration runs them, also those whose example is in the project no more."""

from pathlib import Path
from typing import TYPE_CHECKING

from understudy_knowledge.memory.store import KnowledgeStore

if TYPE_CHECKING:
    from conftest import Run


def test_the_next_exploration_runs_a_stale_case_whose_example_is_gone(
    project: Path, understudy: "Run"
) -> None:
    understudy("distill", "--json")
    path = project / ".understudy" / "knowledge.db"
    with KnowledgeStore.open(path) as store:
        case = store.cases("admitted")[0]
        store.set_status(case.id, "stale", "the schema has no orders.status any more")
    queries = (project / "queries.sql").read_text(encoding="utf-8")
    left = [each for each in queries.split("\n\n") if case.question not in each]
    (project / "queries.sql").write_text("\n\n".join(left), encoding="utf-8")
    understudy("distill", "--json")
    with KnowledgeStore.open(path, read_only=True) as store:
        after = store.case(case.id)
    assert (after.status, after.reason, after.lift) == ("admitted", "its code runs again", case.lift)
