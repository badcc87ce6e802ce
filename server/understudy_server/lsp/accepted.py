"""understudy.accepted: a suggestion was taken; which cases it was made with is counted, and nothing else is kept."""

import asyncio
import hashlib
from datetime import datetime, timezone

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_server.lsp.session import Session


async def accepted(session: Session, identifier: object) -> None:
    """Record it in the workspace's knowledge. An id that nobody was shown is ignored."""
    suggestion = session.shown(identifier)
    if suggestion is None or session.root is None:
        return
    workshop = await session.workshop()
    store = await asyncio.to_thread(lambda: workshop.project.knowledge)
    if store is None:
        return
    try:
        await asyncio.to_thread(
            store.record_acceptance,
            suggestion.id,
            [lesson.case_id for lesson in suggestion.lessons],
            hashlib.sha256(suggestion.statement.encode()).hexdigest(),
            datetime.now(timezone.utc).isoformat(timespec="seconds"),
        )
    except KnowledgeStoreError as error:
        session.log_once(str(error))
