"""What may be written into a case, and what training data is made of it: plain functions, no process."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from attrs import evolve

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.errors import ConfigurationError, KnowledgeStoreError
from understudy_knowledge.memory.records import Case, Cost, Lift, Lineage, Origin, Plan, Provenance, Step
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.teaching.candidates import carried_over
from understudy_knowledge.teaching.records import Attempt, Trace, Turn
from understudy_server.cli.editing import apply, as_text, from_assignments, from_text
from understudy_server.cli.packing import why_not
from understudy_server.cli.training import Taught, to_lines, usable

CATALOG = Catalog((Table("orders", (Column("total", "INTEGER"),)),))


def make_case(case_id: str = "c1", **changes: object) -> Case:
    plan = Plan("Total?", (Step("sum up", "SUM(:h1)", "metric"),), "SELECT …", notes=("made plainer",))
    case = Case(
        id=case_id,
        example_id="e1",
        question="Total?",
        masked_question="Total?",
        plan=plan,
        code="SELECT SUM(total) FROM orders",
        skeleton="SELECT SUM(_) FROM _",
        family="f",
        lineage=Lineage(("orders",)),
        explanation="why: it's “so”\nand so",
        origin=Origin("a.sql", 1),
        status="admitted",
        reason="it helps",
        lift=Lift(1.0, 0.0, 3),
        cost=Cost(turns=2),
    )
    return evolve(case, **changes)


@pytest.fixture
def store(tmp_path: Path):
    with KnowledgeStore.open(tmp_path / "k.db") as opened:
        opened.put_case(make_case())
        yield opened


def test_text_that_is_left_as_it_is_changes_nothing(store: KnowledgeStore) -> None:
    edit = from_text(as_text(make_case()))
    assert edit is not None
    before = store.generation
    assert apply(store, make_case(), edit, CATALOG) is None
    assert store.generation == before
    assert from_text("") is None
    assert from_text("# only comments\n") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("question: [", "is not YAML"),
        ("question: a\nexplanation: b\n", "has the fields"),
        ("question: a\nexplanation: b\nnotes: []\ncode: DROP\n", "has the fields"),
        ("question: 5\nexplanation: b\nnotes: []\n", "are texts"),
        ("question: a\nexplanation: b\nnotes: no list\n", "are texts"),
        ("question: ' '\nexplanation: b\nnotes: []\n", "needs a question"),
        ('question: "a\\u202eb"\nexplanation: b\nnotes: []\n', "hidden character U\\+202E"),
        (f"question: {'a' * 5000}\nexplanation: b\nnotes: []\n", "characters at most"),
        ("!!python/object/apply:os.system [id]", "is not YAML"),
        ("question: a\nexplanation: b\nnotes: [" + "x," * 30 + "]", "notes at most"),
    ],
)
def test_what_is_no_edit_is_one_sentence(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        from_text(text)


def test_an_edit_is_kept_in_quarantine_and_names_what_a_person_wrote(store: KnowledgeStore) -> None:
    edit = from_assignments(make_case(), ["question=Sum of 'a'?", "notes=one", "notes=two"])
    changed = apply(store, make_case(), edit, CATALOG)
    assert changed == store.case("c1")
    assert changed is not None
    assert (changed.status, changed.lift, changed.awaits_measuring) == ("quarantined", None, True)
    assert changed.masked_question == "Sum of _?"
    assert changed.plan.notes == ("one", "two")
    assert changed.edited == ("question", "notes")
    made_anew = carried_over(make_case(code="SELECT 2"), changed)
    assert (made_anew.question, made_anew.plan.notes, made_anew.code) == (
        "Sum of 'a'?",
        ("one", "two"),
        "SELECT 2",
    )


def test_a_case_that_changed_meanwhile_is_not_overwritten(store: KnowledgeStore) -> None:
    edit = from_assignments(make_case(), ["explanation=mine"])
    store.put_case(make_case(explanation="another's"))
    with pytest.raises(KnowledgeStoreError, match="changed meanwhile"):
        apply(store, make_case(), edit, CATALOG)


def attempt(code: str, passed: bool = False) -> Attempt:
    return Attempt("e1", code, passed, "rows", "" if passed else "it counts too much")


TRACE = Trace(
    "e1",
    attempt("SELECT 1"),
    (
        Turn(make_case().plan, attempt("SELECT 1")),
        Turn(make_case().plan, attempt("SELECT 2")),
        Turn(make_case().plan, attempt("SELECT SUM(total) FROM orders", passed=True)),
    ),
)


def rows(wanted, cases, trace=TRACE):
    data, count = to_lines(Taught(cases, {"e1": trace} if trace else {}, CATALOG), wanted)
    found = [json.loads(line) for line in data.decode().splitlines()]
    assert len(found) == count
    return found


def test_sft_has_one_row_an_example_from_its_cheapest_success() -> None:
    dear = make_case("c0", code="SELECT TOTAL(total) FROM orders", cost=Cost(turns=9))
    (row,) = rows("sft", [dear, make_case()])
    (prompt,), (completion,) = row["prompt"], row["completion"]
    assert (prompt["role"], completion["role"]) == ("user", "assistant")
    assert "Total?" in prompt["content"]
    assert "orders" in prompt["content"]
    assert completion["content"] == "```sql\nSELECT SUM(total) FROM orders\n```"


def test_dpo_sets_the_success_against_each_distinct_failure() -> None:
    found = rows("dpo", [make_case()])
    assert [row["rejected"][0]["content"] for row in found] == [
        "```sql\nSELECT 1\n```",
        "```sql\nSELECT 2\n```",
    ]
    assert all("SUM(total)" in row["chosen"][0]["content"] for row in found)
    assert rows("dpo", [make_case()], trace=None) == []


def test_dpo_prefers_the_cheapest_right_answer_and_rejects_what_is_dearer_than_the_top_band() -> None:
    close = "SELECT SUM(orders.total) FROM orders"
    dear = "SELECT SUM(t.total) FROM (SELECT total FROM orders WHERE total IS NOT NULL) AS t"
    lucky = "SELECT 4200 AS total_of_all_the_orders_there_are FROM orders GROUP BY order_id, total, total"
    trace = Trace(
        "e1",
        attempt("SELECT 1"),
        (
            Turn(make_case().plan, attempt(dear, passed=True)),
            Turn(make_case().plan, evolve(attempt(lucky, passed=True), weak=True)),
        ),
        helped=attempt(close, passed=True),
    )
    found = rows("dpo", [make_case("c0", code=dear, cost=Cost(turns=1)), make_case()], trace)
    assert {row["chosen"][0]["content"] for row in found} == {"```sql\nSELECT SUM(total) FROM orders\n```"}, (
        "the cheapest, not the one of the case that was cheapest to make"
    )
    assert [row["rejected"][0]["content"] for row in found] == [
        "```sql\nSELECT 1\n```",
        f"```sql\n{dear}\n```",
    ], "failures first; what is right and in the band, or right by luck, is not rejected"


def test_a_program_is_fenced_as_what_it_is() -> None:
    program = make_case(code="result = orders.total.sum()", language="python")
    trace = evolve(TRACE, own=attempt("result = 1"))
    (sft,) = rows("sft", [program], trace)
    assert sft["completion"][0]["content"] == "```python\nresult = orders.total.sum()\n```"
    for wanted in ("dpo", "traces"):
        assert "```sql" not in json.dumps(rows(wanted, [program], trace))


def is_conversation(messages: object, first: str, last: str) -> bool:
    """Whether they are TRL's conversational messages: objects of role and content, both texts, turn about."""
    assert isinstance(messages, list)
    assert all(set(each) == {"role", "content"} for each in messages)
    assert all(isinstance(text, str) and text for each in messages for text in each.values())
    roles = [each["role"] for each in messages]
    assert all(one != other for one, other in pairwise(roles))
    return set(roles) <= {"user", "assistant"} and (roles[0], roles[-1]) == (first, last)


