"""The orchestration loop for one example: own attempt, plan, attempt, diagnosis, refined plan, until success or the last turn."""

import time
from collections.abc import Sequence

from attrs import evolve, frozen

from understudy_knowledge.memory.records import Cost, Example, Plan
from understudy_knowledge.models.roles import Failure, Teacher, TeacherRequest
from understudy_knowledge.teaching.endurance import NoAnswerError
from understudy_knowledge.teaching.records import Attempt, Trace, Turn
from understudy_knowledge.teaching.workbench import Workbench


@frozen
class Explorer:
    """A teacher at a workbench. What the student solves by itself costs no teacher call."""

    teacher: Teacher
    bench: Workbench
    turns: int = 4

    async def explore(self, example: Example, own: Attempt, before: Sequence[Turn] = ()) -> Trace:
        """The whole trace of one example; `before` are turns of another teacher that led nowhere.

        A teacher that gives no usable plan for this example ends its trace. Raises BackendError when teacher or student is away.
        """
        started = time.monotonic()
        turns = list(before)
        tokens, failure = 0, ""
        while len(turns) < len(before) + self.turns:
            failures = tuple(Failure(turn.plan, turn.attempt.code, turn.attempt.diagnosis) for turn in turns)
            try:
                answer = await self.teacher.plan(TeacherRequest(example, self.bench.catalog, failures))
            except NoAnswerError as error:
                failure = str(error)
                break
            tokens += answer.usage.total
            attempt = await self.bench.attempt(example, plan=answer.plan)
            turns.append(Turn(answer.plan, attempt, answer.model, answer.usage.total))
            if attempt.passed:
                break
        asked = turns[len(before) :]
        cost = Cost(
            turns=len(asked),
            teacher_calls=len(asked),
            teacher_tokens=tokens,
            student_tokens=own.tokens + sum(turn.attempt.tokens for turn in asked),
            seconds=round(time.monotonic() - started, 3),
        )
        trace = Trace(example.id, own, tuple(turns), cost=cost, failure=failure)
        return evolve(trace, plan=self._conclusion(example, turns))

    def _conclusion(self, example: Example, turns: list[Turn]) -> Plan | None:
        if not turns or not turns[-1].attempt.passed:
            return None
        return self.teacher.conclude(example, turns[-1].plan, turns[-1].attempt.code, self.bench.catalog)
