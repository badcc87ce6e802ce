"""k databases beside the one an example runs on, on each of which its gold query still answers something."""

import asyncio
import hashlib
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from attrs import evolve

from understudy_knowledge.errors import DataSourceError
from understudy_knowledge.execution.executor import Executor
from understudy_knowledge.execution.limits import Limits
from understudy_knowledge.execution.outcome import Outcome
from understudy_knowledge.execution.perturbed.aim import aim
from understudy_knowledge.execution.perturbed.hints import Hints, hints
from understudy_knowledge.execution.perturbed.perturb import redraw, thin
from understudy_knowledge.execution.perturbed.pools import STYLES
from understudy_knowledge.execution.snapshot import snapshot
from understudy_knowledge.memory.records import DataSource

TRIES = 3
TRIAL_SECONDS = 1.0
"""A gold query that takes longer on a neighbor, a database of few rows, runs in circles on it, and would on the next ones."""
_SNAPSHOT = re.compile(r"[0-9a-f]{16}-[0-9a-f]{16}")
MOST_BYTES = 256 << 20
"""A larger database has no neighbors: copying and changing it for each gold query would take longer than all the rest."""


async def neighbors(
    executor: Executor, gold: str, source: DataSource, count: int, folder: Path, limits: Limits | None = None
) -> list[DataSource]:
    """At most `count` perturbed copies of a SQLite `source` in `folder`; fewer where the gold query answers nothing on them.

    Each is a copy of one of `count` perturbed databases, made once for each state of the source, with the values in it that this
    gold query looks for. They are the same every time. Raises DataSourceError.
    The idea, fuzzing a database so that only equal queries agree on it, is Zhong et al., "Semantic Evaluation for Text-to-SQL
    with Distilled Test Suites", EMNLP 2020.
    """
    if source.dialect != "sqlite":
        return []
    base = source if source.steady else await asyncio.to_thread(snapshot, source, folder)
    looked_for = hints(gold, source.dialect)
    if base.path.stat().st_size > MOST_BYTES:
        return []
    home = await asyncio.to_thread(_folder, folder, base.path.stem)
    stem = hashlib.sha256(gold.encode()).hexdigest()[:16]
    found: list[DataSource] = []
    limits = limits or Limits()
    brief = evolve(limits, seconds=min(limits.seconds, TRIAL_SECONDS))
    for place in range(count):
        fallback: list[DataSource] = []
        for attempt in range(TRIES):
            target = home / f"{stem}-{place * TRIES + attempt}.db"
            made = await asyncio.to_thread(_made, base, target, looked_for, place, attempt)
            outcome = await executor.run(gold, made, brief)
            if outcome.kind == "timeout":
                return found
            if _tells(outcome):
                found.append(made)
                break
            if outcome.result is not None:  # an empty answer tells less, but a constant still fails on it
                fallback.append(made)
        else:
            found += fallback[:1]
    return found


def _made(base: DataSource, target: Path, looked_for: Hints, place: int, attempt: int) -> DataSource:
    style = STYLES[place % len(STYLES)]
    thinned, redrawn = (target.with_name(f"{step}-{place}.db") for step in ("thinned", "redrawn"))
    try:
        _copy(base.path, thinned, lambda copy: thin(copy, style, place))
        _copy(thinned, redrawn, lambda copy: redraw(copy, style, place))
        seed = place * TRIES + attempt
        _copy(redrawn, target, lambda copy: aim(copy, thinned, base.path, looked_for, style, seed))
    except (OSError, sqlite3.Error) as error:
        raise DataSourceError(f"{base.path} cannot be perturbed ({error}).") from error
    return evolve(base, path=target.absolute(), steady=True)


def _copy(source: Path, target: Path, change: Callable[[Path], None]) -> None:
    """`target` is either absent or whole."""
    if target.exists():
        return
    partial = target.with_name(f"{target.name}.{os.getpid()}.{time.monotonic_ns()}.partial")
    try:
        shutil.copyfile(source, partial)
        change(partial)
        partial.replace(target)
    finally:
        for leftover in target.parent.glob(f"{partial.name}*"):
            leftover.unlink(missing_ok=True)


def _folder(folder: Path, state: str) -> Path:
    """Where the neighbors of one state of a database lie; those of its earlier states are removed."""
    chosen = folder / f"near-{state}"
    if _SNAPSHOT.fullmatch(state):
        for former in folder.glob(f"near-{state.partition('-')[0]}-*"):
            if former != chosen:
                shutil.rmtree(former, ignore_errors=True)
    try:
        chosen.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataSourceError(
            f"{folder} cannot hold perturbed copies ({error.strerror or error})."
        ) from error
    return chosen


def _tells(outcome: Outcome) -> bool:
    """Whether an answer holds anything that a wrong one could miss."""
    return outcome.result is not None and any(
        cell is not None and cell != 0 for row in outcome.result.rows for cell in row
    )
