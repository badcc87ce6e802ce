"""Every setting, its type and its default. The names here are the names in the file."""

from pathlib import Path
from typing import Literal

from attrs import field, frozen

from understudy_knowledge.catalog.postgres_url import STARTS
from understudy_knowledge.models.vllm.settings import TemplateChoice
from understudy_knowledge.teaching.choices import FREE_HELP, TAU, FreeHelp, Order


@frozen
class RoleSettings:
    """Who fills a role. Without `base_url` it is the embedded backend, which needs no model."""

    base_url: str | None = field(default=None, metadata={"starts": ("http://", "https://")})
    """Base URL of an OpenAI-compatible server, `/v1` included."""
    model: str = ""
    """The name under which that server knows the model; empty: the first one it lists."""
    api_key_env: str = ""
    """Name of the environment variable that holds the server's key; empty when it wants none."""
    template: TemplateChoice = "auto"
    """How a student is asked: fill in the middle, chat, plain continuation, or whatever the model's name suggests."""
    timeout_seconds: float = field(default=30.0, metadata={"above": 0})
    max_tokens: int = field(default=256, metadata={"above": 0})
    temperature: float = field(default=0.0, metadata={"above": -1e-9})
    """How much of an answer is left to chance, up to 2. Lifts of a student that samples are means of several attempts."""
    prompt_price: float = field(default=0.0, metadata={"above": -1e-9})
    """Money for a million tokens that it reads."""
    completion_price: float = field(default=0.0, metadata={"above": -1e-9})
    """Money for a million tokens that it writes."""


_TEACHER = RoleSettings(timeout_seconds=120.0, max_tokens=2048)


@frozen
class DataSettings:
    """What the project's SQL runs on: a file or a server, not both."""

    database: Path | None = None
    """A SQLite or DuckDB file, told apart by its content; relative to the file that names it, or to the workspace when the
    editor does. Absolute once loaded."""
    url: str | None = field(default=None, metadata={"starts": STARTS, "secret": "password_env"})
    """A PostgreSQL server, as libpq takes it; without a password."""
    password_env: str = ""
    """Name of the environment variable that holds its password; empty: PGPASSWORD or the password file, as libpq does."""
    samples: bool = True
    """Whether values of the data may be read, to be shown and named in prompts."""
    schemas: tuple[str, ...] = ()
    """The schemas to read; empty: all of them."""
    seconds: float = field(default=10.0, metadata={"above": 0})
    """How long the database may take to say what it holds."""


@frozen
class CompletionSettings:
    """How ghost text is made."""

    enabled: bool = True
    lessons: int = field(default=1, metadata={"above": -1})
    """How many lessons a prompt may hold at most."""


@frozen
class RetrievalSettings:
    """How cases are told from each other."""

    embedding: Literal["structure", "server", "folder"] = "structure"
    """What embeds questions: hashed terms, which need no model; the server at `base_url`; the model in `folder`."""
    base_url: str | None = field(default=None, metadata={"starts": ("http://", "https://")})
    """Base URL of a server with `/v1/embeddings`, `/v1` included."""
    model: str = ""
    """The name under which that server knows the model; empty: the first one it lists."""
    api_key_env: str = ""
    """Name of the environment variable that holds the server's key; empty when it wants none."""
    folder: Path | None = field(default=None, metadata={"wanted": "the path of a folder with an ONNX model"})
    """A sentence-transformers model exported to ONNX; relative to the file that names it."""
    budget_ms: float = field(default=5.0, metadata={"above": 0})
    """How long a keystroke may wait for the model; it goes on without it then."""
    timeout_seconds: float = field(default=30.0, metadata={"above": 0})
    """For the vectors of a few cases, which nobody waits for."""


@frozen
class DistillSettings:
    """How exploration spends."""

    turns: int = field(default=3, metadata={"above": 0})
    """Plans the teacher may make for one example."""
    siblings: int = field(default=5, metadata={"above": 0})
    """Examples on which a lesson's lift is measured, at most."""
    budget: int | None = field(default=None, metadata={"above": 0})
    """Teacher calls of one run; None is without bound."""
    tokens: int | None = field(default=None, metadata={"above": 0})
    """Tokens of the teacher in one run, those of prompts included."""
    money: float | None = field(default=None, metadata={"above": 0})
    """What the teacher may cost in one run, by its prices."""
    minutes: float | None = field(default=None, metadata={"above": 0})
    """How long the run may be worked on and the teacher still be asked."""
    order: Order = "policy"
    """In which examples are explored: those first that promise most, as they stand in the files, or at random."""
    rephrased: float = field(default=0.0, metadata={"above": -1e-9})
    """For how many of the taught examples the teacher is asked for the same question in other words, as a share;
    it may take no more than that share of what is bounded."""
    invented: float = field(default=0.0, metadata={"above": -1e-9})
    """For how many it is asked for another question of the same kind, as a share."""
    reanswered: float = field(default=0.0, metadata={"above": -1e-9})
    """For how many it is asked for another query that answers the same question, as a share."""
    help: tuple[FreeHelp, ...] = FREE_HELP
    """What is tried on a failure before a teacher that costs something is asked."""
    tau: float = field(default=TAU, metadata={"above": -1e-9})
    """What lies so near to the best, as a share, is as good: help that solves a class of failures that much more rarely is still
    tried first, and of two right answers only one that much dearer is rejected in training data."""
    in_flight: int | None = field(default=None, metadata={"above": 0})
    """Examples that are worked on at once; None: as many as suit the backends."""
    values_in_ledger: bool = False
    """Whether the ledger keeps prompts and answers as they were, with the data's values in them."""


@frozen
class ExecutionSettings:
    """Limits on one statement that is run."""

    seconds: float = field(default=5.0, metadata={"above": 0})
    rows: int = field(default=10_000, metadata={"above": 0})
    bytes: int = field(default=16 * 1024 * 1024, metadata={"above": 0})
    """Of a whole result."""
    row_bytes: int = field(default=1024 * 1024, metadata={"above": 0})
    """Of one row, and of one value on the way to it."""
    memory: int = field(default=1024 * 1024 * 1024, metadata={"above": 64 * 1024 * 1024})
    """Bytes that one run may use."""
    neighbors: int = field(default=3, metadata={"above": -1})
    """Perturbed copies of the database on which an attempt must be right too; 0 for none."""


@frozen
class Settings:
    """All settings of one workspace."""

    student: RoleSettings = RoleSettings()
    teacher: RoleSettings = _TEACHER
    teachers: tuple[RoleSettings, ...] = field(default=(), metadata={"entry": _TEACHER})
    """Further teachers: the cheapest of all is asked first, the next one where it fails."""
    data: DataSettings = DataSettings()
    dialect: str = ""
    """A dialect by sqlglot's name; empty: that of the data source."""
    completion: CompletionSettings = CompletionSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    distill: DistillSettings = DistillSettings()
    execution: ExecutionSettings = ExecutionSettings()
    exclude: tuple[str, ...] = ()
    """Globs, relative to the workspace, of files that are not mined."""
