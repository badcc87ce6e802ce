"""The teacher alone: what nobody who is taught by it can be expected to surpass.

A teacher on a model server answers the tested question itself, with the student's own prompt. The embedded teacher cannot answer
without gold code; its ceiling is the student carrying out the plan that it makes of the tested item's own gold.
"""

from attrs import evolve, frozen

from understudy_knowledge.memory.records import Example
from understudy_knowledge.models.roles import Student, Teacher
from understudy_knowledge.teaching.exploring import Explorer
from understudy_knowledge.teaching.records import Attempt
from understudy_server.bench.teach.benches import DatasetBench


@frozen
class Ceiling:
    """`alone` is the teacher's model in the student's role; None where there is no such model."""

    teacher: Teacher
    alone: Student | None
    turns: int

    async def attempt(self, example: Example, own: Attempt, bench: DatasetBench) -> tuple[Attempt, int]:
        """The attempt, and what it took in the teacher's tokens. Raises BackendError."""
        there = bench.at_home(example)
        if self.alone is not None:
            attempt = await evolve(there, student=self.alone).attempt(example)
            return attempt, attempt.tokens
        if own.passed:
            return own, 0
        trace = await Explorer(self.teacher, there, self.turns).explore(example, own)
        return (trace.turns[-1].attempt if trace.turns else own), trace.cost.teacher_tokens
