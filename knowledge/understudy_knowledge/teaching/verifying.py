"""Whether cases still stand: their tables and columns are there, and their code runs on the data of today.

The schema alone is looked at as soon as it changes, and costs nothing; what it speaks against is stale, and waits to be run.
"""

from collections.abc import Mapping, Sequence

from attrs import evolve

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.execution.executor import Executor
from understudy_knowledge.execution.limits import Limits
from understudy_knowledge.memory.records import Case, DataSource, Lineage
from understudy_knowledge.memory.staleness import gone_in_words, lacking
from understudy_knowledge.memory.store import KnowledgeStore

_OVER_TIME = frozenset({"timeout", "memory", "rows", "bytes", "unavailable"})
"""Outcomes that say something of the machine or the limits, and nothing against the case."""


def lost(store: KnowledgeStore, catalog: Catalog) -> dict[str, str]:
    """By id, why each admitted case does not fit the schema any more. Builds no record, of however many cases."""
    found = (
        (entry.case_id, lacking(Lineage(entry.tables, entry.columns), catalog)) for entry in store.entries()
    )
    return {case_id: gone_in_words(gone) for case_id, gone in found if gone}


def mark_stale(store: KnowledgeStore, lost: Mapping[str, str]) -> int:
    """Mark these cases, with why, as far as they are still admitted: a stale case is in no prompt, and who verifies or explores
    next runs it first. Returns how many were marked. Raises KnowledgeStoreError."""

    def mark(case: Case) -> Case:
        return evolve(case, status="stale", reason=lost[case.id]) if case.status == "admitted" else case

    return store.change_cases(lost, mark)


async def verify(
    cases: Sequence[Case], catalog: Catalog, executor: Executor, source: DataSource | None, limits: Limits
) -> list[Case]:
    """The cases whose status is another one now, with the reason: admitted ones that went stale, stale ones that stand again.

    Without a source only the schema is looked at, and no stale case is taken back.
    """
    changed = []
    for case in cases:
        if case.status not in ("admitted", "stale"):
            continue
        why = await why_stale(case, catalog, executor, source, limits)
        if why and (case.status, case.reason) != ("stale", why):
            changed.append(evolve(case, status="stale", reason=why))
        elif not why and case.status == "stale" and source is not None:
            changed.append(evolve(case, status="admitted", reason="its code runs again"))
    return changed


async def why_stale(
    case: Case, catalog: Catalog, executor: Executor, source: DataSource | None, limits: Limits
) -> str:
    """Why a case does not stand, in one clause; empty where the case stands, or where nothing can be said."""
    if gone := lacking(case.lineage, catalog):
        return gone_in_words(gone)
    if source is None:
        return ""
    outcome = await executor.run(case.code, source, limits)
    if outcome.result is None and outcome.kind not in _OVER_TIME:
        return f"its code does not run any more: {outcome.message or outcome.kind}"
    return ""
