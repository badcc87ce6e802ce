"""What one measurement says: lines for a table, figures for JSON."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from understudy_knowledge.models.vllm import ServerSettings


@frozen
class Line:
    """One line of the table. `goal` is empty where none was set; `met` is None where there is nothing to meet."""

    what: str
    measured: str
    goal: str = ""
    met: bool | None = None


@frozen
class Part:
    """The result of one measurement; `figures` holds what JSON can."""

    title: str
    lines: tuple[Line, ...]
    figures: Mapping[str, Any]


@frozen
class Terms:
    """What a measurement runs on. `data` is the folder of the bundles, None when there is none; `limit` bounds the items."""

    data: Path | None = None
    seed: int = 0
    limit: int | None = None
    say: Callable[[str], None] = lambda sentence: None
    """Shows progress: one short sentence."""
    server: "ServerSettings | None" = None
    """The model server to measure against; None where nobody named one."""
    sizes: tuple[int, ...] = ()
    """Numbers of cases to measure at; empty: those of the measurement."""


Measure = Callable[[Terms], Part]
"""A measurement. Raises NothingToDoError with a sentence when a thing that it needs is absent."""
