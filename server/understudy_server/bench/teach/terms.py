"""The terms of a run: those of the project's settings where its own examples are tried, so that what is measured is what it gets.

On a dataset they are always the same, so that figures can be compared. The command line goes over both, and the figures say where.
"""

from attrs import asdict, evolve, frozen

from understudy_knowledge.evaluation.datasets import is_dataset
from understudy_server.bench.teach.settings import TeachSettings
from understudy_server.config import Settings
from understudy_server.project import limits_of

OPTIONS = {
    "turns": "--turns", "siblings": "--siblings", "lessons": "-k", "neighbors": "--neighbors", "teacher_tokens": "--tokens",
}  # fmt: skip
"""By the name in `TeachSettings`."""


@frozen
class Wish:
    """What the command line says; None where it says nothing. Names are those of `TeachSettings`."""

    turns: int | None = None
    siblings: int | None = None
    lessons: int | None = None
    neighbors: int | None = None
    teacher_tokens: int | None = None


def on_terms(settings: TeachSettings, wish: Wish, configured: Settings) -> TeachSettings:
    """The run with its terms. `configured` is what this folder's settings say."""
    said = {name: value for name, value in asdict(wish).items() if value is not None}
    if not is_dataset(settings.tested):
        settings = evolve(
            settings,
            turns=configured.distill.turns,
            siblings=configured.distill.siblings,
            lessons=configured.completion.lessons,
            neighbors=configured.execution.neighbors,
            teacher_tokens=configured.distill.tokens,
            limits=limits_of(configured),
            retrieval=configured.retrieval,
        )
    changed = {name: value for name, value in said.items() if value != getattr(settings, name)}
    return evolve(settings, **said, overridden=tuple(OPTIONS[name] for name in changed))
