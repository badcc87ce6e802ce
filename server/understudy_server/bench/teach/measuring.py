"""Every arm at every tested item: what each gives the student, what came of it, and what the rules say."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack

from attrs import evolve, field, frozen

from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.execution import Limits
from understudy_knowledge.memory.records import Example
from understudy_knowledge.teaching.records import Attempt
from understudy_knowledge.teaching.steps import Steps
from understudy_server.bench.proxy import Calls
from understudy_server.bench.teach.arm_names import DSPY_ARMS, SAMPLED
from understudy_server.bench.teach.arms import ArmMaker, Help
from understudy_server.bench.teach.benches import DatasetBench
from understudy_server.bench.teach.ceiling import Ceiling
from understudy_server.bench.teach.counting import Counting
from understudy_server.bench.teach.dspy_arms import compiled, learning_label
from understudy_server.bench.teach.figures import Attempts
from understudy_server.bench.teach.settings import TeachSettings
from understudy_server.bench.teach.tried import Tried, published

Answer = Callable[[Example], Awaitable[Tried]]


@frozen
class Measured:
    """The attempts of every arm with the first seed, and of those that draw lots with every seed."""

    attempts: dict[str, Attempts]
    seeds: dict[str, list[Attempts]]
    compiling: dict[str, dict[str, Calls]] = field(factory=dict)
    """What compiling took by role, of the arms that are compiled; with the first seed."""


@frozen(eq=False)
class Measuring:
    """The tested items, and all that an attempt at them needs."""

    settings: TeachSettings
    bench: DatasetBench
    steps: Steps
    ceiling: Ceiling
    limits: Limits
    counting: Counting

    async def first(self, tested: Sequence[Item]) -> Attempts:
        """The student alone."""

        async def attempt(example: Example) -> Tried:
            return await self._given(example, Help())

        return await self._each("zero", tested, attempt)

    async def all_arms(self, maker: ArmMaker, tested: Sequence[Item], zero: Attempts) -> Measured:
        """The attempts of every arm. `zero` are those of the student alone."""
        found: dict[str, Attempts] = {"zero": zero}
        seeds: dict[str, list[Attempts]] = {}
        for name in self.settings.arms:
            if name == "zero":
                continue
            found[name] = await self._arm(name, name, maker, tested)
            if name in SAMPLED:
                seeds[name] = [found[name]]
                for n in range(1, self.settings.seeds):
                    other = evolve(maker, settings=evolve(self.settings, seed=self.settings.seed + n))
                    seeds[name].append(await self._arm(name, f"{name} seed {n}", other, tested))
        called = self.counting.kept(self.steps.log)
        compiling = {
            name: called.get(learning_label(name), {}) for name in self.settings.arms if name in DSPY_ARMS
        }
        return Measured(found, seeds, compiling)

    async def _arm(self, name: str, stage: str, maker: ArmMaker, tested: Sequence[Item]) -> Attempts:
        async with AsyncExitStack() as stack:
            if name == "teacher":
                return await self._each(stage, tested, lambda example: self._by_teacher(example, maker.first))
            if name in DSPY_ARMS:
                program = await compiled(name, stage, maker, self.counting, self.steps.log)
                return await self._each(
                    stage, tested, lambda example: self._judged(example, program(example))
                )
            arm = stack.enter_context(maker.make(name))
            return await self._each(
                stage, tested, lambda example: self._given(example, arm(self.bench.items[example.id]))
            )

    async def _each(self, stage: str, tested: Sequence[Item], answer: Answer) -> Attempts:
        with self.counting.under(stage, self.steps.log):
            return await self.steps.each(f"arm {stage}", [item.example for item in tested], Tried, answer)

    async def _given(self, example: Example, given: Help) -> Tried:
        attempt = await self.bench.attempt(example, lessons=given.lessons, general=given.general)
        relevance, similarity = (
            None if each is None else round(each, 6) for each in (given.relevance, given.similarity)
        )
        prompt = _hash(self.bench.rendered(example, given.lessons, given.general))
        return await self._scored(
            example, Tried(attempt, None, relevance, similarity, len(given.lessons), prompt)
        )

    async def _by_teacher(self, example: Example, own: Mapping[str, Attempt]) -> Tried:
        attempt, tokens = await self.ceiling.attempt(example, own[example.id], self.bench)
        # A model answers with the student's own prompt; the embedded teacher has none.
        prompt = _hash(self.bench.rendered(example, ())) if self.ceiling.alone is not None else ""
        return await self._scored(example, Tried(attempt, teacher_tokens=tokens, prompt=prompt))

    async def _judged(self, example: Example, made: Awaitable[Attempt]) -> Tried:
        return await self._scored(example, Tried(await made))

    async def _scored(self, example: Example, tried: Tried) -> Tried:
        item = self.bench.items[example.id]
        rules = await published(item, tried.attempt, self.bench.executor, self.limits)
        return evolve(tried, published=rules)


def prompts_digest(tested: Sequence[Item], attempts: Attempts) -> str | None:
    """A hash of an arm's prompts as rendered, over all tested items; None where it makes no prompt of ours."""
    if not any(attempts[item.example.id].prompt for item in tested):
        return None
    said = "\n".join(f"{item.example.id} {attempts[item.example.id].prompt}" for item in tested)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _hash(prompt: str) -> str:
    return hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest()[:16]
