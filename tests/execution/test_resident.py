"""Memory watched from outside, on whatever system has `ps`; and the workers that macOS would use, on this one."""

import asyncio
import subprocess
import sys

import pytest

from understudy_knowledge.execution import Executor, Limits
from understudy_knowledge.execution.boundary import Boundary
from understudy_knowledge.execution.resident import outgrows, resident
from understudy_knowledge.memory.records import DataSource

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no ps")
GROWING = """
import time
time.sleep(0.5)
kept = bytearray(200_000_000)
time.sleep(60)
"""


async def test_a_process_that_grows_is_noticed_and_one_that_does_not_is_left() -> None:
    with subprocess.Popen([sys.executable, "-c", GROWING]) as growing:
        await asyncio.wait_for(outgrows(growing.pid, 100_000_000), 30)
        assert await resident(growing.pid) > 100_000_000
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(outgrows(growing.pid, 400_000_000), 1)
        growing.kill()
    assert await resident(growing.pid) == 0


async def test_a_watched_worker_answers_and_is_ended_at_its_deadline(source: DataSource) -> None:
    async with Executor(wall=Boundary("seatbelt")) as executor:
        found = await executor.run("SELECT a FROM t", source)
        assert found.result is not None, found.message
        assert found.result.rows == ((1,), (2,))
        endless = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT max(x) FROM r"
        assert (await executor.run(endless, source, Limits(seconds=0.3))).kind == "timeout"
