"""How far a run is, as its reader wants it: bars on a terminal, a line for each stage in a file, JSON lines for a program."""

import json
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from understudy_server.cli.spending import Spending

STAGES = {
    "mine": "Finding examples",
    "check": "Running gold queries",
    "before": "Completing without lessons",
    "rephrase": "Rephrasing questions",
    "new": "Making new questions",
    "answer": "Answering questions otherwise",
    "explore": "Exploring with the teacher",
    "again": "Trying again what failed",
    "admit": "Measuring lift",
    "prune": "Leaving out what others say",
    "remeasure": "Measuring earlier lessons",
    "instruct": "Measuring instructions",
    "rules": "Measuring rules",
    "nodes": "Measuring the tree's nodes",
    "abstain": "Learning when to be silent",
    "after": "Completing with lessons",
}
"""The stages in their order, in words."""
_WEIGHTS = {"before": 2, "explore": 10, "admit": 4, "instruct": 2, "nodes": 2, "after": 2}
"""Roughly what a stage takes of a run, where that is more than the others take."""
_TEACHING = ("rephrase", "new", "answer", "explore", "instruct", "nodes")
"""Those in which a teacher is asked."""
_BETWEEN_LINES = 10.0
"""Seconds between two lines of one stage, in a file."""


class Shown(Protocol):
    """Shows progress while it is entered."""

    def __enter__(self) -> "Shown": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def update(
        self, stage: str, done: int, total: int, message: str = "", spending: Spending | None = None
    ) -> None:
        """`done` of `total` in this stage; `message` says what is being worked on, `spending` what it has cost so far."""


class Bars:
    """One bar for each stage, on stderr."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<27}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[spent]}"),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "Bars":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._complete()
        self._progress.stop()

    def update(
        self, stage: str, done: int, total: int, message: str = "", spending: Spending | None = None
    ) -> None:
        """Move the stage's bar; the bars of earlier stages are full."""
        if stage not in self._tasks:
            self._complete()
            self._tasks[stage] = self._progress.add_task(STAGES.get(stage, stage), total=total, spent="")
        spent = f"teacher: {spending.words()}" if stage in _TEACHING and spending is not None else ""
        self._progress.update(self._tasks[stage], completed=done, total=total, spent=spent)

    def _complete(self) -> None:
        for task in self._progress.tasks:
            if task.total is not None and not task.finished:
                self._progress.update(task.id, completed=task.total)


class Lines:
    """Lines on stderr: one when a stage begins, and every few seconds how far it is; and what the teacher took when exploring is over."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage = ""
        self._said = 0.0

    def __enter__(self) -> "Lines":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def update(
        self, stage: str, done: int, total: int, message: str = "", spending: Spending | None = None
    ) -> None:
        """Say so when the stage is new, and now and then how far it is."""
        name, now = STAGES.get(stage, stage), self._clock()
        if stage != self._stage:
            if self._stage == "explore" and spending is not None:
                click.echo(f"Teacher so far: {spending.words()}", err=True)
            self._stage, self._said = stage, now
            click.echo(f"{name}{f': {total}' if total else ''}", err=True)
        elif now - self._said >= _BETWEEN_LINES and total:
            self._said = now
            spent = f" (teacher: {spending.words()})" if spending is not None else ""
            click.echo(f"{name}: {done} of {total}{spent}", err=True)


class JsonLines:
    """An object a line on stdout, for the language server."""

    def __enter__(self) -> "JsonLines":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def update(
        self, stage: str, done: int, total: int, message: str = "", spending: Spending | None = None
    ) -> None:
        """Print it, and flush: who reads it is waiting."""
        spent = {}
        if spending is not None:
            spent = {"spent": {**spending.as_json(), "words": spending.words()}}
        message = message or STAGES[stage]
        print_event("progress", stage=stage, done=done, total=total, message=message, **spent)


def print_event(event: str, **values: object) -> None:
    """One JSON object on a line of its own."""
    click.echo(json.dumps({"event": event, **values}, default=str))
    sys.stdout.flush()


def share_of_run(stage: str, share: float) -> float:
    """How far the whole run is, roughly, from 0 to 1, where so much of a stage is done."""
    weights = {name: _WEIGHTS.get(name, 1) for name in STAGES}
    before = 0.0
    for name, weight in weights.items():
        if name == stage:
            return (before + share * weight) / sum(weights.values())
        before += weight
    return 0.0


def shown(*, as_lines_of_json: bool) -> Shown:
    """The right one for whoever reads."""
    if as_lines_of_json:
        return JsonLines()
    console = Console(stderr=True)
    return Bars(console) if console.is_terminal else Lines()
