"""understudy/report: the last finished run's report in parts, for an editor that shows it under a policy of its own."""

import asyncio
from typing import Any

from understudy_knowledge.errors import UnderstudyError
from understudy_server.lsp.session import Session

REPORT = "understudy/report"


async def report(session: Session) -> dict[str, Any]:
    """`title`, `style` (CSS) and `body` (HTML without scripts, its buttons named by `data-act`), `file`: the whole page on
    disk, written anew. A `message` where there is no run to report on."""
    root = session.root
    if root is None or not session.trusted:
        return {"message": "reports are of trusted folders only; open one, or trust this one."}

    def make() -> dict[str, Any]:
        from understudy_server.report.html import fragment, write_report
        from understudy_server.report.latest import latest

        last = latest(root)
        parts = (last.figures, last.cases, last.general, last.title, last.evidence)
        file = write_report(root / ".understudy" / "runs" / f"{last.run}.html", *parts)
        page = fragment(*parts)
        return {"title": page.title, "style": page.style, "body": page.body, "file": str(file)}

    try:
        return await asyncio.to_thread(make)
    except UnderstudyError as error:
        return {"message": str(error)}
