"""What a run may spend on its teacher, and what it has spent. Nothing is asked that could cost more than is left."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import define, field, frozen

from understudy_knowledge.errors import BackendError, NothingToDoError
from understudy_knowledge.models.usage import Usage


class BudgetSpentError(NothingToDoError):
    """The run's budget does not cover another call of the teacher; what is left stays unexplored."""


@frozen
class Price:
    """Money for a million tokens, in whatever currency the settings mean."""

    prompt: float = 0.0
    completion: float = 0.0

    def of(self, usage: Usage) -> float:
        """What so many tokens cost."""
        return (usage.prompt * self.prompt + usage.completion * self.completion) / 1_000_000


@frozen
class Allowance:
    """Bounds on one run, however often it is cut off; None is without bound. Minutes begin anew when it is taken up again."""

    calls: int | None = None
    tokens: int | None = None
    money: float | None = None
    minutes: float | None = None


@define
class Purse:
    """Counts what the teacher's calls take. A call holds back the most that it may take until it is known what it took."""

    allowance: Allowance = field(factory=Allowance)
    price: Price = field(factory=Price)
    calls: int = 0
    """Made so far, those under way included."""
    usage: Usage = field(factory=Usage)
    """Of the calls that are over."""
    clock: Callable[[], float] = time.monotonic
    _held: Usage = field(factory=Usage, init=False)
    _began: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._began = self.clock()

    @property
    def money(self) -> float:
        """What the calls that are over cost."""
        return self.price.of(self.usage)

    @property
    def minutes(self) -> float:
        """How long the purse has been open."""
        return (self.clock() - self._began) / 60

    @contextmanager
    def call(self, most: Usage) -> Iterator["Call"]:
        """One call of the teacher, that takes `most` at most. Raises BudgetSpentError before it where that is more than is left.

        A call that fails without saying what it took may have taken all of it, and is counted so.
        """
        self._refuse(most)
        made = Call(most)
        self.calls += 1
        self._held += most
        try:
            yield made
        except BackendError as error:
            made.took = Usage(error.prompt_tokens, error.completion_tokens)
            raise
        finally:
            self._held -= most
            self.usage += made.took

    def _refuse(self, most: Usage) -> None:
        allowed, would = self.allowance, self.usage + self._held + most
        if allowed.calls is not None and self.calls >= allowed.calls:
            raise _spent(f"{allowed.calls} teacher calls", "--budget")
        if allowed.tokens is not None and would.total > allowed.tokens:
            raise _spent(f"{allowed.tokens:,} teacher tokens", "--tokens")
        if allowed.money is not None and self.price.of(would) > allowed.money:
            raise _spent(f"{allowed.money:g} for the teacher", "--money")
        if allowed.minutes is not None and self.minutes >= allowed.minutes:
            raise _spent(f"{allowed.minutes:g} minutes", "--minutes")


@define
class Call:
    """A call under way; whoever makes it says what it took."""

    took: Usage


def _spent(what: str, option: str) -> BudgetSpentError:
    return BudgetSpentError(
        f"the budget of {what} does not cover another call of the teacher; raise {option} to go on"
    )
