"""A teacher whose answers are kept by request before they are used: no answer is paid for twice, whatever happens."""

import hashlib
import json
from collections.abc import Sequence
from typing import TypeVar

from attrs import define
from cattrs.errors import BaseValidationError
from cattrs.preconf.json import make_converter

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.memory.records import Case, Example, GeneralInstructions, Plan
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.models.roles import Teacher, TeacherAnswer, TeacherRequest

_CONVERTER = make_converter()
_Record = TypeVar("_Record")


class BudgetSpentError(NothingToDoError):
    """The run's budget of teacher calls is used up; what is left stays unexplored."""


@define
class PaidTeacher:
    """Fills the role Teacher from the store where it can. `calls` and `tokens` count what was really asked for."""

    teacher: Teacher
    store: KnowledgeStore
    budget: int | None = None
    calls: int = 0
    tokens: int = 0

    @property
    def name(self) -> str:
        """The inner teacher's name."""
        return self.teacher.name

    async def plan(self, request: TeacherRequest) -> TeacherAnswer:
        """The kept answer, else a new one, kept before it is returned. Raises BudgetSpentError, BackendError."""
        key = request_hash(await self.identify(), request)
        if (kept := self._kept(key, TeacherAnswer)) is not None:
            return kept
        self._spend()
        answer = await self.teacher.plan(request)
        self.store.keep_answer(
            key, role="teacher", model=answer.model, response=_CONVERTER.unstructure(answer)
        )
        self.tokens += answer.prompt_tokens + answer.completion_tokens
        return answer

    def _kept(self, key: str, record: type[_Record]) -> _Record | None:
        kept = self.store.find_answer(key)
        if kept is None:
            return None
        try:
            return _CONVERTER.structure(kept.response, record)
        except (BaseValidationError, KeyError, TypeError, ValueError):
            return None  # of an older version: ask again

    def _spend(self) -> None:
        if self.budget is not None and self.calls >= self.budget:
            raise BudgetSpentError(
                f"the budget of {self.budget} teacher calls is spent; raise --budget to go on"
            )
        self.calls += 1

    async def identify(self) -> str:
        """The inner teacher's name, certain."""
        return await self.teacher.identify()

    def conclude(self, example: Example, plan: Plan, code: str, catalog: Catalog) -> Plan:
        """As the inner teacher concludes."""
        return self.teacher.conclude(example, plan, code, catalog)

    async def instruct(self, cases: Sequence[Case], catalog: Catalog) -> GeneralInstructions:
        """The kept instructions for these cases, else new ones. Raises BudgetSpentError, BackendError."""
        key = _hash(
            [await self.identify(), "instruct", catalog.version, [(case.id, case.code) for case in cases]]
        )
        if (kept := self._kept(key, GeneralInstructions)) is not None:
            return kept
        self._spend()
        general = await self.teacher.instruct(cases, catalog)
        self.store.keep_answer(
            key, role="teacher", model=self.teacher.name, response=_CONVERTER.unstructure(general)
        )
        return general

    async def close(self) -> None:
        """Close the inner teacher."""
        await self.teacher.close()


def request_hash(model: str, request: TeacherRequest) -> str:
    """Equal for requests that would be asked in the same words."""
    failures = [
        (failure.plan.skeleton, [step.code for step in failure.plan.steps], failure.code, failure.diagnosis)
        for failure in request.failures
    ]
    parts = [
        model,
        request.example.question,
        request.example.gold,
        request.example.evidence,
        request.catalog.version,
        failures,
    ]
    return _hash(parts)


def _hash(parts: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
