"""The student role over an OpenAI-compatible server: fill-in-the-middle, chat or plain continuation, always streamed."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Protocol

from attrs import define

from understudy_knowledge.models.roles import Completion, Purpose, StudentRequest
from understudy_knowledge.models.vllm.chat_answer import ChatAnswer
from understudy_knowledge.models.vllm.client import Client
from understudy_knowledge.models.vllm.events import text_of, usage_of
from understudy_knowledge.models.vllm.failures import PromptTooLongError
from understudy_knowledge.models.vllm.fim import QWEN, Style, defuse_controls, style_for, template_for
from understudy_knowledge.models.vllm.prompts import prefix_of, student_head, student_message, suffix_of
from understudy_knowledge.models.vllm.redaction import redact
from understudy_knowledge.models.vllm.schema_text import SchemaText
from understudy_knowledge.models.vllm.served import Served
from understudy_knowledge.models.vllm.settings import ServerSettings
from understudy_knowledge.models.vllm.statement_end import StatementEnd
from understudy_knowledge.models.vllm.stop_marks import StopMarks

_PRIORITY: dict[Purpose, int] = {"ghost": 0, "action": 1, "attempt": 2}
"""The server's queue is ordered by it, smallest first: someone is waiting for ghost text."""
_MOST_PROMPT_TOKENS = 6000


@define
class _Tally:
    """What one answer took so far."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


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
        self._schema = SchemaText()

    @property
    def name(self) -> str:
        """The model's id; the server's address as long as no id is configured and nothing was asked yet."""
        return self._served.name

    async def complete(self, request: StudentRequest) -> Completion:
        """The whole completion. Raises BackendError when the server cannot answer."""
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
        )

    def stream(self, request: StudentRequest) -> AsyncGenerator[str, None]:
        """The completion in pieces; closing the iterator (`contextlib.aclosing`) stops the generation at the server."""
        return self._pieces(request, _Tally())

    async def close(self) -> None:
        """Give back the client's connections."""
        await self._client.close()

    async def _pieces(self, request: StudentRequest, tally: _Tally) -> AsyncGenerator[str, None]:
        model = await self._served.model()
        most = min(request.max_tokens, self._settings.max_tokens)
        budget = _MOST_PROMPT_TOKENS
        if model.max_tokens is not None:
            most = max(1, min(most, model.max_tokens // 2))
            budget = min(budget, model.max_tokens - most)
        # What a text takes in tokens is only estimated, and with rare scripts or names full of digits far too low.
        for divisor in (1, 2, 4):
            try:
                async with aclosing(
                    self._answer(request, model.id, most, budget // divisor, tally)
                ) as pieces:
                    async for piece in pieces:
                        yield piece
            except PromptTooLongError:  # noqa: PERF203 - three rounds at most, and a round is a request
                if divisor == 4:
                    raise
            else:
                return

    async def _answer(
        self, request: StudentRequest, model: str, most: int, budget: int, tally: _Tally
    ) -> AsyncGenerator[str, None]:
        style = style_for(model, self._settings.template, whole_statement=request.purpose != "ghost")
        body: dict[str, object] = {
            "model": model,
            "max_tokens": most,
            "temperature": self._settings.temperature,
            "priority": _PRIORITY[request.purpose],
            # In every event, because an answer that we end ourselves never gets to the last one.
            "stream_options": {"include_usage": True, "continuous_usage_stats": True},
        }
        if style == "chat":
            path, body = "chat/completions", body | self._chat(request, budget)
        else:
            path, body = "completions", body | self._fill(request, style, model, budget)
        readers = _readers(request, style, model)
        async with aclosing(self._client.stream(path, body)) as events:
            async for event in events:
                _count(event, tally)
                piece = text_of(event)
                for reader in readers:
                    piece = reader.feed(piece)
                if piece:
                    yield piece
                if any(reader.complete for reader in readers):
                    return
        rest = ""
        for reader in readers:
            rest = reader.feed(rest) + reader.finish()
        if rest:
            yield rest

    def _chat(self, request: StudentRequest, budget: int) -> dict[str, object]:
        message = _safe(student_message(request, self._schema, budget))
        return {
            "messages": [{"role": "user", "content": message}],
            # A model that can think first keeps someone waiting who is typing.
            **({"chat_template_kwargs": {"enable_thinking": False}} if request.purpose == "ghost" else {}),
        }

    def _fill(self, request: StudentRequest, style: Style, model: str, budget: int) -> dict[str, object]:
        before = _safe(student_head(request, self._schema, budget) + prefix_of(request, budget))
        # A blank line ends what is wanted at a cursor; a whole statement may have one between its parts.
        units = ("\n\n",) if request.purpose == "ghost" else ("\n\n\n",)
        if style == "plain":
            return {"prompt": before, "stop": [*units, "\n-- " if request.language == "sql" else "\n# "]}
        template = template_for(model) or QWEN
        return {
            "prompt": template.render(before, _safe(suffix_of(request, budget))),
            "stop": list(units),
            # Otherwise the marks, special tokens all of them, would vanish from the text before StopMarks sees them.
            "skip_special_tokens": False,
        }


def _safe(text: str) -> str:
    """Repository text as a prompt may hold it: without secrets, and without marks that only the template may write."""
    return defuse_controls(redact(text))


def _readers(request: StudentRequest, style: Style, model: str) -> list[_Reader]:
    readers: list[_Reader] = []
    if style == "chat":
        readers.append(ChatAnswer(request.prefix))
    elif style == "fim":
        readers.append(StopMarks((template_for(model) or QWEN).stop))
    if request.language == "sql":
        readers.append(StatementEnd(request.prefix))
    return readers


def _count(event: dict[str, Any], tally: _Tally) -> None:
    usage = usage_of(event)
    if usage is not None:
        tally.prompt_tokens, tally.completion_tokens = usage
