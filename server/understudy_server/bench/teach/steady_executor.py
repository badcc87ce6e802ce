"""An executor that tries again where a sandbox did not come up in time: on a busy machine that says nothing of the code."""

from collections.abc import Awaitable, Callable

from understudy_knowledge.execution import Executor, Limits, Outcome
from understudy_knowledge.execution.inputs import Inputs
from understudy_knowledge.memory.records import DataSource

_TRIES = 5


class SteadyExecutor(Executor):
    """Figures made with it do not hang on how busy the machine is, as far as that is in an executor's hands."""

    async def run(self, sql: str, source: DataSource, limits: Limits | None = None) -> Outcome:
        """As the executor runs it."""
        return await _again(lambda: super(SteadyExecutor, self).run(sql, source, limits))

    async def run_python(self, program: str, inputs: Inputs, limits: Limits | None = None) -> Outcome:
        """As the executor runs it."""
        return await _again(lambda: super(SteadyExecutor, self).run_python(program, inputs, limits))


async def _again(run: Callable[[], Awaitable[Outcome]]) -> Outcome:
    outcome = await run()
    for _ in range(_TRIES - 1):
        if outcome.kind != "unavailable":
            break
        outcome = await run()
    return outcome
