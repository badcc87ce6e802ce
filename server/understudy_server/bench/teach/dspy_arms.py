"""DSPy's optimizers as arms (Khattab et al., "DSPy: Compiling Declarative Language Model Calls", ICLR 2024), on the same student.

Each compiles a program of one prompt on the taught items, judged by the same executor, with as many attempts and tokens as our own
learning took: the counting proxy, through which all calls go, refuses those beyond, and the optimizer ends with what it has. DSPy's
cache is off, and every arm's model has a name of its own: the cache's key ignores addresses.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import numpy as np
from attrs import define, evolve, field, frozen

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.memory.records import Example
from understudy_knowledge.models.roles import Completion
from understudy_knowledge.models.vllm.schema_text import SchemaText
from understudy_knowledge.retrieval.query import RetrievalQuery, terms_of
from understudy_knowledge.teaching.records import Attempt
from understudy_knowledge.teaching.run_log import RunLog
from understudy_server.bench.proxy import Calls
from understudy_server.bench.teach.arms import ArmMaker
from understudy_server.bench.teach.benches import DatasetBench
from understudy_server.bench.teach.budgets import rollouts
from understudy_server.bench.teach.counting import Counting
from understudy_server.bench.teach.dspy_program import Inputs, Optimizer

_SCHEMA_TOKENS = 1200
_VECTOR = 256

Program = Callable[[Example], Awaitable[Attempt]]


async def compiled(name: str, maker: ArmMaker, counting: Counting, log: RunLog) -> Program:
    """The arm's program; it is compiled when it is first asked. Raises NothingToDoError where DSPy or a server is missing."""
    server = counting.student
    if server is None:
        raise NothingToDoError(f"{name} needs a language model: set student.base_url to a server")
    try:
        import dspy  # noqa: F401
    except ImportError:
        raise NothingToDoError(f'{name} needs DSPy: pip install "understudy[dspy]"') from None
    optimizer = Optimizer(
        name.removeprefix("dspy:"),
        f"{maker.bench.student.name}@{name}",
        server.base_url,
        server.api_key() or "none",
        server.max_tokens,
        maker.settings.lessons,
        maker.settings.seed,
        maker.settings.rollouts or _taken(maker),
    )
    learning = sum(Counting.kept(log).get("learning", {}).values(), Calls()).tokens
    budget = _Budget(f"{name} learning", learning, counting, log)
    return _Arm(optimizer, maker.taught, maker.bench, asyncio.get_running_loop(), budget).answer


def _taken(maker: ArmMaker) -> int:
    """Attempts that our own learning took."""
    explored = sum(map(rollouts, maker.learned.traces.values()))
    return explored + sum(case.lift.n for case in maker.learned.cases if case.lift)


@frozen
class _Written:
    """A student that gives what was written already, so that it is judged as every other's."""

    code: str
    name: str = "dspy"

    async def complete(self, request: object) -> Completion:
        return Completion(self.code, self.name)


@frozen(eq=False)
class _Budget:
    """What compiling may take: as many tokens of both roles as our own learning took."""

    label: str
    tokens: int
    counting: Counting
    log: RunLog


@define(eq=False)
class _Arm:
    optimizer: Optimizer
    taught: Sequence[Item]
    bench: DatasetBench
    loop: asyncio.AbstractEventLoop
    budget: _Budget
    _schema: SchemaText = field(factory=SchemaText, init=False)
    _compiling: asyncio.Lock = field(factory=asyncio.Lock, init=False)
    _program: Any = field(default=None, init=False)

    async def answer(self, example: Example) -> Attempt:
        """The compiled program's code for the example, judged."""
        async with self._compiling:
            if self._program is None:
                self._program = await self._compiled()
        code, tokens, seconds = await asyncio.to_thread(
            self.optimizer.ask, self._program, self._inputs(example)
        )
        return evolve(await self._judged(example, code), tokens=tokens, seconds=seconds)

    async def _compiled(self) -> Any:
        shown = [(item.example, self._inputs(item.example)) for item in self.taught]
        budget = self.budget
        compiling = evolve(self.optimizer, model=f"{self.bench.student.name}@{budget.label}")
        with budget.counting.under(budget.label, budget.log, budget.tokens):
            try:
                return await asyncio.to_thread(compiling.compile, shown, self._passes, vectors)
            except Exception:
                # Not every optimizer ends well when its model says no; then it has nothing but the program it began with.
                if not budget.counting.is_spent(budget.label):
                    raise
                return await asyncio.to_thread(compiling.uncompiled)

    def _passes(self, example: Example, code: str) -> tuple[bool, str]:
        """From a thread of DSPy's: whether the code gives the gold answer, and what differs."""
        judged = asyncio.run_coroutine_threadsafe(self._judged(example, code), self.loop).result()
        return judged.passed, judged.diagnosis

    async def _judged(self, example: Example, code: str) -> Attempt:
        there = self.bench.at_home(example)
        return await evolve(there, student=_Written(code)).attempt(example)  # type: ignore[arg-type]

    def _inputs(self, example: Example) -> Inputs:
        catalog = self.bench.of(example).catalog
        schema = self._schema.render(catalog, about=example.question, visible=(), budget=_SCHEMA_TOKENS)
        language = (
            f"SQL ({example.dialect})" if example.language == "sql" else "Python, the result in `answer`"
        )
        return Inputs(
            language, schema or self.bench.items[example.id].setup, example.evidence, example.question
        )


def vectors(texts: Sequence[str]) -> "np.ndarray[Any, np.dtype[np.float32]]":
    """Texts as vectors of length 1, of their stemmed words and pairs of words, the same in every process."""
    found = np.zeros((len(texts), _VECTOR), np.float32)
    for row, text in enumerate(texts):
        for term in terms_of(RetrievalQuery(text)).words:
            found[row, sum(term.encode()) * 31 % _VECTOR] += 1
    lengths = np.sqrt((found * found).sum(axis=1, keepdims=True))
    scaled: np.ndarray[Any, np.dtype[np.float32]] = found / np.maximum(lengths, np.float32(1e-9))
    return scaled
