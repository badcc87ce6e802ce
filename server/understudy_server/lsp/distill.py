"""understudy.distill: exploration on the workspace, in a process of its own, with progress that can be cancelled."""

import asyncio
from typing import Any
from uuid import uuid4

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from understudy_server.config import hand_down
from understudy_server.lsp.child import Child
from understudy_server.lsp.session import Session

_TITLE = "Understudy: teaching from this project"


async def distill(session: Session, server: LanguageServer, token: object) -> dict[str, Any]:
    """What came of it: `status` ("done", "cancelled" or "failed"), `message`, counts, held-out figures, report."""
    if not session.trusted:
        return _outcome(
            "failed", "this workspace is not trusted, so nothing in it is executed; trust it to teach."
        )
    if session.root is None:
        return _outcome("failed", "no folder is open; open the project's folder to teach from it.")
    if session.exploration is not None:
        return _outcome(
            "failed", "teaching is under way already; wait for it, or cancel it with understudy.cancel."
        )
    task = asyncio.ensure_future(_explore(session, server, token))
    session.exploration = task
    try:
        return await task
    finally:
        session.exploration = None


async def _explore(session: Session, server: LanguageServer, token: object) -> dict[str, Any]:
    try:
        child = await Child.start(
            "distill",
            "--json",
            "--progress-json",
            str(session.root),
            environment=hand_down(session.overrides),
        )
    except OSError as error:
        return _outcome("failed", f"exploration could not be started ({error}).")
    session.interrupt = child.interrupt
    progress = await _Progress.begin(server, token, child)
    result: dict[str, Any] = {}
    try:
        async for event in child.events():
            if event.get("event") == "progress":
                progress.report(event)
            elif event.get("event") == "done" and isinstance(event.get("result"), dict):
                result = event["result"]
    finally:
        session.interrupt = None
        progress.end("cancelled" if child.interrupted else "done")
    if child.interrupted:
        return _outcome("cancelled", "teaching was cancelled; what was admitted is kept.", result)
    if child.process.returncode or not result:
        reason = child.error or f"exploration ended with status {child.process.returncode}."
        return _outcome("failed", reason.removeprefix("Error: "), result)
    return _outcome("done", "", result)


class _Progress:
    """Work-done progress on the client's token, on one of ours, or on none where the client shows none."""

    def __init__(self, server: LanguageServer, token: types.ProgressToken | None) -> None:
        self._progress = server.work_done_progress
        self._token = token

    @classmethod
    async def begin(cls, server: LanguageServer, token: object, child: Child) -> "_Progress":
        """Progress begun; cancelling it interrupts the child."""
        chosen = token if isinstance(token, int | str) else await _own_token(server)
        progress = cls(server, chosen)
        if chosen is not None:
            progress._progress.begin(
                chosen, types.WorkDoneProgressBegin(title=_TITLE, cancellable=True, percentage=0)
            )
            cancelled = progress._progress.tokens[chosen]
            cancelled.add_done_callback(lambda _: child.interrupt())
        return progress

    def report(self, event: dict[str, Any]) -> None:
        """`n/m: what is being done`."""
        done, total = event.get("done"), event.get("total")
        if self._token is None or not isinstance(done, int) or not isinstance(total, int):
            return
        words = f"{done}/{total} {event.get('message') or ''}".strip()
        share = min(100, max(0, 100 * done // total)) if total else 0
        self._progress.report(self._token, types.WorkDoneProgressReport(message=words, percentage=share))

    def end(self, message: str) -> None:
        """The last word; pygls would keep the token for good."""
        if self._token is not None:
            self._progress.end(self._token, types.WorkDoneProgressEnd(message=message))
            self._progress.tokens.pop(self._token, None)


async def _own_token(server: LanguageServer) -> str | None:
    window = server.client_capabilities.window
    if window is None or not window.work_done_progress:
        return None
    token = uuid4().hex
    await server.work_done_progress.create_async(token)
    return token


def _outcome(status: str, message: str, result: dict[str, Any] | None = None) -> dict[str, Any]:
    found = result or {}
    held_out = found.get("held_out") or {}
    return {
        "status": status,
        "message": message or str(found.get("message") or ""),
        **{name: found.get(name, 0) for name in ("tried", "admitted", "refused")},
        "held_out": {name: held_out.get(name, 0) for name in ("n", "before", "after")},
        "report": found.get("report"),
    }
