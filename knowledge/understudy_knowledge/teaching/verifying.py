"""Whether cases still stand: their tables and columns are there, and their code runs on the data of today."""

from collections.abc import Sequence

from attrs import evolve

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.execution.executor import Executor
from understudy_knowledge.execution.limits import Limits
from understudy_knowledge.memory.records import Case, DataSource
from understudy_knowledge.memory.staleness import lacking

_OVER_TIME = frozenset({"timeout", "memory", "rows", "bytes", "unavailable"})
"""Outcomes that say something of the machine or the limits, and nothing against the case."""


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
        why = await _why_stale(case, catalog, executor, source, limits)
        if why and (case.status, case.reason) != ("stale", why):
            changed.append(evolve(case, status="stale", reason=why))
        elif not why and case.status == "stale" and source is not None:
            changed.append(evolve(case, status="admitted", reason="its code runs again"))
    return changed


async def _why_stale(
    case: Case, catalog: Catalog, executor: Executor, source: DataSource | None, limits: Limits
) -> str:
    """One clause; empty where the case stands, or where nothing can be said."""
    if gone := lacking(case.lineage, catalog):
        return f"the schema has no {', '.join(gone)} any more"
    if source is None:
        return ""
    outcome = await executor.run(case.code, source, limits)
    if outcome.result is None and outcome.kind not in _OVER_TIME:
        return f"its code does not run any more: {outcome.message or outcome.kind}"
    return ""
