"""The knowledge tree, the rules and the nodes' instructions: how cases group, how a query finds its node, what forgetting takes along."""

from pathlib import Path

import pytest
from attrs import evolve

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_knowledge.memory.records import (
    Case,
    Definition,
    GeneralInstructions,
    Lift,
    Lineage,
    NodeInstruction,
    Origin,
    Plan,
)
from understudy_knowledge.memory.rules import definition_id, rules_of, sentence, with_lines, without
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.memory.tree import build, descend, skill_of, typical_words


def make_case(name: str, skeleton: str, tables: tuple[str, ...], lift: float = 0.5) -> Case:
    return Case(
        id=name,
        example_id=f"e-{name}",
        question=name,
        masked_question=name,
        plan=Plan(name, (), ""),
        code="SELECT 1",
        skeleton=skeleton,
        family=name,
        lineage=Lineage(tables),
        explanation="",
        origin=Origin("a.sql", 1),
        status="admitted",
        reason="",
        lift=Lift(lift, 0.0, 4),
    )


REVENUE = "SELECT _, SUM(_) FROM _ JOIN _ ON _ = _ GROUP BY _"


@pytest.mark.parametrize(
    ("skeleton", "skill"),
    [
        ("SELECT _ FROM _", "lookup"),
        (REVENUE, "join, group, aggregate"),
        ("SELECT _ FROM _ ORDER BY _ LIMIT ?", "top"),
        ("SELECT _ FROM _ WHERE _ IN (SELECT _ FROM _)", "nested"),
        ("SELECT ROW_NUMBER() OVER (ORDER BY _) FROM _", "window"),
        ("SELECT _ FROM _ UNION SELECT _ FROM _", "set operation"),
        ("", "lookup"),
    ],
)
def test_a_skill_is_what_a_statement_needs(skeleton: str, skill: str) -> None:
    assert skill_of(skeleton) == skill


def test_cases_group_by_language_skill_and_the_table_that_most_share() -> None:
    cases = [
        make_case("a", REVENUE, ("customers", "orders"), 0.2),
        make_case("b", REVENUE, ("orders", "products"), 0.6),
        make_case("c", "SELECT COUNT(*) FROM _", ("customers",)),
    ]
    tree = build(cases)
    (sql,) = tree.children
    assert [child.path for child in sql.children] == [("sql", "join, group, aggregate"), ("sql", "aggregate")]
    topics = {each.path[1:]: [case.id for case in each.cases] for each in tree.walk() if len(each.path) == 3}
    assert topics == {
        ("join, group, aggregate", "customers"): ["a"],
        ("join, group, aggregate", "orders"): ["b"],
        ("aggregate", "customers"): ["c"],
    }
    assert sql.children[0].lift == pytest.approx(0.4)
    assert build([]).lift is None


def node(path: tuple[str, ...], words: tuple[str, ...], **changes: object) -> NodeInstruction:
    made = NodeInstruction(path, "- be kind", (), ("a",), words, Lineage(("orders",)), "admitted", "it helps")
    return evolve(made, **changes)


def test_a_query_goes_to_the_node_of_its_skill_and_topic_or_of_its_words() -> None:
    skill = node(("sql", "aggregate"), ("revenu",))
    topic = node(("sql", "aggregate", "orders"), ("revenu", "order"))
    other = node(("sql", "top"), ("top",))
    nodes = (skill, topic, other)
    assert descend("revenue of all orders", "", (), nodes) is topic
    assert descend("revenue", "", (), nodes) is skill
    assert descend("who is it", "SELECT COUNT(*) FROM _", ("orders",), nodes) is topic
    assert descend("who is it", "SELECT COUNT(*) FROM _", ("stores",), nodes) is skill
    assert descend("revenue", "SELECT _ FROM _", (), nodes) is None
    assert descend("who is it", "", (), nodes) is None
    assert descend("", "", (), ()) is None


def test_typical_words_are_those_of_half_the_questions_and_no_value() -> None:
    assert typical_words(["Revenue of _ by city", "Revenue by month", "Orders of _"]) == ("revenu",)


