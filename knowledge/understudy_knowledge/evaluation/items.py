"""The items of a dataset: an example, what judges it, and why an item was refused. Knows no layout on disk."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from attrs import field, frozen

from understudy_knowledge.evaluation.tasks import TASKS, Task
from understudy_knowledge.execution.inputs import Inputs
from understudy_knowledge.memory.records import Example

Rule = Literal[
    "unreadable", "missing-field", "missing-file", "duplicate-id", "unknown-dialect", "unknown-task", "unknown-split",
    "no-library", "gold-fails", "gold-empty", "not-mined",
]  # fmt: skip
"""The rules by which an item is skipped. A dataset of which nothing is left is refused."""

CODE_HERE = "«the code»"
"""Stands in an item's harness for the code under test, written as a Python string."""


@frozen
class Item:
    """One question of a dataset. What it runs on is the example's source, or `inputs` for a Python program."""

    example: Example
    task: Task
    source: str
    """The collection it comes from, as figures name it."""
    split: str
    database: str
    """What it runs on, relative to the dataset's folder; empty where a program needs no file."""
    table: str = ""
    """The one table it is about, where the dataset says so."""
    setup: str = ""
    """Python that runs before the answer, the gold code's too."""
    inputs: Inputs | None = None
    seen: bool = True
    """Whether the taught side has questions over the same database."""
    difficulty: str = ""
    """As the dataset says; empty where it says nothing."""
    group: str = ""
    """Items of one group are variants of one question and stay on one side; empty where the dataset names none."""
    answer_only: bool = False
    """Whether the gold code only states the answer: such an item can be tested on and teaches nothing."""
    harness: str = ""
    """The whole program that judges Python code, with `CODE_HERE` in it; empty where the code's own answer is compared."""


@frozen
class Refused:
    """An item that is not used. `place` is its file and line."""

    place: str
    item: str
    reason: str
    rule: Rule = "unreadable"

    def __str__(self) -> str:
        return f"{self.place}: {self.item or 'an item'} is skipped: {self.reason}"


def by_rule(refused: Iterable[Refused]) -> dict[str, int]:
    """How many were skipped by each rule, in the rules' alphabetical order."""
    return dict(sorted(Counter(each.rule for each in refused).items()))


@frozen
class Dataset:
    """What a reader found, in the order of its files."""

    name: str
    items: tuple[Item, ...]
    refused: tuple[Refused, ...] = ()
    digest: str = ""
    """SHA-256 over the files of items, in hexadecimal."""

    def of(self, *splits: str) -> tuple[Item, ...]:
        """The items of these splits."""
        return tuple(item for item in self.items if item.split in splits)


@frozen
class Reader:
    """What a reader is to do: the tasks that are wanted, and whether the dataset's evidence text is given."""

    tasks: tuple[Task, ...] = field(default=TASKS)
    evidence: bool = True
