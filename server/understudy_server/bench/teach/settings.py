"""What a run of `bench teach` is: which data, which arms, and the bounds that hold for all of them alike."""

from functools import partial
from pathlib import Path

from attrs import field, frozen

from understudy_knowledge.evaluation.tasks import TASKS, SplitBy, Task
from understudy_knowledge.execution import Limits
from understudy_server.bench.teach.arm_names import DEFAULT_ARMS
from understudy_server.config import RetrievalSettings


@frozen
class TeachSettings:
    """`taught` and `tested` are folders of datasets, or of a project; the same one is taught on its split train and tested on
    the others."""

    taught: Path
    tested: Path
    arms: tuple[str, ...] = DEFAULT_ARMS
    tasks: tuple[Task, ...] = TASKS
    turns: int = 4
    siblings: int = 8
    lessons: int = 8
    """Lessons in one prompt, but for the arms that say another number. Over many databases the embedded student is better off with
    eight than with four: 389 against 369 right answers first on the questions of `train/` that its weights were fitted without."""
    seed: int = 0
    limit: int | None = None
    """At most this many taught items, and as many tested ones."""
    neighbors: int = 0
    evidence: bool = True
    in_flight: int = 2
    split: SplitBy = "given"
    """How sides are made where the dataset gives none, or where its own are not wanted."""
    seeds: int = 3
    """With how many seeds the arms that draw lots are run."""
    teacher_tokens: int | None = None
    """Most tokens that the teacher may take while learning."""
    rollouts: int | None = None
    """Most attempts of the student while learning."""
    limits: Limits = field(factory=partial(Limits, seconds=20.0))
    """Of one statement; generous, so that a busy machine does not change the figures of a dataset."""
    retrieval: RetrievalSettings = field(factory=RetrievalSettings)
    overridden: tuple[str, ...] = ()
    """Options of the command line that stand in place of the project's settings, or of a dataset's usual values."""
    rehearse: bool = False
    """Test on taught items, each without its own query family: what one may look at while developing."""
