"""DSPy's optimizers as arms (Khattab et al., "DSPy: Compiling Declarative Language Model Calls", ICLR 2024), on the same student.

Each compiles a program of one prompt on the taught items, judged by the same executor, with the same teacher and with as many
attempts and tokens of each role as our own learning took: the counting proxy, through which all calls go, refuses those beyond, and
the optimizer ends with what it has. DSPy's cache is off, and every arm's models have names of their own: the cache's key ignores
addresses. What is compiled is kept in the run's log, and so is every answer on the way to it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.util import find_spec
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
from understudy_server.bench.teach.arms import ArmMaker
from understudy_server.bench.teach.benches import DatasetBench
from understudy_server.bench.teach.budgets import rollouts
from understudy_server.bench.teach.counting import Counting
from understudy_server.bench.teach.dspy_program import Inputs, Optimizer
from understudy_server.bench.teach.learning_cost import LearningCost, learning_cost

_SCHEMA_TOKENS = 1200
_VECTOR = 256

Program = Callable[[Example], Awaitable[Attempt]]


def lacking_for_dspy(student: str | None) -> str:
    """What these arms still need, in words that end a sentence; empty where nothing. `student` is the address of its server."""
    if student is None:
        return "a language model: set student.base_url to a server"
    if any(find_spec(name) is None for name in ("dspy", "optuna")):
        return 'DSPy: pip install "understudy[dspy]"'
    return ""


def learning_label(stage: str) -> str:
    """Under what the calls of an arm's compiling count; the arm's own count under the stage."""
    return f"{stage} learning"


async def compiled(name: str, stage: str, maker: ArmMaker, counting: Counting, log: RunLog) -> Program:
    """The arm's program; it is compiled when it is first asked. `stage` is the arm with its seed. Raises NothingToDoError."""
    student = counting.reached.get("student")
    if lacking := lacking_for_dspy(student.base_url if student else None):
        raise NothingToDoError(f"{name} needs {lacking}")
    assert student is not None, "its address was just looked at"
    teacher = counting.reached.get("teacher")
    optimizer = Optimizer(
        name.removeprefix("dspy:"),
        student,
        teacher or evolve(student, named_for="teacher"),
        maker.settings.lessons,
        maker.settings.seed,
        maker.settings.rollouts or _taken(maker),
    )
    budget = _Budget(learning_label(stage), _most(learning_cost(maker.learned), teacher), counting, log)
    return _Arm(optimizer, maker.taught, maker.bench, asyncio.get_running_loop(), stage, budget).answer


def _taken(maker: ArmMaker) -> int:
    """Attempts that our own learning took."""
    explored = sum(map(rollouts, maker.learned.traces.values()))
    return explored + sum(case.lift.n for case in maker.learned.cases if case.lift)


def _most(taken: LearningCost, teacher: object) -> Mapping[str, int]:
    """Tokens by role. A student that stands in for the teacher has what both took."""
    if teacher is None:
        return {"student": taken.student + taken.teacher}
    return {"student": taken.student, "teacher": taken.teacher}


@frozen
class _Written:
    """A student that gives what was written already, so that it is judged as every other's."""

    code: str
    name: str = "dspy"

    async def complete(self, request: object) -> Completion:
        return Completion(self.code, self.name)


@frozen
class _Compiled:
    """A program as DSPy saves it."""

    state: dict[str, Any]


@frozen(eq=False)
class _Budget:
    """What compiling may take: as many tokens of each role as our own learning took."""

    label: str
    tokens: Mapping[str, int]
    counting: Counting
    log: RunLog


@define(eq=False)
class _Arm:
    optimizer: Optimizer
    taught: Sequence[Item]
    bench: DatasetBench
    loop: asyncio.AbstractEventLoop
    label: str
    """Under what its calls count once it is compiled."""
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
            self.optimizer.ask, self._program, self._inputs(example), self.label
        )
        return evolve(await self._judged(example, code), tokens=tokens, seconds=seconds)

    async def _compiled(self) -> Any:
        budget = self.budget
        kept = budget.log.find("compiled", budget.label, _Compiled)
        if kept is not None:
            return await asyncio.to_thread(self.optimizer.loaded, kept.state)
        shown = [(item.example, self._inputs(item.example)) for item in self.taught]
        with budget.counting.within(budget.label, budget.log, budget.tokens):
            program = await asyncio.to_thread(
                self.optimizer.compile,
                shown,
                self._passes,
                vectors,
                budget.label,
                lambda role: budget.counting.is_spent(budget.label, role),
            )
        # After the calls are noted: killed in between, the run compiles again from kept answers and notes the same calls.
        state = await asyncio.to_thread(self.optimizer.saved, program)
        if state is not None:
            budget.log.note("compiled", budget.label, _Compiled(state))
        return program

    def _passes(self, example: Example, code: str) -> tuple[bool, str]:
        """From a thread of DSPy's: whether the code gives the gold answer, and what differs."""
        if not code:
            return False, "The student wrote nothing."
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
