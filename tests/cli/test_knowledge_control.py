"""understudy knowledge tree, edit, rules and training data, through the real process."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from understudy_knowledge.memory.store import KnowledgeStore

if TYPE_CHECKING:
    from conftest import Run


def test_the_tree_holds_every_admitted_case_and_a_rule_can_be_forgotten_alone(
    project: Path, understudy: "Run"
) -> None:
    understudy("distill", "--json")
    tree = understudy("knowledge", "tree", "--json").json
    listed = understudy("knowledge", "list", "--json", "--status", "admitted").json

    def cases(node):
        for child in node["children"]:
            yield from [child["id"]] if "id" in child else cases(child)

    assert sorted(cases(tree)) == sorted(case["id"] for case in listed)
    assert tree["children"][0]["path"] == ["sql"]
    drawn = understudy("knowledge", "tree").stdout
    assert all(case["question"][:30] in drawn for case in listed)
    with KnowledgeStore.open(project / ".understudy" / "knowledge.db", read_only=True) as store:
        rules = store.rules()
    assert {rule["id"] for rule in tree["rules"]} == {rule.id for rule in rules}
    assert all(rule.id in drawn for rule in rules)
    for rule in rules:
        shown = understudy("knowledge", "show", rule.id).stdout
        assert shown.startswith(f"Rule {rule.id}")
        assert understudy("knowledge", "forget", rule.id, "--json").json["forgotten"]["id"] == rule.id
    with KnowledgeStore.open(project / ".understudy" / "knowledge.db", read_only=True) as store:
        assert (store.general().text, store.rules()) == ("", ())
        assert store.forgotten_rules() == {rule.id for rule in rules}


def test_an_edited_case_is_measured_before_it_enters_prompts_and_keeps_its_words(
    project: Path, understudy: "Run"
) -> None:
    understudy("distill", "--json")
    case_id = understudy("knowledge", "list", "--json", "--status", "admitted").json[0]["id"]
    told = understudy(
        "knowledge", "edit", case_id[:8], "--set", "explanation=Only paid orders count.", "--json"
    ).json
    assert told == {"id": case_id, "changed": True, "edited": ["explanation"]}
    shown = understudy("knowledge", "show", case_id, "--json").json
    assert (shown["status"], shown["lift"], shown["explanation"]) == (
        "quarantined",
        None,
        "Only paid orders count.",
    )
    assert understudy("knowledge", "verify", "--json").json["measured"] == 1
    again = understudy("knowledge", "show", case_id, "--json").json
    assert (again["status"], again["explanation"]) == ("admitted", "Only paid orders count.")
    understudy("distill", "--json")
    after = understudy("knowledge", "show", case_id, "--json").json
    assert (after["explanation"], after["edited"]) == ("Only paid orders count.", ["explanation"])
    editor = project / "editor.sh"
    editor.write_text(
        "#!/bin/sh\nsed -i 's/^question: .*/question: What did we earn?/' \"$1\"\n", encoding="utf-8"
    )
    editor.chmod(0o755)
    said = understudy("knowledge", "edit", case_id, EDITOR=str(editor), VISUAL=str(editor))
    assert "waits in quarantine" in said.stdout
    assert understudy("knowledge", "show", case_id, "--json").json["question"] == "What did we earn?"
    wrong = understudy("knowledge", "edit", case_id, "--set", "code=DROP TABLE orders")
    assert (wrong.status, "sets no field that can be edited" in wrong.sentence) == (2, True)
    for wanted, keys in (
        ("sft", {"prompt", "completion"}),
        ("dpo", {"prompt", "chosen", "rejected"}),
        ("traces", {"messages", "example_id", "solved"}),
    ):
        file = project / f"{wanted}.jsonl"
        rows = understudy("knowledge", "export", str(file), "--format", wanted, "--json").json["rows"]
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        assert len(lines) == rows > 0
        assert all(set(line) == keys for line in lines)
    refused = understudy("knowledge", "export", "x", "--format", "sft", "--sign-key", "k")
    assert "only packs are signed" in refused.sentence
