"""The student role over an OpenAI-compatible server: fill-in-the-middle, chat or plain continuation, always streamed."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any, Protocol

from attrs import define, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.roles import Completion, Purpose, StudentRequest
from understudy_knowledge.models.vllm.chat_answer import ChatAnswer
from understudy_knowledge.models.vllm.client import Client
from understudy_knowledge.models.vllm.events import cached_of, is_last, text_of, usage_of
from understudy_knowledge.models.vllm.failures import NotServedError, PromptTooLongError, ServerError
from understudy_knowledge.models.vllm.fim import Style
from understudy_knowledge.models.vllm.manner import Manner, manner_of
from understudy_knowledge.models.vllm.patience import patiently
from understudy_knowledge.models.vllm.served import Served
from understudy_knowledge.models.vllm.settings import ServerSettings
from understudy_knowledge.models.vllm.statement_end import StatementEnd
from understudy_knowledge.models.vllm.stop_marks import StopMarks
from understudy_knowledge.models.vllm.student_prompts import StudentPrompts
from understudy_knowledge.models.vllm.traits import Traits, count_tokens

_PRIORITY: dict[Purpose, int] = {"ghost": 0, "action": 1, "attempt": 2}
"""The server's queue is ordered by it, smallest first: someone is waiting for ghost text."""
MOST_PROMPT_TOKENS = 6000
_SILENCE = 8.0
"""Seconds without a byte after which nobody at a keyboard waits any longer; an attempt may stand in a queue for its whole timeout."""
_CHECK = StudentRequest("", Catalog(), prefix="SELECT ", max_tokens=1)


