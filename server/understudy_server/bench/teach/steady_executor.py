"""An executor that tries again where a sandbox did not come up in time: on a busy machine that says nothing of the code."""

import time
from collections.abc import Awaitable, Callable

from understudy_knowledge.execution import Executor, Limits, Outcome
from understudy_knowledge.execution.inputs import Inputs
from understudy_knowledge.memory.records import DataSource

_TRIES = 15
_AT_ONCE = 1.0
"""Seconds; what fails sooner did not wait for anything, and would fail again."""


class SteadyExecutor(Executor):
    """Figures made with it do not hang on how busy the machine is, as far as that is in an executor's hands.

    What was tried so often in vain once is tried once from then on: it is not for want of time that it does not come up.
    """

    in_vain = False

    async def run(self, sql: str, source: DataSource, limits: Limits | None = None) -> Outcome:
        """As the executor runs it."""
        return await self._again(lambda: super(SteadyExecutor, self).run(sql, source, limits))

    async def run_python(self, program: str, inputs: Inputs, limits: Limits | None = None) -> Outcome:
        """As the executor runs it."""
        return await self._again(lambda: super(SteadyExecutor, self).run_python(program, inputs, limits))

    async def _again(self, run: Callable[[], Awaitable[Outcome]]) -> Outcome:
        for _ in range(_TRIES):
            began = time.monotonic()
            outcome = await run()
            if outcome.kind != "unavailable" or self.in_vain or time.monotonic() - began < _AT_ONCE:
                return outcome
        self.in_vain = True
        return outcome
