"""The two roles and what they are asked. Backends are files beside this one; nothing outside asks which one it has."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Literal, Protocol, runtime_checkable

from attrs import field, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Case, Example, GeneralInstructions, Lesson, Plan
from understudy_knowledge.models.usage import Usage

Purpose = Literal["ghost", "action", "attempt"]
"""What the answer is for; a backend may order its queue by it, ghost text first."""


class Probe(Protocol):
    """Runs a candidate statement on the request's data; how a student may check itself. Never raises."""

    async def run(self, sql: str) -> "ProbeResult":
        """The first rows of the statement's result."""


@frozen
class ProbeResult:
    """`rows` is None when the statement failed; then `error` says why."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | int | float | bool | None, ...], ...] | None = None
    error: str = ""


@frozen
class Relation:
    """A relation visible at the cursor: the name it goes by there, its base table if it is one, its columns if known."""

    name: str
    table: str | None
    columns: tuple[str, ...] | None = None


@frozen
class StudentRequest:
    """All a student may know when it completes one place. `prefix` and `suffix` are of the statement, not of the file."""

    question: str
    catalog: Catalog
    prefix: str = ""
    suffix: str = ""
    dialect: str = "sqlite"
    language: Literal["sql", "python"] = "sql"
    clause: str = "statement"
    relations: tuple[Relation, ...] = ()
    file_context: str = ""
    """Text above the statement, already cut to a budget."""
    general: GeneralInstructions = field(factory=GeneralInstructions)
    lessons: tuple[Lesson, ...] = ()
    plan: Plan | None = None
    """The plan to carry out, while exploring; a lesson's plan comes through `lessons`."""
    evidence: str = ""
    purpose: Purpose = "ghost"
    probe: Probe | None = None
    max_tokens: int = 256
    grammar: str | None = field(default=None, repr=False)
    """What the completion may be, in Lark's syntax, from the cursor on; None leaves it open. Not every student keeps to it."""
    temperature: float | None = None
    """How much is left to chance; None: as the student is set. One without chance in it takes no notice."""
    hear: Callable[[str], None] = field(default=lambda piece: None, eq=False, repr=False)
    """Is given the completion in pieces as they come; a student that does not stream gives none."""


@frozen
class Completion:
    """The text to insert at the cursor. `lesson_ids` are the cases that took part; `seconds` is wall time in the backend."""

    text: str
    model: str
    lesson_ids: tuple[str, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    cached: bool = False
    cached_tokens: int = 0
    """Of the prompt's, how many the server had in its prefix cache; 0 where it does not say."""
    can_vary: bool = False
    """Whether the same request at a temperature may bring another text."""
    unsaid: str = ""
    """Why there is no text, as the end of a sentence; empty where there is one, or nobody knows."""


@frozen
class Failure:
    """One failed attempt as the teacher sees it."""

    plan: Plan
    code: str
    diagnosis: str
    """What differed from the gold answer, in words."""


@frozen
class TeacherRequest:
    """A question, its gold code, and the attempts that failed so far (none: a first plan is wanted)."""

    example: Example
    catalog: Catalog
    failures: tuple[Failure, ...] = ()


@frozen
class TeacherAnswer:
    """A plan, and what it cost. `model` names who made it."""

    plan: Plan
    model: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    @property
    def usage(self) -> Usage:
        """The tokens it took."""
        return Usage(self.prompt_tokens, self.completion_tokens)


@frozen
class Instructions:
    """General instructions, and what they cost."""

    general: GeneralInstructions
    usage: Usage = field(factory=Usage)


class Student(Protocol):
    """The small model that completes."""

    @property
    def name(self) -> str:
        """Identifies the model in records; lifts are measured for one name."""

    async def complete(self, request: StudentRequest) -> Completion:
        """The whole completion. Raises BackendError when the backend cannot answer."""

    def stream(self, request: StudentRequest) -> AsyncIterator[str]:
        """The completion in pieces, as they come; closing the iterator stops the generation."""

    async def close(self) -> None:
        """Give back connections; the student is not used afterwards."""


@runtime_checkable
class PreparingStudent(Student, Protocol):
    """A student whose request takes some work before it leaves, which may be done while it is not certain that it will."""

    async def make_ready(self, request: StudentRequest) -> None:
        """Do that work; `complete` with an equal request then leaves it out. What goes wrong here is for `complete` to say."""


class Teacher(Protocol):
    """The larger model that plans."""

    @property
    def name(self) -> str:
        """Identifies the model in records and in the ledger."""

    async def plan(self, request: TeacherRequest) -> TeacherAnswer:
        """A first plan, or a better one than those that failed. Raises BackendError."""

    async def identify(self) -> str:
        """The name, certain: it is asked for where only the server knows it. Raises BackendError."""

    def conclude(self, example: Example, plan: Plan, code: str, catalog: Catalog) -> Plan:
        """The plan after a success: what the student's code had in each open hole, where that can be told."""

    async def instruct(self, cases: Sequence[Case], catalog: Catalog) -> Instructions:
        """What all cases together teach: plain text of at most a page, and definitions where the backend reads structure."""

    async def at_most(self) -> Usage:
        """The most that one plan, or instructions, may take. Raises BackendError."""

    async def close(self) -> None:
        """Give back connections; the teacher is not used afterwards."""
