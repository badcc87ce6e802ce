"""Holds the knowledge of a project against its schema and its data as they are now."""

import asyncio
from pathlib import Path

from understudy_knowledge.execution import Executor
from understudy_knowledge.memory.records import Case
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.teaching.verifying import verify
from understudy_server.project import Project


def verified(store: KnowledgeStore, root: Path) -> tuple[list[Case], int, bool]:
    """The cases that changed, how many were looked at, and whether their code was run. Raises ConfigurationError, DataSourceError."""
    project = Project.open(root, strict=True)
    try:
        cases = [case for case in store.cases() if case.status in ("admitted", "stale")]
        changed = asyncio.run(_verify(cases, project))
    finally:
        project.close()
    store.put_cases(changed)
    return changed, len(cases), project.source is not None


async def _verify(cases: list[Case], project: Project) -> list[Case]:
    async with Executor(limits=project.limits) as executor:
        return await verify(cases, project.catalog, executor, project.source, project.limits)
