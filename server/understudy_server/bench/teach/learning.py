"""What is learned from the taught items: explored, admitted on siblings that are taught items too, instructed by database."""

from collections.abc import Mapping, Sequence

from attrs import evolve, field, frozen

from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.memory.records import Case, Example, GeneralInstructions
from understudy_knowledge.memory.skeleton import family
from understudy_knowledge.models.roles import Teacher
from understudy_knowledge.retrieval.nearest import nearest
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.teaching.admission import admit
from understudy_knowledge.teaching.candidates import candidate
from understudy_knowledge.teaching.distilling import instruct
from understudy_knowledge.teaching.endurance import NoAnswerError
from understudy_knowledge.teaching.exploring import Explorer
from understudy_knowledge.teaching.records import Trace
from understudy_knowledge.teaching.steps import Steps
from understudy_server.bench.teach.benches import DatasetBench
from understudy_server.bench.teach.budgets import Spending
from understudy_server.bench.teach.settings import TeachSettings

_LOOKED_AT = 4
"""Items looked at for each sibling that is wanted: those of the same query family are passed over."""


@frozen
class Learned:
    """All that the taught items gave, before any arm chooses from it."""

    traces: Mapping[str, Trace]
    """By example id; of every taught item."""
    cases: tuple[Case, ...]
    """Of every solved item, whatever admission says."""
    general: Mapping[str, GeneralInstructions] = field(factory=dict)
    """By database."""


async def learn(
    items: Sequence[Item],
    bench: DatasetBench,
    teacher: Teacher,
    queries: Mapping[str, RetrievalQuery],
    steps: Steps,
    settings: TeachSettings,
) -> Learned:
    """Explore every item, then decide on each success. `queries` is what siblings are compared by, by example id."""

    spending = Spending(settings.teacher_tokens, settings.rollouts)
    for item in items:
        if (trace := steps.log.find("explore", item.example.id, Trace)) is not None:
            spending.explored(trace)
        if (case := steps.log.find("admit", item.example.id, Case)) is not None:
            spending.measured(case)

    async def explore(example: Example) -> Trace:
        spending.begin()
        own = await bench.attempt(example)
        explorer = Explorer(teacher, bench.of(example), settings.turns)
        if own.passed:
            return spending.explored(Trace(example.id, own))
        return spending.explored(await explorer.explore(example, own))

    traces = await steps.each("explore", [item.example for item in items], Trace, explore)
    own = {key: trace.own.passed for key, trace in traces.items()}
    near = {
        task: _Siblings.of([item for item in items if item.task == task], queries) for task in settings.tasks
    }

    async def decide(example: Example) -> Case:
        spending.begin()
        item = bench.items[example.id]
        case = candidate(example, traces[example.id], bench.student.name, bench.of(example).catalog)
        case = evolve(case, masked_question=queries[example.id].question, created="")
        return spending.measured(
            await admit(case, near[item.task].of_item(item, settings.siblings), own, bench, example)
        )

    solved = [item.example for item in items if item.example.id in traces and traces[item.example.id].solved]
    decided = (await steps.each("admit", solved, Case, decide)).values()
    traces, cases = spending.kept([item.example.id for item in items], traces, decided)
    general = steps.log.find("instruct", "all", dict[str, GeneralInstructions])
    if general is None:
        general = await _instructed(items, cases, own, bench, teacher)
        steps.log.note("instruct", "all", general)
    return Learned(traces, cases, general)


@frozen
class _Siblings:
    """Taught items of one task, and what they are compared by."""

    items: Sequence[Item]
    queries: Sequence[RetrievalQuery]
    families: Sequence[str]

    @classmethod
    def of(cls, items: Sequence[Item], queries: Mapping[str, RetrievalQuery]) -> "_Siblings":
        families = [family(item.example.gold, item.example.dialect) for item in items]
        return cls(items, [queries[item.example.id] for item in items], families)

    def of_item(self, item: Item, count: int) -> list[Example]:
        """The likest items but for the item itself and those that ask the same of the same data."""
        at = next(at for at, each in enumerate(self.items) if each.example.id == item.example.id)
        own, where = self.families[at], (item.database, item.table)
        found = []
        for place, _ in nearest(self.queries[at], self.queries, _LOOKED_AT * count):
            each = self.items[place]
            same = self.families[place] == own and (each.database, each.table) == where
            if place != at and not same:
                found.append(each.example)
        return found[:count]


async def _instructed(
    items: Sequence[Item],
    cases: Sequence[Case],
    own: Mapping[str, bool],
    bench: DatasetBench,
    teacher: Teacher,
) -> dict[str, GeneralInstructions]:
    """General instructions for each database of which at least two cases were admitted."""
    admitted = {case.example_id: case for case in cases if case.status == "admitted"}
    examples: dict[str, list[Example]] = {}
    for item in items:
        if item.task == "sql":
            examples.setdefault(item.database, []).append(item.example)
    found = {}
    for database, own_examples in examples.items():
        theirs = [admitted[example.id] for example in own_examples if example.id in admitted]
        if len(theirs) >= 2:
            here = bench.of(own_examples[0])
            try:
                found[database] = (await instruct(teacher, theirs, own_examples, own, here)).general
            except NoAnswerError:
                found[database] = GeneralInstructions()
    return found