PAID = Definition(
    "revenu", "SUM(orders.total)", "metric", 2, ("orders.status = 'paid'",), said="revenue", cases=("a", "b")
)
OPEN = Definition("open", "orders.status = 'open'", "condition", 3, said="open", cases=("b", "c"))
HEAD = "House definitions, each agreed on by several of this project's queries:"
GENERAL = GeneralInstructions("\n".join((HEAD, sentence(PAID), sentence(OPEN))), (PAID, OPEN))


def test_each_definition_is_a_rule_and_each_rule_can_be_taken_out_alone() -> None:
    paid, opened = rules_of(GENERAL)
    assert (paid.kind, paid.code, paid.cases) == ("metric", "SUM(orders.total)", ("a", "b"))
    assert opened.lineage == Lineage(("orders",), ("orders.status",))
    assert paid.id == definition_id(evolve(PAID, support=9, said="the revenue"))
    left = without(GENERAL, (paid,))
    assert left.text == f"{HEAD}\n{sentence(OPEN)}"
    assert left.definitions == (OPEN,)
    assert without(GENERAL, (paid, opened)) == GeneralInstructions()
    assert without(GENERAL, ()) == GENERAL


def test_free_text_is_a_rule_a_line() -> None:
    general = GeneralInstructions("Rules:\n- Revenue counts paid orders only.\n\n- Amounts are cents.")
    first, second = rules_of(general)
    assert first.kind == "text"
    assert without(general, (first,)).text == "Rules:\n\n- Amounts are cents."
    again = GeneralInstructions("* Revenue  counts paid orders only.\n* Dates are UTC.")
    assert without(again, (first,)).text == "* Dates are UTC."
    assert with_lines(GeneralInstructions(), (second,)).text == "- Amounts are cents."


@pytest.fixture
def store(tmp_path: Path):
    with KnowledgeStore.open(tmp_path / "knowledge.db") as opened:
        yield opened


def test_a_forgotten_rule_leaves_the_instructions_and_the_nodes_for_good(store: KnowledgeStore) -> None:
    rules = rules_of(GENERAL)
    store.put_general(GENERAL, rules)
    store.put_instructions([node(("sql", "top"), (), text=GENERAL.text, definitions=GENERAL.definitions)])
    before = store.generation
    assert {rule.id for rule in store.rules()} == {rule.id for rule in rules}
    gone = store.forget_rule(rules[0].id[:6])
    assert gone == rules[0]
    assert store.generation > before
    assert store.general().definitions == (OPEN,)
    assert store.instructions()[0].definitions == (OPEN,)
    assert store.rules() == (rules[1],)
    assert store.forgotten_rules() == {rules[0].id}
    assert store.forget_rule(rules[0].id) is None
    assert store.rule("") is None


def test_a_beginning_that_several_rules_share_is_refused(store: KnowledgeStore) -> None:
    rule = rules_of(GENERAL)[0]
    store.put_general(GENERAL, (evolve(rule, id="aa1"), evolve(rule, id="aa2")))
    with pytest.raises(KnowledgeStoreError, match="several rules"):
        store.rule("aa")


def test_what_a_node_says_goes_with_any_case_that_it_was_made_from(store: KnowledgeStore) -> None:
    store.put_cases([make_case("a", REVENUE, ("orders",)), make_case("b", REVENUE, ("orders",))])
    store.put_instructions(
        [node(("sql", "one"), (), cases=("a", "b")), node(("sql", "two"), (), cases=("b",))]
    )
    store.forget("a")
    assert [each.path for each in store.instructions("admitted")] == [("sql", "two")]


def test_a_store_of_the_version_before_is_read_without_being_changed(store: KnowledgeStore) -> None:
    with store._database.writing() as connection:
        for table in ("rules", "instructions", "forgotten_rules", "repairs"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("PRAGMA user_version = 3")
    path = store.path
    store.close()
    with KnowledgeStore.open(path, read_only=True) as older:
        assert (older.rules(), older.instructions(), older.rule("a")) == ((), (), None)
    with KnowledgeStore.open(path) as migrated:
        migrated.put_general(GENERAL, rules_of(GENERAL))
        assert len(migrated.rules()) == 2
