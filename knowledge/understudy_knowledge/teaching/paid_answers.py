"""A teacher whose answers are kept by request before they are used: no answer is paid for twice, whatever happens."""

import hashlib
import json
from collections.abc import Sequence
from typing import TypeVar

from attrs import define, field
from cattrs.errors import BaseValidationError
from cattrs.preconf.json import make_converter

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Case, Example, Plan
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.models.roles import Instructions, Teacher, TeacherAnswer, TeacherRequest
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.teaching.purse import Purse

_CONVERTER = make_converter()
_Record = TypeVar("_Record")


@define
class PaidTeacher:
    """Fills the role Teacher from the store where it can; what is really asked for is paid out of `purse`."""

    teacher: Teacher
    store: KnowledgeStore
    purse: Purse = field(factory=Purse)

    @property
    def name(self) -> str:
        """The inner teacher's name."""
        return self.teacher.name

    async def plan(self, request: TeacherRequest) -> TeacherAnswer:
        """The kept answer, else a new one, kept before it is returned. Raises BudgetSpentError, BackendError."""
        key = request_hash(await self.identify(), request)
        if (kept := self._kept(key, TeacherAnswer)) is not None:
            return kept
        with self.purse.call(await self.at_most()) as call:
            answer = await self.teacher.plan(request)
            call.took = answer.usage
            # Before it is used, and before the call is over: what was paid for is never lost.
            self.store.keep_answer(
                key, role="teacher", model=answer.model, response=_CONVERTER.unstructure(answer)
            )
        return answer

    def _kept(self, key: str, record: type[_Record]) -> _Record | None:
        kept = self.store.find_answer(key)
        return None if kept is None else _as(kept.response, record)  # an older version's is asked for again

    async def identify(self) -> str:
        """The inner teacher's name, certain."""
        return await self.teacher.identify()

    def conclude(self, example: Example, plan: Plan, code: str, catalog: Catalog) -> Plan:
        """As the inner teacher concludes."""
        return self.teacher.conclude(example, plan, code, catalog)

    async def instruct(self, cases: Sequence[Case], catalog: Catalog) -> Instructions:
        """The kept instructions for these cases, else new ones. Raises BudgetSpentError, BackendError."""
        key = _hash(
            [await self.identify(), "instruct", catalog.version, [(case.id, case.code) for case in cases]]
        )
        if (kept := self._kept(key, Instructions)) is not None:
            return kept
        with self.purse.call(await self.at_most()) as call:
            answer = await self.teacher.instruct(cases, catalog)
            call.took = answer.usage
            self.store.keep_answer(
                key, role="teacher", model=self.teacher.name, response=_CONVERTER.unstructure(answer)
            )
        return answer

    async def at_most(self) -> Usage:
        """As the inner teacher says."""
        return await self.teacher.at_most()

    async def close(self) -> None:
        """Close the inner teacher."""
        await self.teacher.close()


def paid_since(store: KnowledgeStore, moment: str) -> tuple[int, Usage]:
    """How many answers of a teacher were kept since then, and what they took: what counts against a run that goes on."""
    calls, usage = 0, Usage()
    for answer in store.answers_since("teacher", moment):
        calls += 1
        plan, instructions = _as(answer.response, TeacherAnswer), _as(answer.response, Instructions)
        usage += plan.usage if plan else instructions.usage if instructions else Usage()
    return calls, usage


def _as(response: object, record: type[_Record]) -> _Record | None:
    """The record that was kept; None for another one, or one of an older version."""
    try:
        return _CONVERTER.structure(response, record)
    except (BaseValidationError, KeyError, TypeError, ValueError):
        return None


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
