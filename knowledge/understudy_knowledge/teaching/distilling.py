"""General instructions: what the admitted cases teach together, kept only if taught examples gain by them."""

import hashlib
from collections.abc import Mapping, Sequence

from attrs import frozen

from understudy_knowledge.memory.records import Case, Example, GeneralInstructions
from understudy_knowledge.memory.skeleton import family_of
from understudy_knowledge.models.roles import Teacher
from understudy_knowledge.teaching.together import Begin, together, unheard
from understudy_knowledge.teaching.workbench import Workbench

FOLDS = 4


@frozen
class Instructed:
    """The instructions to use (empty where they did not earn it) and their measured lift."""

    general: GeneralInstructions
    lift: float | None


async def instruct(
    teacher: Teacher,
    cases: Sequence[Case],
    examples: Sequence[Example],
    own: Mapping[str, bool],
    bench: Workbench,
    begin: Begin = unheard,
) -> Instructed:
    """Aggregate the cases, and measure what instructions change on examples whose families had no part in them.

    Cross-validation over families: each taught example is tried with instructions made without its fold, so that the
    teacher is asked a few times, however many examples there are.
    """
    general = (await teacher.instruct(cases, bench.catalog)).general
    if not general.text:
        return Instructed(GeneralInstructions(), None)
    done = begin(len(examples))

    async def gained_in(fold: int) -> int:
        tried = [example for example in examples if fold_of(family_of(example)) == fold]
        if not tried:
            return 0
        others = [case for case in cases if fold_of(case.family) != fold]
        without_fold = (await teacher.instruct(others, bench.catalog)).general

        async def gain(example: Example) -> int:
            attempt = await bench.attempt(example, general=without_fold)
            return int(attempt.passed) - int(own.get(example.id, False))

        return sum(await together(bench.in_flight, tried, gain, done))

    gained = sum(await together(bench.in_flight, range(FOLDS), gained_in))
    lift = gained / len(examples) if examples else 0.0
    return Instructed(general if lift > 0 else GeneralInstructions(), lift)


def fold_of(of_family: str) -> int:
    """Which fold a query family belongs to."""
    return hashlib.sha256(of_family.encode()).digest()[0] % FOLDS
