"""understudy.accepted: a suggestion was taken. The next one is begun; which cases took part is counted, and nothing else kept."""

import asyncio
import hashlib
from datetime import datetime, timezone

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_server.lsp.session import Session, Shown, Workshop


async def accepted(session: Session, identifier: object) -> None:
    """Record it in the workspace's knowledge. An id that nobody was shown is ignored."""
    shown = session.shown(identifier)
    if shown is None:
        return
    workshop = await session.workshop()
    _prefetch(session, shown, workshop)
    await accepted_in_part(session, shown)


async def accepted_in_part(session: Session, shown: Shown) -> None:
    """Record it: a suggestion counts once, however much of it was taken, and in however many pieces."""
    if session.root is None:
        return
    workshop = await session.workshop()
    suggestion = shown.suggestion
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


def _prefetch(session: Session, shown: Shown, workshop: Workshop) -> None:
    """Begin what the editor will ask for behind the accepted text, where that stands in the document now."""
    found = session.find(shown.uri)
    if found is None:
        return
    document, _ = found
    text = shown.text.encode("utf-8", "surrogatepass")
    end = shown.offset + len(text)
    if document.slice(shown.offset, end) != text:
        return
    context = session.context(*found, *document.position_at(end, session.documents.encoding), workshop)
    if context is not None:
        session.under_way(shown.uri).prefetch(context, workshop.toolbox)
