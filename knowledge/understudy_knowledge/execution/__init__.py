"""Run untrusted code safely and compare results."""

from understudy_knowledge.execution.boundary import Boundary, boundary
from understudy_knowledge.execution.compare import compare, judge
from understudy_knowledge.execution.executor import Executor
from understudy_knowledge.execution.inputs import Inputs
from understudy_knowledge.execution.limits import Limits
from understudy_knowledge.execution.ordering import Ordering, is_ordered, ordering
from understudy_knowledge.execution.outcome import Cell, Outcome, Result, Row, Verdict
from understudy_knowledge.execution.snapshot import snapshot
from understudy_knowledge.execution.verdicts import Judge

__all__ = [
    "Boundary",
    "Cell",
    "Executor",
    "Inputs",
    "Judge",
    "Limits",
    "Ordering",
    "Outcome",
    "Result",
    "Row",
    "Verdict",
    "boundary",
    "compare",
    "is_ordered",
    "judge",
    "ordering",
    "snapshot",
]
