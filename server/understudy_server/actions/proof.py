"""Whether two statements answer the same on the data at hand: run both, and hold their answers against each other."""

from understudy_knowledge.execution import Executor, Judge, Limits
from understudy_knowledge.memory.records import DataSource
from understudy_server.actions.rewrites import Proof


def proof_on(source: DataSource, executor: Executor, limits: Limits | None = None) -> Proof:
    """A proof that runs statements on copies of `source`. Two empty answers prove nothing."""

    async def prove(original: str, other: str) -> str:
        judge = Judge(executor, original, source, limits=limits or Limits())
        outcome, verdict = await judge.verdict(other)
        if verdict.kind == "gold-suspect":
            return "the statement cannot be run as it is, so nothing can be held against its answer"
        if not verdict.passed:
            return f"the optimized statement does not answer the same: {verdict.reason or outcome.message}"
        return "both answers are empty, which proves nothing" if verdict.weak else ""

    return prove
