"""understudy.forget: a lesson is taken out of the knowledge, and out of what was made from it."""

from typing import TYPE_CHECKING, Any

from pygls.lsp.server import LanguageServer

from understudy_server.lsp.child import Child
from understudy_server.lsp.hover import place_of
from understudy_server.lsp.session import Session, Workshop
from understudy_server.lsp.tell import told

if TYPE_CHECKING:
    from understudy_knowledge.memory.records import Case
    from understudy_server.context.query_context import QueryContext

FORGET = "understudy.forget"


def lessons_at(session: Session, uri: str, context: "QueryContext", workshop: Workshop) -> "list[Case]":
    """The cases that helped the statement, or were taught from it, and are still kept; reads the knowledge file."""
    from understudy_server.actions.learned import learned_at

    project = workshop.project
    found = session.find(uri)
    if not project.has_knowledge or found is None:
        return []
    place = place_of(session, uri, found[0], context)
    learned = learned_at(context, session.suggestions, project.knowledge, place)
    cases = {case.id: case for case in (*learned.cases.values(), *learned.taught)}
    return [case for case in cases.values() if case.status == "admitted"]


async def forget(session: Session, server: LanguageServer, identifier: object) -> dict[str, Any]:
    """What came of it: `forgotten`, and a `message`. The command line does it, with all that follows from it."""
    if session.root is None or not session.trusted or not isinstance(identifier, str):
        return {"forgotten": False} | told(server, "forget takes the id of a case, in a trusted folder.")
    from understudy_server.config import hand_down

    child = await Child.start(
        "knowledge", "forget", identifier, "--json", "--root", str(session.root),
        environment=hand_down(session.overrides),
    )  # fmt: skip
    answer = await child.answer()
    if child.process.returncode != 0 or not isinstance(answer, dict):
        return {"forgotten": False} | told(server, child.error or "it could not be forgotten.")
    return {"forgotten": True} | told(server, "forgot the lesson; it enters no prompt any more.")
