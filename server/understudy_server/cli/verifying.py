"""Holds the knowledge of a project against its schema, its data and its student as they are now."""

import asyncio
from pathlib import Path

from attrs import evolve, field, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.evaluation.split import split
from understudy_knowledge.execution import Executor, snapshot
from understudy_knowledge.memory.records import Case, DataSource, Example, Rule
from understudy_knowledge.memory.rules import without
from understudy_knowledge.memory.staleness import lacking
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.teaching.readmission import Readmission, outdated
from understudy_knowledge.teaching.verifying import verify
from understudy_knowledge.teaching.workbench import Workbench
from understudy_server.cli.runs import last_seed
from understudy_server.mining import mine
from understudy_server.project import Project
from understudy_server.workspace import exploring_alone


@frozen
class Verified:
    """What a look at all cases came to."""

    changed: list[Case]
    looked_at: int
    ran: bool
    """Whether code was run; without a database only tables and columns were looked at."""
    measured: int = 0
    """How many of the cases that waited in quarantine were measured."""
    outdated: dict[str, tuple[str, ...]] = field(factory=dict)
    """By id of an admitted case what changed since its lift was measured: the student, the prompt, the schema."""
    stale_rules: tuple[Rule, ...] = ()
    """Rules that name what the schema has no more; they left the general instructions."""


def verified(store: KnowledgeStore, root: Path) -> Verified:
    """Decide anew on each case that is in use, went stale or waits; the store has it. Raises ConfigurationError, DataSourceError."""
    project = Project.open(root, strict=True)
    try:
        return asyncio.run(_verified(store, project))
    finally:
        project.close()


async def _verified(store: KnowledgeStore, project: Project) -> Verified:
    cases = store.cases()
    in_use = [case for case in cases if case.status in ("admitted", "stale")]
    waiting = [case for case in cases if case.awaits_measuring]
    student = project.build_student()
    try:
        async with Executor(limits=project.limits) as executor:
            changed = await verify(in_use, project.catalog, executor, project.source, project.limits)
            stale_rules = _stale_rules(store, project.catalog)
            # What was found out is kept before anything slow begins.
            store.put_cases(changed)
            bench = Workbench(
                student,
                executor,
                project.catalog,
                project.limits,
                project.settings.execution.neighbors,
                project.folder / "cache",
            )
            measured = await _measured(waiting, store, project, bench) if waiting and project.source else []
            stands = [case for case in store.cases("admitted") if case not in measured]
            differing = {case.id: what for case in stands if (what := outdated(case, bench))}
    finally:
        await student.close()
    looked_at = len(in_use) + len(waiting)
    return Verified(
        [*changed, *measured], looked_at, project.source is not None, len(measured), differing, stale_rules
    )


def _stale_rules(store: KnowledgeStore, catalog: Catalog) -> tuple[Rule, ...]:
    rules = store.rules()
    stale = {
        rule.id: evolve(rule, status="stale", reason=f"the schema has no {', '.join(gone)} any more")
        for rule in rules
        if rule.status == "admitted" and (gone := lacking(rule.lineage, catalog))
    }
    if stale:
        left = without(store.general(), stale.values())
        store.put_general(left, [stale.get(rule.id, rule) for rule in rules])
    return tuple(stale.values())


async def _measured(
    waiting: list[Case], store: KnowledgeStore, project: Project, bench: Workbench
) -> list[Case]:
    """The waiting cases, decided on the examples that exploration teaches from: those it holds out are no siblings."""
    assert project.source is not None
    with exploring_alone(project.folder):
        copy = await asyncio.to_thread(snapshot, project.source, project.folder / "cache")
        usable = [each for each in _examples(project, copy) if not await bench.why_gold_proves_nothing(each)]
        taught = split(usable, project.catalog, seed=last_seed(store)).taught
        readmission = Readmission(bench, taught, project.settings.distill.siblings)
        decided = []
        for case in waiting:
            found = await readmission.decide(case)
            store.put_case(found)
            decided.append(found)
    return decided


def _examples(project: Project, copy: DataSource) -> tuple[Example, ...]:
    return mine(project.root, source=copy, dialect=project.dialect, exclude=project.settings.exclude).examples
