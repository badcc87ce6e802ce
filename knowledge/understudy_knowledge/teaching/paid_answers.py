"""A teacher whose answers are kept by request before they are used: no answer is paid for twice, whatever happens."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar
from weakref import WeakValueDictionary

from attrs import define, evolve, field
from cattrs.errors import BaseValidationError
from cattrs.preconf.json import make_converter

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Case, Example, GeneralInstructions, Plan
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.models.proposals import Proposal, ProposalKind, ProposalRequest, Proposer
from understudy_knowledge.models.roles import Instructions, Teacher, TeacherAnswer, TeacherRequest
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.teaching.endurance import Endurance
from understudy_knowledge.teaching.ledger import Errand, Ledger
from understudy_knowledge.teaching.price import Price
from understudy_knowledge.teaching.purse import Purse, Spent

_CONVERTER = make_converter()
_Record = TypeVar("_Record")
_Answer = TypeVar("_Answer", TeacherAnswer, Instructions, Proposal)
_PURPOSES: Mapping[ProposalKind, str] = {
    "rephrase": "a rephrased question",
    "new": "a new question",
    "answer": "another query",
}
_NO_PRICES: Mapping[str, Price] = MappingProxyType({})


@define
class PaidTeacher:
    """Fills the role Teacher from the store where it can; what is really asked for is paid out of `purse`."""

    teacher: Teacher
    store: KnowledgeStore
    purse: Purse = field(factory=Purse)
    ledger: Ledger = field(factory=Ledger)
    price: Price | None = None
    """None: that of the purse."""
    endurance: Endurance = field(factory=Endurance)
    _asking: "WeakValueDictionary[str, asyncio.Lock]" = field(factory=WeakValueDictionary, init=False)

    @property
    def name(self) -> str:
        """The inner teacher's name."""
        return self.teacher.name

    async def plan(self, request: TeacherRequest) -> TeacherAnswer:
        """The kept answer, else a new one, kept before it is returned. Raises BudgetSpentError, NoAnswerError, BackendError."""
        key = request_hash(await self.identify(), request)
        purpose = "a better plan" if request.failures else "a plan"
        return await self._paid(
            key, purpose, request.example.id, TeacherAnswer, lambda: self.teacher.plan(request)
        )

    async def identify(self) -> str:
        """The inner teacher's name, certain."""
        return await self.endurance.outlast(self.teacher.identify, met=False)

    def conclude(self, example: Example, plan: Plan, code: str, catalog: Catalog) -> Plan:
        """As the inner teacher concludes."""
        return self.teacher.conclude(example, plan, code, catalog)

    async def instruct(self, cases: Sequence[Case], catalog: Catalog) -> Instructions:
        """The kept instructions for these cases, else new ones. Raises BudgetSpentError, NoAnswerError, BackendError."""
        if not cases:
            return Instructions(GeneralInstructions())
        key = _hash(
            [await self.identify(), "instruct", catalog.version, [(case.id, case.code) for case in cases]]
        )
        return await self._paid(
            key, "instructions", "", Instructions, lambda: self.teacher.instruct(cases, catalog)
        )

    @property
    def proposes(self) -> bool:
        """Whether the inner teacher can make new examples."""
        return isinstance(self.teacher, Proposer)

    async def propose(self, request: ProposalRequest) -> Proposal:
        """The kept proposal, else a new one. Raises BudgetSpentError, NoAnswerError, BackendError; only where it `proposes`."""
        teacher = self.teacher
        assert isinstance(teacher, Proposer), "who asks has looked whether it proposes"
        example = request.example
        key = _hash(
            [
                await self.identify(),
                request.kind,
                example.question,
                example.gold,
                example.evidence,
                request.catalog.version,
            ]
        )
        return await self._paid(
            key, _PURPOSES[request.kind], example.id, Proposal, lambda: teacher.propose(request)
        )

    async def at_most(self) -> Usage:
        """As the inner teacher says."""
        return await self.endurance.outlast(self.teacher.at_most, met=False)

    async def close(self) -> None:
        """Close the inner teacher."""
        await self.teacher.close()

    async def _paid(
        self,
        key: str,
        purpose: str,
        example: str,
        record: type[_Answer],
        ask: Callable[[], Awaitable[_Answer]],
    ) -> _Answer:
        # Who asks the same meanwhile waits, and finds the answer kept.
        async with self._asking.setdefault(key, asyncio.Lock()):
            return await self._kept_or_paid(key, purpose, example, record, ask)

    async def _kept_or_paid(
        self,
        key: str,
        purpose: str,
        example: str,
        record: type[_Answer],
        ask: Callable[[], Awaitable[_Answer]],
    ) -> _Answer:
        price = self.price or self.purse.price
        errand = Errand("teacher", self.name, purpose, example, price)
        kept = self.store.find_answer(key)
        # An older version's is asked for again.
        if kept is not None and (answer := _as(kept.response, record)) is not None:
            self.ledger.kept(errand)
            return answer

        async def pay() -> _Answer:
            most = await self.teacher.at_most()
            await self.purse.room(most, price)
            with self.purse.call(most, price) as call, self.ledger.call(evolve(errand, most=most)):
                answer = await ask()
                call.took = answer.usage
                # Before it is used, and before the call is over: what was paid for is never lost.
                self.store.keep_answer(
                    key, role="teacher", model=self.name, response=_CONVERTER.unstructure(answer)
                )
            return answer

        return await self.endurance.outlast(pay)


def paid_since(store: KnowledgeStore, moment: str, prices: Mapping[str, Price] = _NO_PRICES) -> Spent:
    """How many answers of teachers were kept since then, and what they took, by each one's price."""
    spent = Spent()
    for answer in store.answers_since("teacher", moment):
        plan, instructions = _as(answer.response, TeacherAnswer), _as(answer.response, Instructions)
        told = plan or instructions or _as(answer.response, Proposal)
        usage = told.usage if told else Usage()
        spent += Spent(1, usage, prices.get(answer.model, Price()).of(usage))
    return spent


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
