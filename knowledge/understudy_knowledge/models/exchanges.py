"""What goes to a model server and comes back, told to whoever keeps account of it in the same task. Knows no ledger."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from attrs import define

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.usage import Usage


@define
class Reply:
    """What came back so far. `failure` is one sentence; empty where the answer came, or was ended by us."""

    text: str = ""
    usage: Usage | None = None
    """None where the server said nothing of it."""
    failure: str = ""
    in_doubt: bool = False
    """Whether the server may have worked on a request whose answer never came."""


class Listener(Protocol):
    """Hears every request before it is sent, and once more when it is over."""

    def sent(self, url: str, body: Mapping[str, object]) -> int:
        """A request is about to leave; the number is given back with its reply."""

    def received(self, number: int, reply: Reply) -> None:
        """The request of that number is over."""


_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Whatever this task sends to model servers inside is told to the listener."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


@contextmanager
def exchange(url: str, body: Mapping[str, object]) -> Iterator[Reply]:
    """One request; whoever makes it fills in the reply as it comes."""
    listener, reply = _LISTENER.get(), Reply()
    if listener is None:
        yield reply
        return
    number = listener.sent(url, body)
    try:
        yield reply
    except BackendError as error:
        reply.failure = str(error)
        reply.in_doubt = getattr(error, "kind", "") in ("slow", "broken")
        raise
    except asyncio.CancelledError:
        reply.failure, reply.in_doubt = "It was given up.", True
        raise
    finally:
        listener.received(number, reply)
