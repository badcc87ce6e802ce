"""What has to change when a case is forgotten: nothing that was made from it may go on entering prompts.

The logs of runs, their ledgers and the answers that teachers were paid for stay: they say what was done and sent where, enter no
prompt, and keep a run that is taken up again from paying twice.
"""

import asyncio
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal

from attrs import evolve

from understudy_knowledge.memory.records import Case, GeneralInstructions, Rule
from understudy_knowledge.memory.rules import rules_of, with_lines, without
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.teaching.pruning import is_pruned
from understudy_server.project import Project


def forget_case(store: KnowledgeStore, named: str) -> tuple[Case, tuple[Case, ...]]:
    """Forget a case, what another student made of its example, and the cases whose example is the same query asked in a
    teacher's words. Returns it, and those."""
    case = store.forget(named)
    same = [each for each in store.cases() if _is_the_same(each, case)]
    return case, tuple(store.forget(each.id) for each in same)


def _is_the_same(one: Case, other: Case) -> bool:
    if one.example_id == other.example_id:
        return True
    ours = one.provenance is None and other.provenance is None
    return ours and (one.origin, one.family) == (other.origin, other.family)


def renew_general(
    store: KnowledgeStore, root: Path, forgotten: Collection[str]
) -> Literal["none", "renewed", "put aside"]:
    """Make the general instructions anew from what is left without the cases `forgotten`, whose ids these are.

    Where that would cost teacher calls they are put aside instead, until the next exploration.
    """
    if not store.general().text:
        if any(_is_made_of(rule, forgotten) for rule in store.rules()):
            kept_out = [rule for rule in store.rules() if not _is_made_of(rule, forgotten)]
            store.put_general(store.general(), kept_out)
        return "none"
    project = Project.open(root)
    left = [case for case in store.cases() if case.status == "admitted" or is_pruned(case)]
    if any(role.base_url is not None for role in (project.settings.teacher, *project.settings.teachers)):
        store.put_general(GeneralInstructions())
        return "put aside"
    made = asyncio.run(project.build_teacher().instruct(left, project.catalog)).general
    known = {rule.id: rule for rule in store.rules()}
    gone = store.forgotten_rules() | {rule.id for rule in known.values() if rule.status != "admitted"}
    kept = without(made, [rule for rule in rules_of(made) if rule.id in gone])
    joins = [
        rule
        for rule in known.values()
        if rule.kind == "join" and rule.status == "admitted" and not _is_made_of(rule, forgotten)
    ]
    stated = tuple(_as_measured(rule, known) for rule in rules_of(kept))
    out = tuple(
        rule for rule in known.values() if rule.status != "admitted" and not _is_made_of(rule, forgotten)
    )
    store.put_general(with_lines(kept, joins), (*stated, *joins, *out))
    return "renewed"


def _is_made_of(rule: Rule, cases: Collection[str]) -> bool:
    return not set(cases).isdisjoint(rule.cases)


def _as_measured(rule: Rule, known: Mapping[str, Rule]) -> Rule:
    """The rule with what was measured of it: it says the same, whatever else agrees on it."""
    before = known.get(rule.id)
    return evolve(rule, lift=before.lift, reason=before.reason) if before else rule
