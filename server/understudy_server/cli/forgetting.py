"""What has to change when a case is forgotten: nothing that was made from it may go on entering prompts."""

import asyncio
from pathlib import Path
from typing import Literal

from understudy_knowledge.memory.records import GeneralInstructions
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_server.project import Project


def renew_general(store: KnowledgeStore, root: Path) -> Literal["none", "renewed", "put aside"]:
    """Make the general instructions anew from what is left.

    Where that would cost teacher calls they are put aside instead, until the next exploration.
    """
    if not store.general().text:
        return "none"
    project = Project.open(root)
    left = store.cases("admitted")
    if project.settings.teacher.base_url is not None:
        store.put_general(GeneralInstructions())
        return "put aside"
    store.put_general(asyncio.run(project.build_teacher().instruct(left, project.catalog)).general)
    return "renewed"
