"""The orchestration loop for one example: own attempt, plan, attempt, diagnosis, refined plan, until success or the last turn."""

import time

from attrs import evolve, frozen

from understudy_knowledge.memory.records import Cost, Example, Plan
from understudy_knowledge.models.roles import Failure, Teacher, TeacherRequest
from understudy_knowledge.teaching.records import Attempt, Trace, Turn
from understudy_knowledge.teaching.workbench import Workbench


@frozen
class Explorer:
    """A teacher at a workbench. What the student solves by itself costs no teacher call."""

    teacher: Teacher
    bench: Workbench
    turns: int = 4

    async def explore(self, example: Example, own: Attempt) -> Trace:
        """The whole trace of one example. Raises BackendError when the teacher or the student is away."""
        started = time.monotonic()
        turns: list[Turn] = []
        failures: list[Failure] = []
        tokens = 0
        while len(turns) < self.turns:
            answer = await self.teacher.plan(TeacherRequest(example, self.bench.catalog, tuple(failures)))
            tokens += answer.prompt_tokens + answer.completion_tokens
            attempt = await self.bench.attempt(example, plan=answer.plan)
            turns.append(Turn(answer.plan, attempt))
            if attempt.passed:
                break
            failures.append(Failure(answer.plan, attempt.code, attempt.diagnosis))
        cost = Cost(
            turns=len(turns),
            teacher_calls=len(turns),
            teacher_tokens=tokens,
            student_tokens=own.tokens + sum(turn.attempt.tokens for turn in turns),
            seconds=round(time.monotonic() - started, 3),
        )
        return evolve(Trace(example.id, own, tuple(turns), cost=cost), plan=self._conclusion(example, turns))

    def _conclusion(self, example: Example, turns: list[Turn]) -> Plan | None:
        if not turns or not turns[-1].attempt.passed:
            return None
        return self.teacher.conclude(example, turns[-1].plan, turns[-1].attempt.code, self.bench.catalog)
