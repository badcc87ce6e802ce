"""What was made from a forgotten case goes with it, whoever taught it, and no run brings it back: the real process and store."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve

from understudy_knowledge.memory.records import NodeInstruction
from understudy_knowledge.memory.repairs import Repair
from understudy_knowledge.memory.rules import join_rule
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval import RetrievalQuery, Retriever

if TYPE_CHECKING:
    from conftest import Run

AWAY = '[[teachers]]\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "{}"\n'


def store_of(project: Path, **options: Any) -> KnowledgeStore:
    return KnowledgeStore.open(project / ".understudy" / "knowledge.db", **options)


def test_all_that_was_made_from_a_case_of_several_teachers_goes_with_it(
    project: Path, understudy: "Run"
) -> None:
    understudy("distill", "--json")
    with (project / "understudy.toml").open("a", encoding="utf-8") as settings:
        settings.write(AWAY.format("small") + AWAY.format("large"))
    with store_of(project) as store:
        case = next(case for case in store.cases("admitted") if case.lineage.tables == ("orders",))
        other = next(each for each in store.cases("admitted") if each.id != case.id)
        node = NodeInstruction(
            ("sql",), "Sum it up.", (), (case.id, other.id), (), case.lineage, "admitted", ""
        )
        beside = evolve(node, path=("sql", "join"), cases=(other.id,))
        store.put_instructions([node, beside])
        store.put_repairs(
            [
                Repair(name, each.example_id, "", "", "SELEC", "", "syntax", (), each.code, "", each.lineage)
                for name, each in (("of it", case), ("of another", other))
            ]
        )
        # The same query, asked once more in a teacher's words.
        store.put_case(evolve(case, id="rephrased", example_id="r1", question="How much came in?"))
        # The same example, taught to another student before it stood where it stands now.
        moved = evolve(case.origin, line=999)
        store.put_case(evolve(case, id="last-year", student="last year's", origin=moved))
        rule = join_rule("a.b = c.d", "a", "c", (case.id,), case.lineage)
        store.put_general(store.general(), [*store.rules(), rule])
    told = understudy("knowledge", "forget", case.id, "--json").json
    assert [each["id"] for each in told["also"]] == ["last-year", "rephrased"]
    assert told["general_instructions"] in ("put aside", "none"), "no teacher is asked, whichever it was"
    with store_of(project, read_only=True) as store:
        assert not {case.id, "rephrased", "last-year"} & {each.id for each in store.cases()}
        assert [each.path for each in store.instructions()] == [("sql", "join")]
        assert not [each for each in store.rules() if case.id in each.cases]
        assert "of it" not in {each.id for each in store.repairs()}
        assert "of another" in {each.id for each in store.repairs()}
        index = Retriever.open(store, project / ".understudy" / "index")
        found = {hit.case_id for hit in index.nearest(RetrievalQuery(case.masked_question), 50)}
        index.close()
        assert found
        assert not {case.id, "rephrased", "last-year"} & found


def test_a_resumed_run_does_not_bring_a_forgotten_case_back(project: Path, understudy: "Run") -> None:
    understudy("distill", "--json")
    with store_of(project, read_only=True) as store:
        case = store.cases("admitted")[0]
        assert case.example_id not in store.forgotten()
    # As if the run had been killed before its end: its log knows the case as decided.
    with closing(sqlite3.connect(project / ".understudy" / "knowledge.db")) as connection:
        connection.execute("UPDATE runs SET finished = NULL, figures = NULL")
        connection.commit()
    understudy("knowledge", "forget", case.id)
    resumed = understudy("distill", "--resume", "--json").json
    assert resumed["reasons"]["you forgot it"] == 1
    with store_of(project, read_only=True) as store:
        assert case.id not in {each.id for each in store.cases()}
        assert not [rule for rule in store.rules() if case.id in rule.cases]
        assert not [node for node in store.instructions() if case.id in node.cases]
        assert not [repair for repair in store.repairs() if repair.example_id == case.example_id]


def test_what_is_forgotten_while_it_is_explored_is_not_kept(project: Path, understudy: "Run") -> None:
    understudy("distill", "--json")
    with store_of(project) as store:
        case, other = store.cases("admitted")[:2]
        store.forget(case.id)
        store.put_learned((case, evolve(other, reason="decided anew")))
        assert case.id not in {each.id for each in store.cases()}
        assert store.case(other.id).reason == "decided anew"