@pytest.mark.parametrize("case", [make_case(), make_case(code="result = 1", language="python")])
def test_each_row_has_the_columns_and_types_that_trl_documents(case: Case) -> None:
    for row in rows("sft", [case]):
        assert list(row) == ["prompt", "completion"]
        assert is_conversation(row["prompt"], "user", "user")
        assert is_conversation(row["completion"], "assistant", "assistant")
    for row in rows("dpo", [case]):
        assert list(row) == ["prompt", "chosen", "rejected"]
        assert is_conversation(row["prompt"], "user", "user")
        for side in (row["chosen"], row["rejected"]):
            assert is_conversation(side, "assistant", "assistant")
        assert row["chosen"] != row["rejected"]
    for row in rows("traces", [case]):
        assert is_conversation(row["messages"], "user", "assistant")
        assert {type(value) for name, value in row.items() if name != "messages"} == {str, bool}


def test_a_trace_is_a_conversation_in_turns() -> None:
    (row,) = rows("traces", [make_case()])
    roles = [message["role"] for message in row["messages"]]
    assert roles == ["user", "assistant"] * 4
    assert "it counts too much\nCarry out this plan:\n1. sum up: SUM(:h1)" in row["messages"][2]["content"]
    silent = evolve(TRACE, own=attempt(""))
    (row,) = rows("traces", [make_case()], silent)
    assert [message["role"] for message in row["messages"]] == ["user", "assistant"] * 3


def test_a_row_with_a_secret_is_left_out() -> None:
    secret = make_case(code="SELECT 'ghp_" + "a" * 36 + "'")
    assert rows("sft", [secret]) == []


def test_only_code_that_was_right_here_is_taught() -> None:
    told = Provenance("p", "c", "", False, "a.sql:1", "s", None, "now")
    cases = [
        make_case("ours", status="refused"),
        make_case("theirs", status="refused", provenance=told),
        make_case("admitted", provenance=told),
        make_case("stale", status="stale"),
        make_case("waits", status="quarantined"),
    ]
    assert [case.id for case in usable(cases)] == ["ours", "admitted"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"explanation": "the token is ghp_" + "a" * 36}, "looks like a secret"),
        ({"question": "total\u200b?"}, "hidden character"),
        ({"code": "DELETE FROM orders"}, "may not run here"),
        ({"question": "total " * 1000}, "longer than any"),
        ({}, ""),
    ],
)
def test_a_case_that_holds_a_secret_or_that_no_import_takes_is_not_exported(
    changes: dict[str, str], reason: str
) -> None:
    why = why_not(make_case(**changes))
    assert reason in why
    assert bool(reason) == bool(why)
