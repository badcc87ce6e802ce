"""The records memory keeps and every other room passes around. Frozen, no behavior beyond derived properties."""

from pathlib import Path
from typing import Literal

from attrs import field, frozen

Language = Literal["sql", "python"]
HoleKind = Literal["table", "column", "value", "expression"]
CaseStatus = Literal["admitted", "refused", "quarantined", "stale"]


@frozen
class Origin:
    """Where an example stands in the project; line and column are 1-based, the column in code points."""

    path: str
    """Relative to the workspace, with forward slashes."""
    line: int
    column: int = 1
    kind: Literal["sql", "python", "notebook", "dbt", "dataset", "manual"] = "sql"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@frozen
class DataSource:
    """What an example or completion runs on: one SQLite or DuckDB file, or a Postgres server. `path` is absolute."""

    path: Path
    dialect: str = "sqlite"
    steady: bool = False
    """Whether `path` is a copy that nobody writes to, so that runs need no copy of it."""
    address: str = ""
    """How libpq finds the server, without a password; empty for files."""
    password_env: str = ""
    """Name of the environment variable that holds the server's password; empty: PGPASSWORD, as libpq does."""


@frozen
class Example:
    """A question, its gold code, the data source it runs on; the gold answer comes from executing the gold code."""

    id: str
    """Stable across runs: a hash of question and gold code."""
    question: str
    gold: str
    origin: Origin
    dialect: str = "sqlite"
    language: Language = "sql"
    source: DataSource | None = None
    evidence: str = ""
    """Extra text a dataset gives with the question; empty for mined examples."""
    family: str = ""
    """The query family where it is not that of `gold`: another query for the same question stays beside the one that people wrote."""


@frozen
class Hole:
    """One typed gap in a plan. `hint` names what the gold code had there; `pinned` holds code once the teacher fixed it."""

    id: str
    kind: HoleKind
    hint: str
    phrase: str = ""
    """The words of the question that this hole answers; empty when the question does not name it."""
    pinned: str | None = None
    filled: str | None = None
    """What the successful attempt had here: an example for the next question, not an order. None while exploring."""


@frozen
class Step:
    """One step of a plan: a purpose in words and a coarse code block in which `:h1` stands for hole h1."""

    purpose: str
    code: str
    clause: str
    holes: tuple[Hole, ...] = ()
    phrase: str = ""
    """The words of the question that this step answers, stemmed; empty for what the question takes for granted."""


@frozen
class Plan:
    """The teacher's functional plan. `skeleton` is the whole statement with holes, as the steps make it together."""

    question: str
    steps: tuple[Step, ...]
    skeleton: str
    dialect: str = "sqlite"
    notes: tuple[str, ...] = ()
    """What the teacher learned while refining: one sentence each."""
    shape: Step | None = None
    """The whole statement with a hole for every name and value: what carries over to other tables. None where nothing does."""

    @property
    def holes(self) -> tuple[Hole, ...]:
        """Every hole of every step, in order."""
        return tuple(hole for step in self.steps for hole in step.holes)


@frozen
class Lineage:
    """Tables and columns that a piece of code touches, lower-cased; columns as `table.column`. Sorted.

    A program's calls are not in it: mining makes examples of queries alone, so that no project keeps a program as a case.
    """

    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


@frozen
class Lift:
    """This student's pass rate with a lesson minus without it, on siblings. Both rates are in [0, 1]; `n` paired trials."""

    with_lesson: float
    without: float
    n: int

    @property
    def value(self) -> float:
        """With minus without, in [-1, 1]."""
        return self.with_lesson - self.without


@frozen
class Cost:
    """What a case took to make."""

    turns: int = 0
    teacher_calls: int = 0
    teacher_tokens: int = 0
    student_tokens: int = 0
    seconds: float = 0.0


@frozen
class Fingerprint:
    """What a lift was measured with. Where any of the three is another one today, the lift says nothing of today."""

    student: str
    prompt: str
    """A hash of the prompt's templates."""
    schema: str
    """A hash of the tables that the case touches, as the catalog had them."""


@frozen
class Provenance:
    """Where an imported case comes from, and what was said of it there. A signature proves origin, not correctness."""

    pack: str
    """SHA-256 of the pack's contents."""
    content: str
    """SHA-256 of the case as the pack has it."""
    signer: str
    """Fingerprint of the key that signed the pack; empty: nobody did."""
    known: bool
    """Whether whoever imported the pack named that key."""
    origin: str
    student: str
    lift: Lift | None
    imported: str
    """UTC, ISO 8601."""


