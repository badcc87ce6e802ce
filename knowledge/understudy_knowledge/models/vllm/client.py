"""The one long-lived HTTP client of a model server: JSON and event streams in and out, every failure one sentence."""

import asyncio
import importlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from attrs import frozen

from understudy_knowledge.models.exchanges import exchange
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.models.vllm import failures
from understudy_knowledge.models.vllm.events import is_last, message_of, text_of, usage_of
from understudy_knowledge.models.vllm.settings import ServerSettings
from understudy_knowledge.models.vllm.sse import EventReader

if TYPE_CHECKING:
    import aiohttp

LARGEST_ANSWER = 8 * 2**20
"""Bytes of one answer that are read at most; a model's longest answers stay far below."""
_LARGEST_ERROR = 64 * 2**10
_GRACE = 0.05
_EXTENSIONS = (
    "priority",
    "response_format",
    "chat_template_kwargs",
    "skip_special_tokens",
    "stream_options",
    "structured_outputs",
    "reasoning_effort",
    "temperature",
)
"""Fields that not every server knows or allows; one that is refused by name is left out from then on."""
_RENAMED = {"max_tokens": "max_completion_tokens"}
"""Fields that some models take by another name only, which the refusal says."""


@frozen
class ServedModel:
    """A model as the server lists it; `max_tokens` is the length of prompt and answer together, None when not said."""

    id: str
    max_tokens: int | None = None
    owner: str = ""
    """Whom the server names as its owner, which gives many a server's kind away."""
    root: str = ""
    """What it was loaded from, where the id is another name for it."""


class _TaughtError(Exception):
    """An answer taught what this server does not take; the same request may be asked again without it."""


