"""understudy.doctor: what the doctor of the command line finds, as it prints it with `--json`."""

from typing import Any

from understudy_server.lsp.child import Child
from understudy_server.lsp.session import Session


async def doctor(session: Session) -> Any:
    """The findings, or `{"error": sentence}`."""
    if session.root is None or not session.trusted:
        return {"error": "the doctor looks into trusted folders only; open one, or trust this one."}
    # Imported here: sqlglot comes with it, and `initialize` is to be answered before.
    from understudy_server.config import hand_down

    child = await Child.start("doctor", "--json", str(session.root), environment=hand_down(session.overrides))
    found = await child.answer()
    return found if found is not None else {"error": child.error or "the doctor said nothing."}
