"""The teacher role over an OpenAI-compatible server: chat with structured outputs, parsed strictly, repaired once."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from attrs import frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Case, Example, GeneralInstructions, Plan
from understudy_knowledge.models.proposals import Proposal, ProposalRequest
from understudy_knowledge.models.roles import Instructions, TeacherAnswer, TeacherRequest
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.models.vllm.chat_answer import ChatAnswer
from understudy_knowledge.models.vllm.client import Client, ServedModel
from understudy_knowledge.models.vllm.events import message_of, usage_of
from understudy_knowledge.models.vllm.failures import PromptTooLongError, UnusableAnswerError
from understudy_knowledge.models.vllm.fim import defuse_controls
from understudy_knowledge.models.vllm.instructions_format import instructions_schema, parse_instructions
from understudy_knowledge.models.vllm.patience import patiently
from understudy_knowledge.models.vllm.plan_format import (
    PlanLimits,
    parse_plan,
    plan_schema,
)
from understudy_knowledge.models.vllm.prompts import (
    instruct_message,
    propose_message,
    repair_message,
    teacher_message,
)
from understudy_knowledge.models.vllm.proposal_format import parse_proposal, proposal_schema
from understudy_knowledge.models.vllm.redaction import redact
from understudy_knowledge.models.vllm.schema_text import SchemaText
from understudy_knowledge.models.vllm.served import Served
from understudy_knowledge.models.vllm.settings import ServerSettings

MOST_PROMPT_TOKENS = 12000
_LONGEST_INSTRUCTIONS = 3000
_PRIORITY = 2
_ROUNDS = 2

Message = dict[str, str]
_Made = TypeVar("_Made")


@frozen
class _Shape(Generic[_Made]):
    """What an answer must be: its name, its JSON schema, and how it is read, which raises ValueError with what is wrong."""

    name: str
    schema: dict[str, Any]
    parse: Callable[[str], _Made]


class VllmTeacher:
    """Fills the role Teacher (see `models.roles`)."""

    def __init__(self, settings: ServerSettings, client: Client, limits: PlanLimits | None = None) -> None:
        self._settings = settings
        self._client = client
        self._limits = limits or PlanLimits()
        self._served = Served(settings, client)
        self._schema = SchemaText()

    @property
    def name(self) -> str:
        """The model's id; the server's address as long as no id is configured and nothing was asked yet."""
        return self._served.name

    async def plan(self, request: TeacherRequest) -> TeacherAnswer:
        """A first plan, or a better one than those that failed.

        Raises BackendError when the server cannot answer, or when its second try at a plan is no plan either.
        """
        started = time.perf_counter()
        example = request.example

        def parse(text: str) -> Plan:
            return parse_plan(text, question=example.question, dialect=example.dialect, limits=self._limits)

        plan, usage = await self._structured(
            _Shape("plan", plan_schema(self._limits), parse),
            lambda budget: teacher_message(request, self._schema, budget),
        )
        return TeacherAnswer(plan, self.name, usage.prompt, usage.completion, time.perf_counter() - started)

    async def identify(self) -> str:
        """The model's id: the configured one, else the one the server lists first. Raises BackendError."""
        return self._settings.model or (await self._served.model()).id

    def conclude(self, example: Example, plan: Plan, code: str, catalog: Catalog) -> Plan:
        """The plan as it is: which part of the code fills which hole is not known of free text."""
        return plan

    async def instruct(self, cases: Sequence[Case], catalog: Catalog) -> Instructions:
        """At most a page of rules, one a line, aggregated from cases; empty without cases.

        Raises BackendError, also where the second try at them is none either.
        """
        if not cases:
            return Instructions(GeneralInstructions())
        text, usage = await self._structured(
            _Shape("instructions", instructions_schema(), parse_instructions),
            lambda budget: instruct_message(cases, budget),
        )
        if len(text) > _LONGEST_INSTRUCTIONS:
            text = text[:_LONGEST_INSTRUCTIONS].rpartition("\n")[0]
        return Instructions(GeneralInstructions(text=text), usage)

    async def propose(self, request: ProposalRequest) -> Proposal:
        """A question made of an example, with its query. Raises BackendError, also where it is no example twice."""
        (question, query), usage = await self._structured(
            _Shape("example", proposal_schema(), parse_proposal),
            lambda budget: propose_message(request, self._schema, budget),
        )
        return Proposal(question, query, self.name, usage)

    async def at_most(self) -> Usage:
        """Two rounds, each with a prompt as long as the model reads; where the server does not say, twice as long as is planned."""
        model = await self._served.model()
        most = self._most(model)
        prompt = 2 * MOST_PROMPT_TOKENS if model.max_tokens is None else model.max_tokens - most
        return Usage(_ROUNDS * prompt, _ROUNDS * most)

    async def close(self) -> None:
        """Give back the client's connections."""
        await self._client.close()

    async def _structured(
        self, shape: "_Shape[_Made]", message: Callable[[int], str]
    ) -> "tuple[_Made, Usage]":
        """What the teacher makes, and what both rounds took; an answer that is none of the shape may be repaired once.

        `message` is given how many tokens it may have. Raises BackendError.
        """
        model = await self._served.model()
        budget, usage = self._budget(model), Usage()
        messages = [_user(message(budget))]
        for last in (False, True):
            try:
                answer, took = await self._ask(model, messages, shape.name, shape.schema)
            except PromptTooLongError:
                # Tokens are only estimated; most of the prompt is the schema or the cases, which can be cut.
                messages[0] = _user(message(budget // 3))
                answer, took = await self._ask(model, messages, shape.name, shape.schema)
            usage += took
            try:
                reader = ChatAnswer("")
                return shape.parse(reader.feed(answer) + reader.finish()), usage
            except ValueError as problem:
                if last:
                    raise UnusableAnswerError(
                        f"The teacher {self.name} wrote no usable {shape.name}: {problem}; try a larger model or set max_tokens higher",
                        prompt_tokens=usage.prompt,
                        completion_tokens=usage.completion,
                    ) from None
                messages += [
                    {"role": "assistant", "content": answer[: 3 * self._settings.max_tokens]},
                    _user(repair_message(shape.name, str(problem))),
                ]
        raise AssertionError("the last round returns or raises")

    def _budget(self, model: ServedModel) -> int:
        if model.max_tokens is None:
            return MOST_PROMPT_TOKENS
        return min(MOST_PROMPT_TOKENS, model.max_tokens - self._most(model))

    def _most(self, model: ServedModel) -> int:
        most = self._settings.max_tokens
        return most if model.max_tokens is None else max(1, min(most, model.max_tokens // 2))

    async def _ask(
        self, model: ServedModel, messages: Sequence[Message], name: str, schema: dict[str, Any]
    ) -> tuple[str, Usage]:
        body: dict[str, object] = {
            "model": model.id,
            "messages": list(messages),
            "max_tokens": self._most(model),
            "temperature": self._settings.temperature,
            "priority": _PRIORITY,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": name, "strict": True, "schema": schema},
            },
        }
        answer = await patiently(lambda: self._client.post("chat/completions", body))
        text, _ = message_of(answer)
        return text, Usage(*(usage_of(answer) or (0, 0)))


def _user(content: str) -> Message:
    return {"role": "user", "content": defuse_controls(redact(content))}
