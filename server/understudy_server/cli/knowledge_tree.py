"""understudy knowledge tree: the lessons by language, skill and topic, and what each node is worth."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from understudy_server.cli.counted import counted
from understudy_server.cli.opened_store import opened_store
from understudy_server.cli.options import json_option, print_json, root_option

if TYPE_CHECKING:
    from rich.tree import Tree

    from understudy_knowledge.memory.records import GeneralInstructions, NodeInstruction, Rule
    from understudy_knowledge.memory.tree import Node

    Told = dict[tuple[str, ...], NodeInstruction]


@click.command("tree")
@root_option
@json_option
def tree_command(root: Path | None, as_json: bool) -> None:
    """Show the knowledge tree of the admitted cases: general instructions, language, skill, topic, case."""
    from understudy_knowledge.memory.tree import build
    from understudy_server.cli.terminal import answers

    with opened_store(root, read_only=True) as store:
        tree = build(store.cases("admitted"))
        told = {each.path: each for each in store.instructions()}
        general = store.general()
        rules = store.rules()
    if as_json:
        print_json(
            {**_as_json(tree, told), "instruction": general.text or None, "rules": [*map(_rule, rules)]}
        )
    else:
        answers().print(_as_tree(tree, told, general, rules))


def _as_json(node: "Node", told: "Told") -> dict[str, Any]:
    said = told.get(node.path)
    found: dict[str, Any] = {
        "path": list(node.path),
        "lift": node.lift,
        "cases": len(node.cases),
        "children": [_as_json(child, told) for child in node.children],
    }
    if said is not None:
        found["instruction"] = {
            "status": said.status,
            "reason": said.reason,
            "lift": said.lift.value if said.lift else None,
            "text": said.text,
        }
    if not node.children:
        found["children"] = [
            {"id": case.id, "question": case.question, "lift": case.lift.value if case.lift else None}
            for case in node.cases
        ]
    return found


def _as_tree(root: "Node", told: "Told", general: "GeneralInstructions", rules: "Sequence[Rule]") -> "Tree":
    from rich.markup import escape
    from rich.tree import Tree

    tree = Tree(f"all{_worth(root)}")
    branch = tree.add("general instructions" if general.text else "no general instructions")
    for rule in sorted(
        rules, key=lambda rule: (rule.status, -(rule.lift.value if rule.lift else 0.0), rule.id)
    ):
        lift = f"{rule.lift.value:+.2f}" if rule.lift else "-"
        branch.add(f"{rule.id} {rule.status} {lift} {escape(rule.text.lstrip('- '))}")
    _grow(tree, root, told)
    return tree


def _rule(rule: "Rule") -> dict[str, Any]:
    lift = rule.lift.value if rule.lift else None
    return {"id": rule.id, "status": rule.status, "lift": lift, "text": rule.text, "reason": rule.reason}


def _grow(tree: "Tree", node: "Node", told: "Told") -> None:
    from rich.markup import escape

    for child in node.children:
        said = told.get(child.path)
        branch = tree.add(f"[bold]{escape(child.path[-1])}[/]{_worth(child)}")
        if said is not None:
            branch.add(f"instruction {said.status}: {escape(said.reason)}")
        _grow(branch, child, told)
    for case in () if node.children else node.cases:
        lift = f"{case.lift.value:+.2f}" if case.lift else "-"
        tree.add(f"{case.id} {lift} {escape(case.question)}")


def _worth(node: "Node") -> str:
    lift = f", mean lift {node.lift:+.2f}" if node.lift is not None else ""
    return f" ({counted(len(node.cases), 'case')}{lift})"
