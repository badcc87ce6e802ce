"""How a student checks itself on the data while someone waits: the executor's children run it, never this process."""

import sqlglot
from attrs import frozen
from sqlglot import exp
from sqlglot.errors import SqlglotError

from understudy_knowledge.execution import Executor, Limits
from understudy_knowledge.memory.records import DataSource
from understudy_knowledge.models.roles import ProbeResult

_ROWS = 5


@frozen
class ExecutorProbe:
    """Fills the role Probe over one data source."""

    executor: Executor
    source: DataSource
    limits: Limits

    async def run(self, sql: str) -> ProbeResult:
        """The first rows of the statement's result. Never raises."""
        outcome = await self.executor.run(_first_rows(sql, self.source.dialect), self.source, self.limits)
        if outcome.result is None:
            return ProbeResult(error=outcome.message or outcome.kind)
        return ProbeResult(outcome.result.columns, outcome.result.rows)


def _first_rows(sql: str, dialect: str) -> str:
    """The statement cut to its first rows: without this a long result would look like a failure."""
    try:
        tree = sqlglot.parse_one(sql, read=dialect)
    except (SqlglotError, RecursionError):
        return sql  # the engine says better what is wrong with it
    if not isinstance(tree, exp.Query):
        return sql
    return exp.select("*").from_(tree.subquery("probed")).limit(_ROWS).sql(dialect=dialect)
