"""The verdict on a piece of SQL: run, held against the gold answer, and against it on perturbed data where there is some."""

from collections.abc import Sequence

from attrs import evolve, field, frozen

from understudy_knowledge.execution.compare import judge
from understudy_knowledge.execution.executor import Executor
from understudy_knowledge.execution.limits import Limits
from understudy_knowledge.execution.ordering import ordering
from understudy_knowledge.execution.outcome import Outcome, Verdict
from understudy_knowledge.execution.ties import differs_only_in_ties, uncut
from understudy_knowledge.memory.records import DataSource

_TIES_MATTER = frozenset({"order", "rows", "values", "near-numbers", "types"})


@frozen
class Judge:
    """Judges statements against one gold query. `neighbors` are perturbed copies of `source`; all of them must agree."""

    executor: Executor
    gold: str
    source: DataSource
    neighbors: Sequence[DataSource] = ()
    limits: Limits = field(factory=Limits)

    async def verdict(self, sql: str) -> tuple[Outcome, Verdict]:
        """The outcome on the source, and the verdict. A statement that is right there and wrong on a neighbor is wrong."""
        outcome, verdict = await self._on(sql, self.source)
        if not verdict.passed:
            return outcome, verdict
        return outcome, await self.confirm(sql, verdict, self.neighbors)

    async def confirm(self, sql: str, verdict: Verdict, neighbors: Sequence[DataSource]) -> Verdict:
        """`verdict`, that a statement is right on the source, after its answers on the neighbors."""
        strong = not verdict.weak
        for place, neighbor in enumerate(neighbors, start=1):
            _, other = await self._on(sql, neighbor)
            if other.kind == "gold-suspect":
                continue  # the gold code fails on data like this, which says nothing about the answer
            if not other.passed:
                reason = (
                    f"The answer is right on the data at hand and wrong on data like it (copy {place}), so it hits by chance: "
                    f"{other.reason}"
                )
                return evolve(other, reason=reason)
            strong = strong or not other.weak
        return evolve(verdict, weak=not strong)

    async def _on(self, sql: str, source: DataSource) -> tuple[Outcome, Verdict]:
        gold = await self.executor.run(self.gold, source, self.limits)
        outcome = await self.executor.run(sql, source, self.limits)
        order = ordering(self.gold, source.dialect)
        verdict = judge(outcome, gold, ordered=order.ordered, ties=order.keys)
        if order.ordered and verdict.difference in _TIES_MATTER and await self._ties(outcome, gold, source):
            return outcome, Verdict(
                "passed", reason="It differs from the gold answer only among rows that tie."
            )
        return outcome, verdict

    async def _ties(self, outcome: Outcome, gold: Outcome, source: DataSource) -> bool:
        query = uncut(self.gold, source.dialect, self.limits.rows)
        if query is None or outcome.result is None or gold.result is None:
            return False
        full = await self.executor.run(query.sql, source, self.limits)
        return full.result is not None and differs_only_in_ties(
            outcome.result, gold.result, full.result, query
        )
