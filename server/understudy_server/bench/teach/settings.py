"""What a run of `bench teach` is: which data, which arms, and the bounds that hold for all of them alike."""

from pathlib import Path

from attrs import frozen

from understudy_knowledge.evaluation.tasks import TASKS, Task

ARMS = (
    "zero",
    "gi",
    "rai",
    "gi+rai",
    "shuffled",
    "no-admission",
    "no-refinement",
    "demonstration",
    "random-k",
    "k=1",
    "k=2",
    "k=4",
    "k=8",
)
DEFAULT_ARMS = ("zero", "gi", "rai", "gi+rai", "shuffled")


@frozen
class TeachSettings:
    """`taught` and `tested` are folders of bundles; the same one is taught on its split train and tested on the others."""

    taught: Path
    tested: Path
    arms: tuple[str, ...] = DEFAULT_ARMS
    tasks: tuple[Task, ...] = TASKS
    turns: int = 4
    siblings: int = 8
    lessons: int = 4
    """Lessons in one prompt, but for the arms that say another number."""
    seed: int = 0
    limit: int | None = None
    """At most this many taught items, and as many tested ones."""
    neighbors: int = 0
    evidence: bool = True
    in_flight: int = 2
    rehearse: bool = False
    """Test on taught items, each without its own query family: what one may look at while developing."""