@define
class _Tally:
    """What one answer took so far."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


@frozen
class _Asking:
    """A request as the server takes it, and who reads its answer: for one answer only."""

    made_of: tuple[object, ...]
    path: str
    body: dict[str, object]
    readers: "list[_Reader]"


class _Reader(Protocol):
    """Lets through what belongs at the cursor; `complete` once nothing more will come."""

    complete: bool

    def feed(self, piece: str) -> str: ...

    def finish(self) -> str: ...


class VllmStudent:
    """Fills the role Student (see `models.roles`)."""

    def __init__(self, settings: ServerSettings, client: Client) -> None:
        self._settings = settings
        self._client = client
        self._served = Served(settings, client)
        self._prompts = StudentPrompts()
        self._manner: Manner | None = None
        self._learning: asyncio.Task[None] | None = None
        self._ready: _Asking | None = None

    @property
    def name(self) -> str:
        """The model's id; the server's address as long as no id is configured and nothing was asked yet."""
        return self._served.name

    async def traits(self) -> Traits:
        """What its server can do. Raises BackendError."""
        return await self._served.traits()

    async def manner(self) -> Manner:
        """How its model is asked. Raises BackendError."""
        if self._manner is None:
            traits = await self._served.traits()
            self._manner = await manner_of(self._client, self._settings, await self._served.model(), traits)
        return self._manner

    async def window(self) -> int | None:
        """How many tokens prompt and answer may have together; None where the server does not say. Raises BackendError."""
        return (await self._served.model()).max_tokens or (await self._served.traits()).window

    async def prepare(self) -> None:
        """Find out which model this is and how it is asked, ahead of the first request. Raises BackendError."""
        await self.manner()

    async def check(self) -> None:
        """Ask for one token, with nothing remembered of which server and model these are. Raises BackendError."""
        self._served.forget()
        self._manner = None
        async with aclosing(self._pieces(_CHECK, _Tally())) as pieces:
            async for _ in pieces:
                pass

    async def complete(self, request: StudentRequest) -> Completion:
        """The whole completion. Raises BackendError when the server cannot answer; an attempt waits while it is busy."""
        if request.purpose == "attempt":
            return await patiently(lambda: self._complete(request))
        return await self._complete(request)

    async def make_ready(self, request: StudentRequest) -> None:
        """Lay out its prompt, and read the text around the cursor as the answer will be read."""
        with suppress(BackendError):
            most, budget = await self._room(request)
            manner = await self.manner()
            self._ready = await self._asking(request, manner, _style(request, manner), most, budget)

    async def _complete(self, request: StudentRequest) -> Completion:
        started, tally = time.perf_counter(), _Tally()
        async with aclosing(self._pieces(request, tally)) as pieces:
            text = ""
            async for piece in pieces:
                request.hear(piece)
                text += piece
        return Completion(
            text=text,
            model=self.name,
            lesson_ids=tuple(lesson.case_id for lesson in request.lessons),
            prompt_tokens=tally.prompt_tokens,
            completion_tokens=tally.completion_tokens,
            seconds=time.perf_counter() - started,
            cached_tokens=tally.cached_tokens,
            can_vary=True,
        )

    def stream(self, request: StudentRequest) -> AsyncGenerator[str, None]:
        """The completion in pieces; closing the iterator (`contextlib.aclosing`) stops the generation at the server."""
        return self._pieces(request, _Tally())

    async def close(self) -> None:
        """Give back the client's connections."""
        if self._learning is not None and not self._learning.get_loop().is_closed():
            self._learning.cancel()
        await self._client.close()

    async def _pieces(self, request: StudentRequest, tally: _Tally) -> AsyncGenerator[str, None]:
        model, traits = await self._served.model(), await self._served.traits()
        most, budget = await self._room(request)
        try:
            # What a text takes in tokens may only be estimated, and with rare scripts or names full of digits too low.
            for divisor in (1, 2, 4):
                try:
                    async with aclosing(
                        self._in_some_manner(request, most, budget // divisor, tally)
                    ) as pieces:
                        async for piece in pieces:
                            yield piece
                except PromptTooLongError:  # noqa: PERF203 - three rounds at most, and a round is a request
                    if divisor == 4:
                        raise
                else:
                    return
        finally:
            # An attempt's prompt is not to depend on what was asked before it: lifts compare such prompts.
            if request.purpose != "attempt" and traits.counts_tokens:
                self._learn(model.id)

    async def _room(self, request: StudentRequest) -> tuple[int, int]:
        """How many tokens the answer may have, and how many the prompt."""
        most = min(request.max_tokens, self._settings.max_tokens)
        window = await self.window()
        if window is None:
            return most, MOST_PROMPT_TOKENS
        most = max(1, min(most, window // 2))
        return most, min(MOST_PROMPT_TOKENS, window - most)

    async def _in_some_manner(
        self, request: StudentRequest, most: int, budget: int, tally: _Tally
    ) -> AsyncGenerator[str, None]:
        """The pieces; where the server does not do it in the style that suits the model, in another one from then on."""
        for _ in range(3):
            manner = await self.manner()
            style = _style(request, manner)
            try:
                async with aclosing(self._answer(request, manner, style, most, budget, tally)) as pieces:
                    async for piece in pieces:
                        yield piece
            except ServerError as error:
                instead = _instead(error, manner, style)
                if instead is None or self._settings.template != "auto":
                    raise
                self._manner = manner.without(style, instead)
            else:
                return

    async def _answer(
        self, request: StudentRequest, manner: Manner, style: Style, most: int, budget: int, tally: _Tally
    ) -> AsyncGenerator[str, None]:
        asking, self._ready = self._ready, None
        if asking is None or asking.made_of != (request, manner, style, most, budget):
            asking = await self._asking(request, manner, style, most, budget)
        readers = asking.readers
        silence = None if request.purpose == "attempt" else min(_SILENCE, self._settings.timeout)
        async with aclosing(self._client.stream(asking.path, asking.body, silence)) as events:
            async for event in events:
                _count(event, tally)
                piece = text_of(event)
                for reader in readers:
                    piece = reader.feed(piece)
                if piece:
                    yield piece
                if any(reader.complete for reader in readers):
                    return
                if request.purpose == "ghost" and is_last(event) and usage_of(event) is not None:
                    break  # what else comes says nothing new, and somebody waits
        rest = ""
        for reader in readers:
            rest = reader.feed(rest) + reader.finish()
        if rest:
            yield rest

    async def _asking(
        self, request: StudentRequest, manner: Manner, style: Style, most: int, budget: int
    ) -> _Asking:
        body: dict[str, object] = {
            "model": (await self._served.model()).id,
            "max_tokens": most,
            "temperature": _temperature(request, self._settings),
            "priority": _PRIORITY[request.purpose],
            # In every event, because an answer that we end ourselves never gets to the last one.
            "stream_options": {"include_usage": True, "continuous_usage_stats": True},
        }
        if style == "chat":
            path, body = "chat/completions", body | await self._chat(request, budget)
        else:
            path, body = "completions", body | self._fill(request, manner, style, budget)
            # A chat wraps its code; other kinds of servers have other fields for it, or other grammars.
            kind = (await self._served.traits()).kind
            if request.grammar is not None and kind in ("vLLM", "OpenAI-compatible"):
                body["structured_outputs"] = {"grammar": request.grammar}
        return _Asking((request, manner, style, most, budget), path, body, _readers(request, manner, style))

    async def _chat(self, request: StudentRequest, budget: int) -> dict[str, object]:
        body: dict[str, object] = {
            "messages": [{"role": "user", "content": self._prompts.message(request, budget)}]
        }
        if request.purpose == "ghost":
            # A model that can think first keeps someone waiting who is typing.
            body["chat_template_kwargs"] = {"enable_thinking": False}
            if (await self._served.traits()).kind == "Ollama":
                body["reasoning_effort"] = "none"
        return body

    def _fill(self, request: StudentRequest, manner: Manner, style: Style, budget: int) -> dict[str, object]:
        before = self._prompts.head(request, budget) + self._prompts.prefix(request, budget)
        # A blank line ends what is wanted at a cursor; a whole statement may have one between its parts.
        units = ("\n\n",) if request.purpose == "ghost" else ("\n\n\n",)
        if style == "plain":
            return {"prompt": before, "stop": [*units, "\n-- " if request.language == "sql" else "\n# "]}
        after = self._prompts.suffix(request, budget)
        if manner.by_suffix:
            # Without any text behind the cursor the server would take the prompt for a question.
            return {"prompt": before, "suffix": after or "\n", "stop": list(units)}
        return {
            "prompt": manner.template.render(before, after),
            "stop": list(units),
            # Otherwise the marks, special tokens all of them, would vanish from the text before StopMarks sees them.
            "skip_special_tokens": False,
        }

    def _learn(self, model: str) -> None:
        """Have the server count the texts of the last prompts, now that nobody waits for them."""
        counts, running = self._prompts.counts, self._learning
        loop = asyncio.get_running_loop()
        if counts.wanting and (running is None or running.done() or running.get_loop() is not loop):
            self._learning = loop.create_task(
                counts.learn(lambda text: count_tokens(self._client, model, text))
            )


def _instead(error: ServerError, manner: Manner, style: Style) -> Style | None:
    """The style to try after this refusal; None where it says nothing against the one that was tried."""
    said = str(error)
    if style == "fim" and manner.by_suffix and ("support insert" in said or "suffix" in said):
        return "chat" if manner.whole == "chat" else "plain"
    lacks_page = isinstance(error, NotServedError) and "does not exist" not in said
    if style != "chat" and (lacks_page or "chat/completions" in said):
        return "chat"
    return None


def _style(request: StudentRequest, manner: Manner) -> Style:
    return manner.style(whole_statement=request.purpose != "ghost")


def _temperature(request: StudentRequest, settings: ServerSettings) -> float:
    return settings.temperature if request.temperature is None else request.temperature


def _readers(request: StudentRequest, manner: Manner, style: Style) -> list[_Reader]:
    readers: list[_Reader] = []
    if style == "chat":
        readers.append(ChatAnswer(request.prefix))
    elif style == "fim":
        readers.append(StopMarks(manner.template.stop))
    if request.language == "sql":
        readers.append(StatementEnd(request.prefix, request.suffix))
    return readers


def _count(event: dict[str, Any], tally: _Tally) -> None:
    usage = usage_of(event)
    if usage is not None:
        tally.prompt_tokens, tally.completion_tokens = usage
        tally.cached_tokens = max(tally.cached_tokens, cached_of(event))