class Client:
    """Connections to the server of `settings`, opened on first use and kept alive. Safe for concurrent use on one loop."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._refused: set[str] = set()
        self._names: dict[str, str] = {}
        self._ending: dict[aiohttp.ClientResponse, asyncio.Task[None]] = {}
        """Answers of which nobody wants more although their last bytes are still to come."""

    async def models(self) -> tuple[ServedModel, ...]:
        """What the server serves, in its order. Raises BackendError."""
        async with self._open("GET", "models", None) as response:
            answer = await self._json(response)
        listed = answer.get("data")
        if not isinstance(listed, list):
            raise failures.not_understood(self._settings, "a list of models without data")
        return tuple(
            ServedModel(
                entry["id"],
                length if isinstance(length := entry.get("max_model_len"), int) and length > 0 else None,
                owner if isinstance(owner := entry.get("owned_by"), str) else "",
                root if isinstance(root := entry.get("root"), str) else "",
            )
            for entry in listed
            if isinstance(entry, dict) and isinstance(entry.get("id"), str)
        )

    async def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """The JSON object the server answers; a path that begins with a slash stands beside /v1.

        Raises BackendError. Cancelling the task stops the generation.
        """
        with exchange(self._url(path), body) as reply:
            async with self._open("POST", path, body) as response:
                answer = await self._json(response)
            reply.text, reply.usage = message_of(answer)[0], _usage(answer)
            return answer

    async def get(self, path: str) -> dict[str, Any]:
        """The JSON object found at a path; one that begins with a slash stands beside /v1. Raises BackendError."""
        async with self._open("GET", path, None) as response:
            return await self._json(response)

    async def stream(
        self, path: str, body: Mapping[str, object], silence: float | None = None
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The events of a streamed answer as JSON objects. Raises BackendError, also when the stream breaks off.

        `silence` is how many seconds may pass without a byte, before the first one too. Closing the iterator closes the
        connection, which is how the server learns to stop generating; behind the last piece of text it has stopped already,
        and the connection is kept for the next request.
        """
        taught = False
        try:
            with exchange(self._url(path), body) as reply:
                async with (
                    self._open("POST", path, {**body, "stream": True}, silence) as response,
                    aclosing(self._events(response, body)) as events,
                ):
                    async for event in events:
                        reply.text, reply.usage = reply.text + text_of(event), _usage(event) or reply.usage
                        yield event
        except _TaughtError:
            taught = True
        if taught:
            async with aclosing(self.stream(path, body, silence)) as again:
                async for event in again:
                    yield event

    async def _events(
        self, response: "aiohttp.ClientResponse", body: Mapping[str, object]
    ) -> AsyncGenerator[dict[str, Any], None]:
        self._expect(response, "text/event-stream")
        begun = finished = False
        reader = EventReader()
        async for chunk in self._chunks(response):
            for data in reader.feed(chunk):
                if data.strip() == b"[DONE]":
                    await _read_to_end(response)
                    return
                event = self._object(data)
                if "error" in event:
                    key = self._settings.api_key()
                    # What vLLM finds out in the engine, a grammar's fault among it, it says in a stream of status 200.
                    said = failures.event_words(event, key)
                    if not begun and self._learned(said, self._as_taken(body)):
                        raise _TaughtError
                    raise failures.from_event(self._settings, event, key)
                begun, finished = True, finished or is_last(event)
                try:
                    yield event
                except GeneratorExit:
                    if finished:
                        self._ending[response] = asyncio.get_running_loop().create_task(self._end(response))
                    raise
        if not finished:
            raise failures.broken_off(self._settings)

    async def close(self) -> None:
        """Close every connection. A later request opens new ones."""
        for task in self._ending.values():
            task.cancel()
        session, self._session = self._session, None
        if session is not None and not session.closed:
            await session.close()

    async def _end(self, response: "aiohttp.ClientResponse") -> None:
        """Read what is left of an answer that is complete, so that its connection can be used again."""
        import aiohttp

        try:
            with suppress(aiohttp.ClientError, OSError):
                await _read_to_end(response)
        finally:
            del self._ending[response]
            _let_go(response)

    @asynccontextmanager
    async def _open(
        self, method: str, path: str, body: Mapping[str, object] | None, silence: float | None = None
    ) -> AsyncIterator["aiohttp.ClientResponse"]:
        """A response of status 200. Leaving before its end closes the connection."""
        session = await self._opened()
        import aiohttp

        try:
            response = await self._send(session, method, path, body, silence)
            try:
                yield response
            finally:
                if response not in self._ending:
                    _let_go(response)
        # On Python 3.10 asyncio's TimeoutError is not yet the built-in one.
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise failures.from_connection(self._settings, error, silence) from None

    async def _send(
        self,
        session: "aiohttp.ClientSession",
        method: str,
        path: str,
        body: Mapping[str, object] | None,
        silence: float | None,
    ) -> "aiohttp.ClientResponse":
        import aiohttp

        url = self._url(path)
        limits = _limits(self._settings.timeout, silence)

        key = self._settings.api_key()
        headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {})
        reconnected = False
        while True:
            sent = None if body is None else self._as_taken(body)
            try:
                response = await session.request(
                    method,
                    url,
                    json=sent,
                    headers=headers,
                    allow_redirects=False,
                    timeout=limits,
                )
            except (aiohttp.ServerDisconnectedError, ConnectionResetError):
                # A kept-alive connection that the server gave up since: nothing was answered, so asking again is safe.
                if reconnected:
                    raise
                reconnected = True
                continue
            if response.status == 200:
                return response
            said = failures.server_words(await self._error_body(response), key)
            if response.status not in (400, 422) or not sent or not self._learned(said, sent):
                wait = failures.seconds_to_wait(response.headers.get("Retry-After"))
                raise failures.from_status(self._settings, response.status, said, wait)

    def _url(self, path: str) -> str:
        base = self._settings.base_url
        return f"{base.removesuffix('/v1')}{path}" if path.startswith("/") else f"{base}/{path}"

    def _as_taken(self, body: Mapping[str, object]) -> dict[str, object]:
        """The body as far as this server takes it, by the names it takes."""
        return {
            self._names.get(name, name): value for name, value in body.items() if name not in self._refused
        }

    def _learned(self, said: str, sent: Mapping[str, object]) -> bool:
        """Whether a refusal taught which fields to leave out or to call otherwise; each can be learned only once."""
        renamed = {
            old: new for old, new in _RENAMED.items() if old in sent and failures.names_field(said, new)
        }
        present = {name for name in _EXTENSIONS if name in sent}
        unknown = {name for name in present if failures.names_field(said, name)}
        if "structured_outputs" in present and failures.speaks_of_grammar(said):
            unknown.add("structured_outputs")
        if not unknown and not renamed and failures.speaks_of_fields(said):
            unknown = present
        self._names |= renamed
        self._refused |= unknown
        return bool(unknown or renamed)

    async def _opened(self) -> "aiohttp.ClientSession":
        loop = asyncio.get_running_loop()
        if self._session is None or self._session.closed or self._loop is not loop:
            # Importing takes 150 ms; in a thread it does not hold up the editor's other requests.
            aiohttp = await asyncio.to_thread(importlib.import_module, "aiohttp")
            if self._session is None or self._session.closed or self._loop is not loop:
                self._session = aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(limit=256, keepalive_timeout=60),
                    cookie_jar=aiohttp.DummyCookieJar(),
                )
                self._loop = loop
        assert self._session is not None
        return self._session

    async def _json(self, response: "aiohttp.ClientResponse") -> dict[str, Any]:
        self._expect(response, "application/json")
        return self._object(b"".join([chunk async for chunk in self._chunks(response)]))

    async def _chunks(self, response: "aiohttp.ClientResponse") -> AsyncIterator[bytes]:
        size = 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > LARGEST_ANSWER:
                raise failures.too_large(self._settings, LARGEST_ANSWER)
            yield chunk

    async def _error_body(self, response: "aiohttp.ClientResponse") -> bytes:
        try:
            body = await response.content.read(_LARGEST_ERROR)
            while len(body) < _LARGEST_ERROR and not response.content.at_eof():
                body += await response.content.read(_LARGEST_ERROR - len(body))
            return body
        finally:
            response.close()

    def _expect(self, response: "aiohttp.ClientResponse", kind: str) -> None:
        if response.content_type != kind:
            raise failures.wrong_content(self._settings, kind, response.headers.get("Content-Type", ""))

    def _object(self, data: bytes) -> dict[str, Any]:
        try:
            parsed = json.loads(data)
        except (ValueError, RecursionError):
            raise failures.not_understood(self._settings, "something that is not JSON") from None
        if not isinstance(parsed, dict):
            raise failures.not_understood(self._settings, "JSON that is not an object")
        return parsed


def _usage(answer: dict[str, Any]) -> Usage | None:
    usage = usage_of(answer)
    return None if usage is None else Usage(*usage)


def _limits(timeout: float, silence: float | None) -> "aiohttp.ClientTimeout":
    import aiohttp

    return aiohttp.ClientTimeout(total=timeout, sock_connect=min(5.0, timeout), sock_read=silence)


def _let_go(response: "aiohttp.ClientResponse") -> None:
    if not response.content.at_eof():
        response.close()
    response.release()


async def _read_to_end(response: "aiohttp.ClientResponse") -> None:
    # The last bytes of a finished answer carry nothing, but only a connection read to its end can be used again.
    try:
        while not response.content.at_eof():
            await asyncio.wait_for(response.content.readany(), _GRACE)
    except asyncio.TimeoutError:
        return
