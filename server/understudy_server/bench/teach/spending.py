"""What learning may take, and what it has taken: nothing is begun that the bounds do not cover, so that they are never exceeded.

With a bound items are explored one after the other, in their order: which of them are covered hangs on nothing else, however many
are worked on at once otherwise. An item begins where all its attempts are covered, those of measuring its lesson too: what was
explored can then be put to use. A call of the teacher is covered where the most that it may take is left.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext

from attrs import define, field, frozen

from understudy_knowledge.memory.records import Case, Example, GeneralInstructions, Lesson, Plan
from understudy_knowledge.teaching.purse import BudgetSpentError
from understudy_knowledge.teaching.records import Attempt, Trace
from understudy_knowledge.teaching.workbench import Workbench
from understudy_server.bench.teach.budgets import rollouts

SPENT = "what learning may take does not cover more"
_NOTHING = GeneralInstructions()


@frozen
class Part:
    """What a part of learning took of both roles."""

    tokens: int = 0
    rollouts: int = 0

    def __add__(self, other: "Part") -> "Part":
        return Part(self.tokens + other.tokens, self.rollouts + other.rollouts)

    def __sub__(self, other: "Part") -> "Part":
        return Part(self.tokens - other.tokens, self.rollouts - other.rollouts)


@define
class Spending:
    """Of one run of learning; None is without bound. `turns` and `siblings` are the most that one item may have."""

    teacher_tokens: int | None = None
    rollouts: int | None = None
    turns: int = 1
    siblings: int = 0
    taken: Part = field(factory=Part, init=False)
    _promised: int = field(default=0, init=False)
    """Attempts that measuring the lessons of what was explored may still take."""
    _turn: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    def in_turn(self) -> AbstractAsyncContextManager[None]:
        """With a bound, the next item waits until this one is done."""
        bounded = self.teacher_tokens is not None or self.rollouts is not None
        return self._turn if bounded else nullcontext()

    def begin(self) -> None:
        """Raises BudgetSpentError where another item's attempts are not covered."""
        self._cover(1 + self.turns + self._of_a_lesson)

    def attempt(self) -> None:
        """One attempt that is no item's own. Raises BudgetSpentError where it is not covered."""
        self._cover(1)
        self.take(Part(rollouts=1))

    def covers(self, tokens: int) -> bool:
        """Whether so many tokens of the teacher are left."""
        return self.teacher_tokens is None or self.taken.tokens + tokens <= self.teacher_tokens

    def take(self, part: Part) -> None:
        """Count it; what an item's calls took of the teacher is counted with the calls."""
        self.taken += part

    def explored(self, trace: Trace) -> Trace:
        """The trace, its attempts counted."""
        self.take(Part(rollouts=rollouts(trace)))
        self._promised += self._of_a_lesson if trace.solved else 0
        return trace

    def measured(self, case: Case) -> None:
        """Count the attempts that measured the case: at its siblings, and at the example it was made from."""
        self.take(Part(rollouts=1 + (case.lift.n if case.lift else 0)))
        self._promised -= self._of_a_lesson

    def _cover(self, attempts: int) -> None:
        if self.rollouts is not None and self.taken.rollouts + self._promised + attempts > self.rollouts:
            raise BudgetSpentError(SPENT)

    @property
    def _of_a_lesson(self) -> int:
        return self.siblings + 1


@frozen
class BoundedBench(Workbench):
    """A workbench whose attempts are paid for. Raises BudgetSpentError where one is not covered."""

    whole: Workbench = field(kw_only=True)
    spending: Spending = field(kw_only=True)

    @classmethod
    def over(cls, whole: Workbench, spending: Spending) -> "BoundedBench":
        """The same workbench, bounded."""
        return cls(whole.student, whole.executor, whole.catalog, whole.limits, whole=whole, spending=spending)

    async def attempt(
        self,
        example: Example,
        *,
        plan: Plan | None = None,
        lessons: Sequence[Lesson] = (),
        general: GeneralInstructions = _NOTHING,
        facts: str = "",
    ) -> Attempt:
        """As there, if it is covered."""
        self.spending.attempt()
        return await self.whole.attempt(example, plan=plan, lessons=lessons, general=general, facts=facts)
