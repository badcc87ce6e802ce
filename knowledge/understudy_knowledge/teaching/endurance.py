"""How a run that nobody watches outlasts its model servers: restarts are waited out, one bad answer costs one example.

A server that never answered is a mistake in the settings, and is said at once; so is one that refuses request after request.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from attrs import define

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.vllm.failures import ServerError, UnusableAnswerError
from understudy_knowledge.teaching.precedence import nobody_types

T = TypeVar("T")

_TRIES = {"slow": 3, "broken": 6}
"""Of one request. What takes too long is likely to take too long again, and may be paid for each time."""
_FIRST_TRIES = 3
"""Of a server that never answered."""
_MOST_REFUSALS = 8
_DOUBT = 180.0
"""Seconds after which a request that takes too long again and again is given up even if nothing shows that others do not."""
_SHORTEST, _LONGEST = 0.5, 15.0


class NoAnswerError(BackendError):
    """This one request has no usable answer, from a server that is well otherwise. `slow`: it took too long."""

    def __init__(self, error: BackendError, *, slow: bool) -> None:
        super().__init__(
            str(error), prompt_tokens=error.prompt_tokens, completion_tokens=error.completion_tokens
        )
        self.slow = slow


@define
class Endurance:
    """One server's, for one run. `seconds` is how long it may be away once it has answered."""

    seconds: float = 600.0
    met: bool = False
    """Whether it has answered yet."""
    refusals: int = 0
    """One after another."""
    answers: int = 0
    give_way: Callable[[], Awaitable[None]] = nobody_types
    """Is waited for before each request."""

    async def outlast(self, ask: Callable[[], Awaitable[T]], *, met: bool = True) -> T:
        """What `ask` gives, asked again while the server is away. Raises NoAnswerError, BackendError, what else `ask` raises.

        `met` says whether an answer proves that the server is there; it does not where one may be given without asking it.
        """
        tries, wait, began, answers = 0, _SHORTEST, 0.0, self.answers
        while True:
            await self.give_way()
            try:
                answer = await ask()
            except ServerError as error:
                if error.kind == "request":
                    raise self._refused(error) from None
                tries, began = tries + 1, began or time.monotonic()
                unknown = not self.met and (error.kind == "away" or tries >= _FIRST_TRIES)
                if unknown or error.kind == "unusable":
                    raise
                waited = time.monotonic() - began
                if error.kind in _TRIES and tries >= _TRIES[error.kind]:
                    # Others were answered meanwhile: then it is not the server, it is this request. Where none was, a
                    # gateway may stand before a server that is away.
                    if self.answers > answers or waited > (_DOUBT if error.kind == "slow" else self.seconds):
                        raise NoAnswerError(error, slow=error.kind == "slow") from None
                elif error.kind not in _TRIES and waited > self.seconds:
                    raise
            else:
                self.met, self.refusals = self.met or met, 0
                self.answers += met
                return answer
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST)

    def _refused(self, error: ServerError) -> BackendError:
        if isinstance(error, UnusableAnswerError):
            self.met, self.answers = True, self.answers + 1
            return NoAnswerError(error, slow=False)
        self.refusals += 1
        return error if self.refusals > _MOST_REFUSALS else NoAnswerError(error, slow=False)
