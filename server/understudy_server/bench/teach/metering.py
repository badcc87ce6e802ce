"""What the roles take in tokens. Backends that ask no model say nothing of it: then it is what a model in their place would be sent
and would answer, by the estimate that prompts are cut by, which errs on the safe side. Figures of that kind are to be called estimates.
"""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

from attrs import define, evolve, field, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.errors import BackendError
from understudy_knowledge.memory.records import Case, Example, Plan
from understudy_knowledge.models.roles import (
    Completion,
    Instructions,
    Student,
    StudentRequest,
    Teacher,
    TeacherAnswer,
    TeacherRequest,
)
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.models.vllm.prompts import instruct_message, teacher_message
from understudy_knowledge.models.vllm.schema_text import SchemaText
from understudy_knowledge.models.vllm.student import MOST_PROMPT_TOKENS
from understudy_knowledge.models.vllm.student_prompts import StudentPrompts
from understudy_knowledge.models.vllm.teacher import MOST_PROMPT_TOKENS as MOST_FOR_THE_TEACHER
from understudy_knowledge.models.vllm.token_counts import estimate
from understudy_knowledge.teaching.endurance import NoAnswerError
from understudy_knowledge.teaching.purse import BudgetSpentError
from understudy_server.bench.teach.spending import SPENT, Part, Spending


@frozen(eq=False)
class EstimatingStudent:
    """Fills the role Student by one that asks no model, and says what its answers would take."""

    student: Student

    @property
    def name(self) -> str:
        """The other one's."""
        return self.student.name

    async def complete(self, request: StudentRequest) -> Completion:
        """The other one's completion."""
        completion = await self.student.complete(request)
        # New prompts each time: what they remember of other requests would change what is said of this one.
        prompt = StudentPrompts().message(request, MOST_PROMPT_TOKENS)
        return evolve(completion, prompt_tokens=estimate(prompt), completion_tokens=estimate(completion.text))

    def stream(self, request: StudentRequest) -> AsyncIterator[str]:
        """The other one's completion in pieces."""
        return self.student.stream(request)

    async def close(self) -> None:
        """Close the other one."""
        await self.student.close()


@define(eq=False)
class MeteredTeacher:
    """Fills the role Teacher by another one, and counts its calls. `estimates`: it asks no model, so tokens are estimated."""

    teacher: Teacher
    estimates: bool = False
    calls: int = 0
    taken: Usage = field(factory=Usage)
    _spending: Spending | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """The other one's."""
        return self.teacher.name

    @contextmanager
    def paid_by(self, spending: Spending) -> Iterator[None]:
        """Inside, what is asked is paid for: without a call that is not covered."""
        self._spending = spending
        try:
            yield
        finally:
            self._spending = None

    async def plan(self, request: TeacherRequest) -> TeacherAnswer:
        """The other one's plan. Raises NoAnswerError where it is not covered, so that the item goes without."""
        try:
            return await self._plan(request)
        except BudgetSpentError as error:
            raise NoAnswerError(BackendError(str(error)), slow=False) from None

    async def _plan(self, request: TeacherRequest) -> TeacherAnswer:
        await self._covered()
        answer = await self.teacher.plan(request)
        if self.estimates:
            sent = teacher_message(request, SchemaText(), MOST_FOR_THE_TEACHER)
            answer = evolve(
                answer, prompt_tokens=estimate(sent), completion_tokens=estimate(_as_json(answer.plan))
            )
        self._count(answer.usage)
        return answer

    async def identify(self) -> str:
        """The other one's name."""
        return await self.teacher.identify()

    def conclude(self, example: Example, plan: Plan, code: str, catalog: Catalog) -> Plan:
        """As the other one concludes."""
        return self.teacher.conclude(example, plan, code, catalog)

    async def instruct(self, cases: Sequence[Case], catalog: Catalog) -> Instructions:
        """The other one's instructions; without cases nobody is asked. Raises BudgetSpentError where they are not covered."""
        if cases:
            await self._covered()
        made = await self.teacher.instruct(cases, catalog)
        if cases and self.estimates:
            sent = instruct_message(cases, MOST_FOR_THE_TEACHER)
            made = evolve(made, usage=Usage(estimate(sent), estimate(made.general.text)))
        if cases:
            self._count(made.usage)
        return made

    async def at_most(self) -> Usage:
        """As the other one says."""
        return await self.teacher.at_most()

    async def close(self) -> None:
        """Close the other one."""
        await self.teacher.close()

    async def _covered(self) -> None:
        """Raises BudgetSpentError where the most that a call may take is not left. What is estimated costs nothing: it may be tried."""
        bounded = self._spending is not None and self._spending.teacher_tokens is not None
        if self._spending is None or not bounded or self.estimates:
            return
        if not self._spending.covers((await self.teacher.at_most()).total):
            raise BudgetSpentError(SPENT)

    def _count(self, usage: Usage) -> None:
        if self._spending is not None:
            if self.estimates and not self._spending.covers(usage.total):
                raise BudgetSpentError(SPENT)
            self._spending.take(Part(tokens=usage.total))
        self.calls += 1
        self.taken += usage


def asked_of(teachers: Sequence[MeteredTeacher]) -> tuple[int, int]:
    """Calls of all of them, and the tokens that these took."""
    return sum(each.calls for each in teachers), sum(each.taken.total for each in teachers)


def _as_json(plan: Plan) -> str:
    """The plan in the fields that a model on a server writes it in."""
    steps = [
        {
            "purpose": step.purpose,
            "clause": step.clause,
            "code": step.code,
            "holes": [
                {"id": hole.id, "kind": hole.kind, "hint": hole.hint, "phrase": hole.phrase, "pinned": hole.pinned or ""}
                for hole in step.holes
            ],
        }
        for step in plan.steps
    ]  # fmt: skip
    return json.dumps({"steps": steps, "skeleton": plan.skeleton, "notes": list(plan.notes)})
