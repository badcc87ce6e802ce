"""What exploration notes down: attempts, turns and traces, and the figures of a run."""

from typing import Literal

from attrs import field, frozen

from understudy_knowledge.memory.records import Cost, Origin, Plan

Stage = Literal["check", "before", "explore", "admit", "after"]


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


@frozen
class Turn:
    """One plan and the attempt that followed it."""

    plan: Plan
    attempt: Attempt


@frozen
class Trace:
    """The turns of one example. `own` is the student's attempt without help, made before any teacher call."""

    example_id: str
    own: Attempt
    turns: tuple[Turn, ...] = ()
    plan: Plan | None = None
    """The plan that succeeded, its holes filled; None where no turn did or none was needed."""
    cost: Cost = field(factory=Cost)

    @property
    def solved(self) -> bool:
        """Whether a plan led the student to the gold answer."""
        return self.plan is not None


@frozen
class Progress:
    """How far a run is: `done` of `total` in this stage."""

    stage: Stage
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
    teacher_tokens: int
    seconds: float
    general_lift: float | None = None
    """Mean lift of the general instructions on taught examples, each measured without its own family; None: not used."""

    @property
    def before(self) -> int:
        """Held-out examples passed without lessons."""
        return sum(item.before.passed for item in self.held_out)

    @property
    def after(self) -> int:
        """Held-out examples passed with what was admitted."""
        return sum(item.after.passed for item in self.held_out)
