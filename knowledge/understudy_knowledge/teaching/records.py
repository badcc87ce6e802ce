"""What exploration notes down: attempts, turns and traces, and the figures of a run."""

from typing import Literal, get_args

from attrs import field, frozen

from understudy_knowledge.execution.outcome import Difference
from understudy_knowledge.memory.records import Cost, Origin, Plan

Cause = Literal["schema", "join", "value", "aggregate", "format", "timeout", "gold-suspect"]
"""Root cause of a failure. Schema: other tables or columns. Join: other rows put together. Value: other rows kept. Aggregate:
computed or grouped otherwise. Format: shown otherwise, or no statement at all. Timeout: over a limit. Gold-suspect: the gold
code itself is in doubt."""
CAUSES: tuple[Cause, ...] = get_args(Cause)
Help = Literal["teacher", "lesson", "catalog", "demonstration"]
"""Where help came from: a teacher's plan, lessons admitted so far, what the catalog says of the question's words, or the
student's own verified answers to other questions."""


NO_ROWS = "no rows"
"""What `Attempt.answer` is where the answer is empty."""


@frozen
class Attempt:
    """The student's code for one example, and what came of it. `weak` marks a success that proves little."""

    example_id: str
    code: str
    passed: bool
    outcome: str
    diagnosis: str
    weak: bool = False
    lesson_ids: tuple[str, ...] = ()
    tokens: int = 0
    seconds: float = 0.0
    difference: Difference = ""
    """How the answer differs from the gold answer, where there is one and it does."""
    answer: str = ""
    """A hash of the answer, equal for equal rows in any order; empty where there is none."""


@frozen
class Turn:
    """One plan and the attempt that followed it. `teacher` made the plan; empty where none was asked."""

    plan: Plan
    attempt: Attempt
    teacher: str = ""
    tokens: int = 0
    """What the teacher took for the plan."""


@frozen
class Trace:
    """The turns of one example. `own` is the student's attempt without help, made before any teacher call."""

    example_id: str
    own: Attempt
    turns: tuple[Turn, ...] = ()
    plan: Plan | None = None
    """The plan that succeeded, its holes filled; None where no turn did or none was needed."""
    cost: Cost = field(factory=Cost)
    cause: Cause | None = None
    """Why the student failed by itself; gold-suspect where the rest of the trace says so."""
    help: Help = "teacher"
    """What solved it, or was tried last; says nothing where the student needed no help."""
    sources: tuple[Help, ...] = ("teacher",)
    """All that was tried, in this order."""
    helped: Attempt | None = None
    """The attempt that lessons admitted so far led to the gold answer: nothing was left to learn from it."""
    failure: str = ""
    """Why no more turns were taken, where a model gave no usable answer."""

    @property
    def solved(self) -> bool:
        """Whether a plan led the student to the gold answer."""
        return self.plan is not None

    @property
    def passes(self) -> bool:
        """Whether the student gives the gold answer by now: alone, with a plan, or with the lessons there are."""
        return self.own.passed or self.solved or self.helped is not None


@frozen
class Progress:
    """How far a run is: `done` of `total` in this stage."""

    stage: str
    """Of a run: check, before, explore, admit, after; measurements have others."""
    done: int
    total: int
    message: str = ""


@frozen
class ExampleFigures:
    """One held-out example before and after."""

    example_id: str
    question: str
    gold: str
    before: Attempt
    after: Attempt
    origin: Origin | None = None


@frozen
class Suspect:
    """An example whose gold code is in doubt, and why, in one clause."""

    origin: Origin
    question: str
    gold: str
    reason: str


@frozen
class RunFigures:
    """What a run came to. `solved_by_turn[0]` counts examples that needed no help; the last entry those never solved."""

    run_id: str
    examples: int
    taught: int
    held_out: tuple[ExampleFigures, ...]
    refused_gold: tuple[tuple[str, str], ...]
    """Examples whose gold code proves nothing: (origin, reason)."""
    solved_by_turn: tuple[int, ...]
    tried: int
    admitted: int
    refused: int
    quarantined: int
    reasons: dict[str, int]
    teacher_calls: int
    """Those that were paid for in this run and answered; what was answered before costs nothing and does not count."""
    teacher_tokens: int
    """Of the same calls."""
    seconds: float
    general_lift: float | None = None
    """Mean lift of the general instructions on taught examples, each measured without its own family; None: not used."""
    money: float = 0.0
    """What the teachers' calls cost."""
    wasted_tokens: int = 0
    """What teachers took for answers that could not be used, or came too late to be kept."""
    student_tokens: int = 0
    """What the student took at its server, for attempts of all kinds."""
    causes: dict[str, int] = field(factory=dict)
    """Root causes of the examples that the student does not solve by itself."""
    lifted: int | None = None
    """Of the admitted cases those that sibling examples gained by; the others proved themselves on the example that taught them
    alone. None for runs of before this was counted."""
    unsolved: dict[str, int] = field(factory=dict)
    """Root causes of those that nothing solved."""
    helped: dict[str, int] = field(factory=dict)
    """Examples that were solved without a teacher, by what helped (see `Help`)."""
    suspects: tuple[Suspect, ...] = ()

    @property
    def gain_per_1000_tokens(self) -> float | None:
        """Held-out examples gained for each 1,000 tokens of the teachers; None where they took none."""
        return 1000 * (self.after - self.before) / self.teacher_tokens if self.teacher_tokens else None

    @property
    def before(self) -> int:
        """Held-out examples passed without lessons."""
        return sum(item.before.passed for item in self.held_out)

    @property
    def after(self) -> int:
        """Held-out examples passed with what was admitted."""
        return sum(item.after.passed for item in self.held_out)
