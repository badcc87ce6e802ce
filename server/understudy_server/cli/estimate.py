"""What a run may take of its teachers, before it is begun."""

from collections.abc import Sequence, Set
from typing import Any

from attrs import asdict, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.evaluation.split import split
from understudy_knowledge.memory.records import Example
from understudy_knowledge.models.roles import Teacher
from understudy_knowledge.teaching.distilling import FOLDS
from understudy_knowledge.teaching.price import Price
from understudy_knowledge.teaching.tree_instructions import MOST_NODES
from understudy_server.cli.counted import counted
from understudy_server.cli.examples import chosen_from, mined_from, source_of
from understudy_server.cli.runs import Terms, Wish, terms_of
from understudy_server.project import Project

_FOR_ALL_LESSONS = (1 + FOLDS) * (1 + MOST_NODES)
"""Calls for what the lessons of a whole run say together: once with all of them and once without each fold, for every node."""


@frozen
class Estimate:
    """Upper bounds, reached where the student solves nothing alone and no answer was kept; usually it is far less.

    A call that a server loses half-way is made again, and counts again.
    """

    examples: int
    """That are explored, as far as their queries run."""
    calls: int
    tokens: int
    money: float | None
    """None where no prices are set."""
    teachers: tuple[str, ...]

    def words(self) -> str:
        """`12 examples; at most 41 calls of teacher-model, 90,000 tokens, 0.3 money`."""
        asked = " and ".join(self.teachers)
        examples = counted(self.examples, "example")
        if not self.tokens:
            return f"{examples}; at most {self.calls:,} calls of {asked}, which cost nothing"
        money = f", {self.money:.4g} money" if self.money is not None else ", no price is set"
        return f"{examples}; at most {self.calls:,} calls of {asked}, {self.tokens:,} tokens{money}"

    def as_json(self) -> dict[str, Any]:
        """Its fields, and its words as `message`."""
        return {**asdict(self), "message": self.words()}


async def estimate_of(project: Project, wish: Wish) -> Estimate:
    """What the run that is wished for may take; nothing is run for it. Raises an UnderstudyError."""
    mined = mined_from(project, source_of(project), wish)
    settings = project.settings
    terms = terms_of(wish, settings.distill, lessons=settings.completion.lessons, student="", teacher="")
    teachers = project.build_teachers()
    try:
        return await estimate(mined.examples, chosen_from(mined, wish), project.catalog, terms, teachers)
    finally:
        for teacher, _ in teachers:
            await teacher.close()


async def estimate(
    examples: Sequence[Example],
    chosen: Set[str],
    catalog: Catalog,
    terms: Terms,
    teachers: Sequence[tuple[Teacher, Price]],
) -> Estimate:
    """What a run on these terms may take, teachers in the order in which they are asked. Raises BackendError."""
    if chosen:
        explored, proposed, together = len(chosen), 0, 0
    else:
        taught = len(split(examples, catalog, seed=terms.seed).taught)
        proposed = sum(round(taught * share) for share in (terms.rephrased, terms.invented, terms.reanswered))
        explored, together = taught + proposed, _FOR_ALL_LESSONS
    calls, tokens, money = 0, 0, 0.0
    for number, (teacher, price) in enumerate(teachers):
        most = await teacher.at_most()
        times = explored * terms.turns + (0 if number else proposed + together)
        calls += times
        tokens += times * most.total
        money += times * price.of(most)
    allowed = terms.allowance
    return Estimate(
        explored,
        min(calls, allowed.calls if allowed.calls is not None else calls),
        min(tokens, allowed.tokens if allowed.tokens is not None else tokens),
        min(money, allowed.money if allowed.money is not None else money) if money else None,
        tuple(teacher.name for teacher, _ in teachers),
    )
