"""Who types goes before who explores: the server gives a sign to the run, whichever process that is."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any


async def test_typing_is_a_sign_to_a_run_and_leaves_nothing_where_there_is_none(
    editor: Any, project: Path
) -> None:
    await editor.start(project)
    at = editor.open("q.sql", "SELECT |")
    assert await editor.labels(at)
    at = editor.type(at, "n")
    assert await editor.labels(at)
    sign = project / ".understudy" / "typing"
    assert not sign.exists()
    sign.parent.mkdir(exist_ok=True)
    sign.touch()
    os.utime(sign, (0, 0))
    await asyncio.sleep(0.5)
    assert sign.stat().st_mtime == 0, "nobody typed"
    editor.type(at, "a")
    until = time.monotonic() + 20
    while sign.stat().st_mtime == 0:
        assert time.monotonic() < until, "no sign was given"
        await asyncio.sleep(0.1)
