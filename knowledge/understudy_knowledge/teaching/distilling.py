"""General instructions: what the admitted cases teach together, kept only if taught examples gain by them."""

from collections.abc import Mapping, Sequence

from attrs import frozen

from understudy_knowledge.memory.records import Case, Example, GeneralInstructions
from understudy_knowledge.memory.skeleton import family
from understudy_knowledge.models.roles import Teacher
from understudy_knowledge.teaching.workbench import Workbench


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
) -> Instructed:
    """Aggregate the cases, and measure on each taught example what instructions made without its family change."""
    general = await teacher.instruct(cases, bench.catalog)
    if not general.text:
        return Instructed(GeneralInstructions(), None)
    gained = 0
    for example in examples:
        its_family = family(example.gold, example.dialect)
        others = [case for case in cases if case.family != its_family]
        without_it = await teacher.instruct(others, bench.catalog) if len(others) < len(cases) else general
        attempt = await bench.attempt(example, general=without_it)
        gained += attempt.passed - own.get(example.id, False)
    lift = gained / len(examples) if examples else 0.0
    return Instructed(general if lift > 0 else GeneralInstructions(), lift)
