"""A student that is always there: the model server while it is well, another one that needs no server while it is not."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Literal, Protocol

from attrs import evolve, frozen

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.breaker import Breaker
from understudy_knowledge.models.roles import Completion, PreparingStudent, Student, StudentRequest
from understudy_knowledge.models.vllm.failures import Kind

_PATIENCE = 8.0
"""Seconds that requests which nobody waited out may have gone without an answer, together, before the server counts as slow."""


class ServedStudent(Student, Protocol):
    """A student on a server that can be asked whether it is well."""

    async def prepare(self) -> None:
        """Find out what the server and its model are. Raises BackendError where it cannot be asked."""

    async def check(self) -> None:
        """Ask for one token, with nothing remembered of the server. Raises BackendError when it is not well."""

    def stream(self, request: StudentRequest) -> AsyncGenerator[str, None]:
        """The completion in pieces, as they come."""


@frozen
class StudentStatus:
    """Who completes now. `message` says what is wrong and how to mend it; empty where all is well."""

    state: Literal["ready", "trouble", "away"]
    """Ready: the model server answers. Trouble: it does, but not to the last request. Away: another student stands in."""
    model: str
    message: str = ""


class SteadyStudent:
    """Fills the role Student (see `models.roles`).

    Attempts of an exploration are never handed to the other student: lifts are measured for one.
    """

    def __init__(
        self,
        served: ServedStudent,
        stand_in: Student,
        tell: Callable[[StudentStatus], None] = lambda status: None,
        breaker: Breaker | None = None,
    ) -> None:
        self._served = served
        self._stand_in = stand_in
        self.tell = tell
        """Is called when the status changes, and only then."""
        self._breaker = breaker or Breaker()
        self._status: StudentStatus | None = None
        self._unanswered = 0.0
        self._preparing: asyncio.Task[None] | None = None
        self._probing: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """The name of the one who would complete now."""
        return self._served.name if self._breaker.state == "closed" else self._stand_in.name

    @property
    def status(self) -> StudentStatus | None:
        """The status as it was last told; None before anything is known of the server."""
        return self._status

    def begin(self) -> None:
        """Look at the server in the background, so that the first keystroke need not find out. Needs a running loop."""
        self._preparing = asyncio.create_task(self._prepare())

    async def make_ready(self, request: StudentRequest) -> None:
        """What the server's student can do of a request before it is asked, while it would be the one to ask."""
        if self._breaker.state == "closed" and isinstance(self._served, PreparingStudent):
            await self._served.make_ready(request)

    async def complete(self, request: StudentRequest) -> Completion:
        """The whole completion, by the server or at once by the stand-in. Raises BackendError for attempts only."""
        if self._breaker.state != "closed" and request.purpose != "attempt":
            return await self._stand_in.complete(request)
        started, answered = time.perf_counter(), False

        def hear(piece: str) -> None:
            nonlocal answered
            answered = True
            request.hear(piece)

        try:
            completion = await self._served.complete(evolve(request, hear=hear))
        except asyncio.CancelledError:
            self._given_up(time.perf_counter() - started, answered=answered)
            raise
        except BackendError as error:
            self._failed(error)
            if request.purpose == "attempt":
                raise
            return await self._stand_in.complete(request)
        self._succeeded()
        return completion

    def stream(self, request: StudentRequest) -> AsyncIterator[str]:
        """The completion in pieces. Raises BackendError where the server fails after the first one."""
        return self._pieces(request)

    async def close(self) -> None:
        """End the probing and give back both students' connections."""
        for task in (self._preparing, self._probing):
            if task is not None and not task.get_loop().is_closed():
                task.cancel()
        await self._served.close()
        await self._stand_in.close()

    async def _pieces(self, request: StudentRequest) -> AsyncGenerator[str, None]:
        if self._breaker.state == "closed" or request.purpose == "attempt":
            started, answered = time.perf_counter(), False
            try:
                async with aclosing(self._served.stream(request)) as pieces:
                    async for piece in pieces:
                        answered = True
                        yield piece
                self._succeeded()
                return
            except (asyncio.CancelledError, GeneratorExit):
                self._given_up(time.perf_counter() - started, answered=answered)
                raise
            except BackendError as error:
                self._failed(error)
                if answered or request.purpose == "attempt":
                    raise
        async for piece in self._stand_in.stream(request):
            yield piece

    def _succeeded(self) -> None:
        self._unanswered = 0.0
        self._breaker.succeeded()
        self._say(StudentStatus("ready", self._served.name))

    def _given_up(self, seconds: float, *, answered: bool) -> None:
        """A newer request took its place: who types faster than the server answers would never find out that it is stuck."""
        if answered:
            self._succeeded()
            return
        self._unanswered += seconds
        if self._unanswered > _PATIENCE:
            message = (
                f"The model server of {self._served.name} has not answered for {self._unanswered:.0f} s of typing; "
                "serve a smaller model or look at its load"
            )
            self._unanswered = 0.0
            self._open("slow", None, message, times=2)

    def _failed(self, error: BackendError) -> None:
        # What comes without a kind was wrong before anything was sent, such as a key that is not set.
        kind: Kind = getattr(error, "kind", "unusable")
        if kind == "request":
            # The server is well, whoever asked: what it took exception to was this request.
            self._breaker.succeeded()
        self._open(kind, getattr(error, "retry_after", None), str(error))

    def _open(self, kind: Kind, retry_after: float | None, message: str, times: int = 1) -> None:
        for _ in range(times):
            self._breaker.failed(kind, retry_after)
        if self._breaker.state == "closed":
            self._say(StudentStatus("trouble", self._served.name, message))
            return
        self._say(StudentStatus("away", self._stand_in.name, message))
        if self._probing is None:
            self._probing = asyncio.create_task(self._probe_until_back())

    async def _prepare(self) -> None:
        try:
            await self._served.prepare()
        except BackendError as error:
            self._failed(error)
        else:
            self._say(StudentStatus("ready", self._served.name))

    async def _probe_until_back(self) -> None:
        try:
            while self._breaker.state != "closed":
                await asyncio.sleep(self._breaker.wait)
                self._breaker.probe()
                try:
                    await self._served.check()
                except BackendError as error:
                    self._failed(error)
                else:
                    self._succeeded()
        finally:
            self._probing = None

    def _say(self, status: StudentStatus) -> None:
        if status != self._status:
            self._status = status
            self.tell(status)
