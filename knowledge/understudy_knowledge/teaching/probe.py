"""The executor as a student may use it to check its own candidates."""

from attrs import evolve, field, frozen

from understudy_knowledge.execution.executor import Executor
from understudy_knowledge.execution.limits import Limits
from understudy_knowledge.memory.records import DataSource
from understudy_knowledge.models.roles import ProbeResult

_ROWS = 200
_SECONDS = 1.0


@frozen
class ExecutorProbe:
    """Runs candidates on one data source, with limits tighter than those of an answer."""

    executor: Executor
    source: DataSource
    limits: Limits = field(factory=Limits)

    async def run(self, sql: str) -> ProbeResult:
        """The result's rows; a result too large to matter here counts as one that ran."""
        outcome = await self.executor.run(
            sql, self.source, evolve(self.limits, seconds=min(_SECONDS, self.limits.seconds))
        )
        if outcome.result is not None:
            return ProbeResult(outcome.result.columns, outcome.result.rows[:_ROWS])
        if outcome.kind in {"rows", "bytes"}:
            return ProbeResult((), (("more",),))
        return ProbeResult(error=outcome.message or outcome.kind)
