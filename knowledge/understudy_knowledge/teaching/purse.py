"""What a run may spend on its teachers, and what it has spent. Nothing is asked that could cost more than is left."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import define, field, frozen

from understudy_knowledge.errors import BackendError, NothingToDoError, UnderstudyError
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.models.vllm.failures import ServerError
from understudy_knowledge.teaching.price import Price


class BudgetSpentError(NothingToDoError):
    """The run's budget does not cover another call of the teacher; what is left stays unexplored."""


class TimeOverError(UnderstudyError):
    """The minutes of a run are over: it stops as if it had been told to, and what was done is kept."""


@frozen
class Allowance:
    """Bounds on one run, however often it is cut off; None is without bound."""

    calls: int | None = None
    tokens: int | None = None
    money: float | None = None
    minutes: float | None = None


@frozen
class Spent:
    """Calls, and what they took."""

    calls: int = 0
    usage: Usage = field(factory=Usage)
    money: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.calls + other.calls, self.usage + other.usage, self.money + other.money)


@define
class Purse:
    """Counts what calls of teachers take. A call holds back the most that it may take until it is known what it took."""

    allowance: Allowance = field(factory=Allowance)
    price: Price = field(factory=Price)
    """Of calls that name no other."""
    spent: Spent = field(factory=Spent)
    """Of all calls: those under way among its calls, those that failed among its tokens."""
    paid: Spent = field(factory=Spent)
    """Of the calls alone that were answered with something that was kept."""
    earlier: float = 0.0
    """Minutes that were worked on the run before this purse was opened."""
    clock: Callable[[], float] = time.monotonic
    _held: Spent = field(factory=Spent, init=False)
    _under_way: int = field(default=0, init=False)
    _one_is_over: asyncio.Event = field(factory=asyncio.Event, init=False)
    _began: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._began = self.clock()

    @property
    def calls(self) -> int:
        """Made so far, those under way included."""
        return self.spent.calls

    @property
    def usage(self) -> Usage:
        """Of the calls that are over."""
        return self.spent.usage

    @property
    def money(self) -> float:
        """What the calls that are over cost."""
        return self.spent.money

    @property
    def minutes(self) -> float:
        """How long the run has been worked on."""
        return self.earlier + (self.clock() - self._began) / 60

    def check_time(self) -> None:
        """Raises TimeOverError where the run may be worked on no longer."""
        allowed = self.allowance.minutes
        if allowed is not None and self.minutes >= allowed:
            raise TimeOverError(
                f"The {allowed:g} minutes of the run are over; everything done so far is kept, and "
                f"`understudy distill --resume --minutes {2 * allowed:g}` goes on."
            )

    async def room(self, most: Usage, price: Price | None = None) -> None:
        """Wait as long as such a call is refused for nothing but what calls under way hold back: most give much of it back."""
        would = Spent(0, most, (price or self.price).of(most))
        while self._under_way and self._refusal(would + self._held) and not self._refusal(would):
            self._one_is_over.clear()
            await self._one_is_over.wait()

    @contextmanager
    def call(self, most: Usage, price: Price | None = None) -> Iterator["Call"]:
        """One call of a teacher, that takes `most` at most. Raises BudgetSpentError before it where that is more than is left.

        A call that fails without saying what it took may have taken all of it, and is counted so.
        """
        price = price or self.price
        held = Spent(0, most, price.of(most))
        if refusal := self._refusal(held + self._held):
            raise refusal
        made = Call(most)
        self.spent += Spent(calls=1)
        self._held += held
        self._under_way += 1
        try:
            yield made
        except BackendError as error:
            if not _may_have_answered(error):
                made.took = Usage(error.prompt_tokens, error.completion_tokens)
            raise
        else:
            self.paid += Spent(1, made.took, price.of(made.took))
        finally:
            self._held += Spent(0, Usage() - most, -price.of(most))
            self.spent += Spent(0, made.took, price.of(made.took))
            self._under_way -= 1
            self._one_is_over.set()

    def _refusal(self, most: Spent) -> BudgetSpentError | None:
        """Why no call is made that takes so much beside what is spent; None where there is enough for it."""
        allowed, would = self.allowance, self.spent + most
        if allowed.calls is not None and self.calls >= allowed.calls:
            return _spent(f"{allowed.calls} teacher calls", "--budget")
        if allowed.tokens is not None and would.usage.total > allowed.tokens:
            return _spent(f"{allowed.tokens:,} teacher tokens", "--tokens")
        if allowed.money is not None and would.money > allowed.money:
            return _spent(f"{allowed.money:g} for the teacher", "--money")
        if allowed.minutes is not None and self.minutes >= allowed.minutes:
            return _spent(f"{allowed.minutes:g} minutes", "--minutes")
        return None


@define
class Call:
    """A call under way; whoever makes it says what it took."""

    took: Usage


def _may_have_answered(error: BackendError) -> bool:
    """Whether the server may have worked on a request whose answer never came."""
    return isinstance(error, ServerError) and error.kind in ("slow", "broken")


def _spent(what: str, option: str) -> BudgetSpentError:
    return BudgetSpentError(
        f"the budget of {what} does not cover another call of the teacher; raise {option} to go on"
    )