@frozen
class Case:
    """What memory keeps of one success."""

    id: str
    example_id: str
    question: str
    masked_question: str
    """The question with its values replaced by `_`, as retrieval sees it."""
    plan: Plan
    code: str
    """The code that gave the gold answer."""
    skeleton: str
    """The statement with identifiers and literals masked: the skill it belongs to."""
    family: str
    """The statement with literals masked: examples of one family never stand on both sides of a split."""
    lineage: Lineage
    explanation: str
    origin: Origin
    status: CaseStatus
    reason: str
    """Why it was admitted or refused, in one sentence."""
    lift: Lift | None = None
    cost: Cost = field(factory=Cost)
    student: str = ""
    """Name of the student it was measured on."""
    catalog_version: str = ""
    created: str = ""
    """UTC, ISO 8601."""
    accepted: int = 0
    """How often a suggestion made with this case was accepted in the editor."""
    language: Language = "sql"
    measured: Fingerprint | None = None
    """What the lift was measured with; None where an older version did, or nobody yet."""
    provenance: Provenance | None = None
    """None for a case that was made here."""
    edited: tuple[str, ...] = ()
    """Names of the fields that a person wrote; exploration leaves them as they are."""

    @property
    def awaits_measuring(self) -> bool:
        """Whether it is quarantined because nobody measured it here as it stands, not because it harms."""
        return self.status == "quarantined" and self.lift is None


@frozen
class Definition:
    """A house definition found in several cases: the words, and the expression or condition they stand for."""

    phrase: str
    """The words, stemmed and lower-cased, separated by one space."""
    code: str
    """An SQL expression whose columns are written `table.column`."""
    kind: Literal["metric", "condition"]
    support: int
    """How many admitted cases agree on it."""
    conditions: tuple[str, ...] = ()
    """What goes with a metric: conditions that nearly all of its cases have."""
    source: str = ""
    """`SELECT * FROM … JOIN …` over the tables that the metric and its conditions need."""
    dated: str = ""
    """The date column, `table.column`, by which the metric's cases choose periods."""
    said: str = ""
    """The words as a question says them."""
    cases: tuple[str, ...] = ()
    """Ids of the cases that agree on it."""


@frozen
class Lesson:
    """What retrieval hands to a prompt: a case's plan and explanation, or a tree node's instruction. `score` is its relevance in [0, 1]."""

    case_id: str
    question: str
    plan: Plan
    explanation: str
    code: str
    score: float
    lift: float
    lineage: Lineage = field(factory=Lineage)
    definitions: tuple[Definition, ...] = ()
    """What a tree node's instruction says, for a student that reads structure; a case has none."""


@frozen
class GeneralInstructions:
    """The static text aggregated from all cases, and the same as definitions for a student that reads structure."""

    text: str = ""
    definitions: tuple[Definition, ...] = ()
    generation: int = 0


@frozen
class Rule:
    """One atom of the general instructions, testable and removable alone."""

    id: str
    """Stable across runs: a hash of what the rule says."""
    kind: Literal["metric", "condition", "join", "text"]
    text: str
    """The line of the instructions."""
    code: str
    """The expression or condition it stands for; empty for free text."""
    cases: tuple[str, ...]
    """Ids of the cases it was made from."""
    status: CaseStatus
    reason: str
    lift: Lift | None = None
    """Of this rule alone, on examples that ask for it and that it was not made from; None where there are none."""
    lineage: Lineage = field(factory=Lineage)
    definition: Definition | None = None


@frozen
class NodeInstruction:
    """What an inner node of the knowledge tree says: distilled from the cases below it, admitted on held-out ones."""

    path: tuple[str, ...]
    """From below the root: language, skill, topic."""
    text: str
    definitions: tuple[Definition, ...]
    cases: tuple[str, ...]
    """Ids of the cases it was distilled from."""
    words: tuple[str, ...]
    """Stems that most questions below have: by them a question finds its way when nothing else is known of it."""
    lineage: Lineage
    status: CaseStatus
    reason: str
    lift: Lift | None = None
    measured: Fingerprint | None = None
