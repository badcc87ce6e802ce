"""What has to change when a case is forgotten: nothing that was made from it may go on entering prompts."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from attrs import evolve

from understudy_knowledge.memory.records import GeneralInstructions, Rule
from understudy_knowledge.memory.rules import rules_of, with_lines, without
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.teaching.pruning import is_pruned
from understudy_server.project import Project


def renew_general(
    store: KnowledgeStore, root: Path, forgotten: str
) -> Literal["none", "renewed", "put aside"]:
    """Make the general instructions anew from what is left without the case `forgotten`.

    Where that would cost teacher calls they are put aside instead, until the next exploration.
    """
    if not store.general().text:
        return "none"
    project = Project.open(root)
    left = [case for case in store.cases() if case.status == "admitted" or is_pruned(case)]
    if project.settings.teacher.base_url is not None:
        store.put_general(GeneralInstructions())
        return "put aside"
    made = asyncio.run(project.build_teacher().instruct(left, project.catalog)).general
    known = {rule.id: rule for rule in store.rules()}
    gone = store.forgotten_rules() | {rule.id for rule in known.values() if rule.status != "admitted"}
    kept = without(made, [rule for rule in rules_of(made) if rule.id in gone])
    joins = [
        rule
        for rule in known.values()
        if rule.kind == "join" and rule.status == "admitted" and forgotten not in rule.cases
    ]
    stated = tuple(_as_measured(rule, known) for rule in rules_of(kept))
    out = tuple(rule for rule in known.values() if rule.status != "admitted" and forgotten not in rule.cases)
    store.put_general(with_lines(kept, joins), (*stated, *joins, *out))
    return "renewed"


def _as_measured(rule: Rule, known: Mapping[str, Rule]) -> Rule:
    """The rule with what was measured of it: it says the same, whatever else agrees on it."""
    before = known.get(rule.id)
    return evolve(rule, lift=before.lift, reason=before.reason) if before else rule
