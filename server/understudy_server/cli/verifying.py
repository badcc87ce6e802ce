"""Holds the knowledge of a project against its schema, its data and its student as they are now."""

import asyncio
from pathlib import Path

from attrs import evolve, field, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.errors import BackendError
from understudy_knowledge.evaluation.split import split
from understudy_knowledge.execution import Executor, snapshot
from understudy_knowledge.memory.records import Case, DataSource, Example, Rule
from understudy_knowledge.memory.rules import with_rules, without
from understudy_knowledge.memory.staleness import gone_in_words, unfounded
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.teaching.readmission import Readmission, outdated, to_measure
from understudy_knowledge.teaching.verifying import verify
from understudy_knowledge.teaching.workbench import Workbench
from understudy_server.cli.runs import last_seed
from understudy_server.mining import mine
from understudy_server.project import Project
from understudy_server.workspace import exploring_alone

_STAYS = ("admitted", "admitted")


@frozen
class Remeasured:
    """A case in use that was measured anew, before and after, and why: the student, the prompt or the schema is another one."""

    before: Case
    after: Case
    what: tuple[str, ...]


@frozen
class Verified:
    """What a look at all cases came to."""

    changed: list[Case]
    looked_at: int
    ran: bool
    """Whether code was run; without a database only tables and columns were looked at."""
    measured: int = 0
    """How many cases were measured: those that waited in quarantine, and those whose lift was of other conditions."""
    remeasured: tuple[Remeasured, ...] = ()
    """Those of them that were in use."""
    outdated: dict[str, tuple[str, ...]] = field(factory=dict)
    """By id of an admitted case that nothing here can measure what changed since it was: the student, the prompt, the schema."""
    stale_rules: tuple[Rule, ...] = ()
    """Rules that name what the schema has no more; they left the general instructions."""
    failure: str = ""
    """Why measuring ended before its time, where the student could not be asked; what was found out until then is kept."""


def verified(store: KnowledgeStore, root: Path) -> Verified:
    """Decide anew on each case that is in use, went stale or waits; the store has it. Raises ConfigurationError, DataSourceError."""
    project = Project.open(root, strict=True)
    try:
        return asyncio.run(_verified(store, project))
    finally:
        project.close()


async def _verified(store: KnowledgeStore, project: Project) -> Verified:
    cases = store.cases()
    # Those that went stale wait for this; the others are only looked over.
    in_use = [case for status in ("stale", "admitted") for case in cases if case.status == status]
    waiting = sum(case.awaits_measuring for case in cases)
    student, failure = project.build_student(), ""
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
            due = [case for case in to_measure(store.cases(), bench) if case.status != "stale"]
            measured: list[Remeasured] = []
            if due and project.source:
                try:
                    await _measured(due, store, project, bench, measured)
                except BackendError as error:
                    failure = str(error)
            still = store.cases("admitted")
            differing = {case.id: what for case in still if (what := outdated(case, bench))}
    finally:
        await student.close()
    others = [each.after for each in measured if (each.before.status, each.after.status) != _STAYS]
    return Verified(
        list({case.id: case for case in (*changed, *others)}.values()),
        len(in_use) + waiting,
        project.source is not None,
        len(measured),
        tuple(each for each in measured if each.before.status == "admitted"),
        differing,
        stale_rules,
        failure,
    )


def _stale_rules(store: KnowledgeStore, catalog: Catalog) -> tuple[Rule, ...]:
    """The rules that the schema speaks against now, out of the instructions; those that it did, and does no more, are back in."""
    rules = store.rules()
    gone = {rule.id: lacks for rule, lacks in unfounded(rules, catalog)}
    stale = {
        rule.id: evolve(rule, status="stale", reason=gone_in_words(gone[rule.id]))
        for rule in rules
        if rule.status == "admitted" and rule.id in gone
    }
    back = {
        rule.id: evolve(rule, status="admitted", reason="the schema has again what it is about")
        for rule in rules
        if rule.status == "stale" and rule.id not in gone
    }
    if stale or back:
        left = with_rules(without(store.general(), stale.values()), back.values())
        store.put_general(left, [(stale | back).get(rule.id, rule) for rule in rules])
    return tuple(stale.values())


async def _measured(
    due: list[Case], store: KnowledgeStore, project: Project, bench: Workbench, into: list[Remeasured]
) -> None:
    """Decide the due cases on the examples that exploration teaches from: those it holds out are no siblings. Raises BackendError."""
    assert project.source is not None
    with exploring_alone(project.folder):
        copy = await asyncio.to_thread(snapshot, project.source, project.folder / "cache")
        usable = [each for each in _examples(project, copy) if not await bench.why_gold_proves_nothing(each)]
        taught = split(usable, project.catalog, seed=last_seed(store)).taught
        readmission = Readmission(bench, taught, project.settings.distill.siblings)
        for case in due:
            what = outdated(case, bench)
            found = await readmission.decide(case)
            if found == case:
                continue  # nothing here can measure it
            store.put_case(found)
            into.append(Remeasured(case, found, what))


def _examples(project: Project, copy: DataSource) -> tuple[Example, ...]:
    return mine(project.root, source=copy, dialect=project.dialect, exclude=project.settings.exclude).examples
