"""understudy.distill: exploration on the workspace, in a process of its own, with progress that can be cancelled."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from understudy_server.lsp.child import Child
from understudy_server.lsp.part import part_of
from understudy_server.lsp.session import Session

DISTILL = "understudy.distill"
ESTIMATE = "understudy.estimate"
_TITLE = "Understudy: teaching from this project"


async def distill(
    session: Session, server: LanguageServer, token: object, path: object = None, stretch: object = None
) -> dict[str, Any]:
    """What came of it: `status` ("done", "cancelled" or "failed"), `message`, counts, held-out figures, report.

    `path` is the URI of a file, folder or notebook cell to teach from, otherwise all of the workspace is; of a file or cell
    the range `stretch` names the lines whose examples are explored.
    """
    if reason := _hindrance(session):
        return _refused(reason)
    if session.exploration is not None:
        return _refused("teaching is under way already; wait for it, or cancel it with understudy.cancel.")
    part = part_of(session, path, stretch)
    if part.refused:
        return _refused(part.refused)
    task = asyncio.ensure_future(_explore(session, server, token, part.argument))
    session.exploration = task
    try:
        return await task
    finally:
        session.exploration = None


async def estimate(session: Session, path: object = None, stretch: object = None) -> dict[str, Any]:
    """What teaching from there may take: `examples`, at most so many `calls` and `tokens` of the teacher, `money`, `teachers`.

    `status` is "done" or "failed", `message` says all of it in one sentence, or why there is none. Nothing is run for it.
    """
    part, reason = part_of(session, path, stretch), _hindrance(session)
    if reason or part.refused:
        return {"status": "failed", "message": reason or part.refused}
    child = await _started(session, ("--estimate", "--json"), part.argument)
    answer = await child.answer()
    if child.process.returncode != 0 or not isinstance(answer, dict):
        return {"status": "failed", "message": child.error or "what it may take could not be found out."}
    return {"status": "done"} | answer


def _hindrance(session: Session) -> str:
    """Why nothing can be taught here; empty where it can."""
    if not session.trusted:
        return "this workspace is not trusted, so nothing in it is executed; trust it to teach."
    return (
        "" if session.root is not None else "no folder is open; open the project's folder to teach from it."
    )


async def _started(session: Session, options: Sequence[str], chosen: str | None) -> Child:
    """`understudy distill` with these options. Raises OSError."""
    # Imported here: sqlglot comes with it, and `initialize` is to be answered before.
    from understudy_server.config import hand_down

    part = ("--", chosen) if chosen is not None else ()
    arguments = ("distill", *options, "--root", str(session.root), *part)
    return await Child.start(*arguments, environment=hand_down(session.overrides))


async def _explore(
    session: Session, server: LanguageServer, token: object, chosen: str | None
) -> dict[str, Any]:
    try:
        child = await _started(session, ("--json", "--progress-json"), chosen)
    except OSError as error:
        return _refused(f"exploration could not be started ({error}).")
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
    if child.process.returncode == 0 and result:
        return _outcome("done", result)
    if child.interrupted:
        return _outcome(
            "cancelled", {"message": "Teaching was cancelled; what was admitted is kept."} | result
        )
    reason = child.error or f"exploration ended with status {child.process.returncode}."
    return _outcome("failed", {"message": reason} | result)


class _Progress:
    """Work-done progress on the client's token, on one of ours, or on none where the client shows none."""

    def __init__(self, server: LanguageServer, token: types.ProgressToken | None) -> None:
        self._progress = server.work_done_progress
        self._token = token
        self._percentage = 0

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
        """What is being done, how far its stage is in words, and how far the whole is in percent."""
        done, total = event.get("done"), event.get("total")
        if self._token is None or not isinstance(done, int) or not isinstance(total, int):
            return
        from understudy_server.cli.progress import share_of_run

        words = f"{done}/{total} {event.get('message') or ''}".strip()
        spent = event.get("spent")
        if isinstance(spent, dict) and spent.get("calls") and isinstance(spent.get("words"), str):
            words += f" · {spent['words']}"
        share = min(1.0, max(0.0, done / total)) if total else 0.0
        # Each stage counts from nothing; clients want one figure that only rises.
        whole = share_of_run(str(event.get("stage")), share)
        self._percentage = max(self._percentage, int(100 * whole))
        report = types.WorkDoneProgressReport(message=words, percentage=self._percentage)
        self._progress.report(self._token, report)

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


def _outcome(status: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """The answer in the form clients rely on, whatever the result lacks."""
    held_out = result.get("held_out")
    held_out = held_out if isinstance(held_out, Mapping) else {}
    return {
        "status": status,
        "message": str(result.get("message") or ""),
        **{name: result.get(name, 0) for name in ("tried", "admitted", "refused")},
        "held_out": {name: held_out.get(name, 0) for name in ("n", "before", "after")},
        "report": result.get("report"),
    }


def _refused(message: str) -> dict[str, Any]:
    return _outcome("failed", {"message": message})
