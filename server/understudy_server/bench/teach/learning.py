"""What is learned from the taught items: explored, admitted on siblings that are taught items too, instructed by database."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from attrs import evolve, field, frozen

from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.memory.records import Case, Example, GeneralInstructions, NodeInstruction
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
from understudy_knowledge.teaching.tree_instructions import Shared, instruct_nodes
from understudy_server.bench.teach.benches import DatasetBench
from understudy_server.bench.teach.budgets import Spending
from understudy_server.bench.teach.metering import MeteredTeacher
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
    nodes: Mapping[str, tuple[NodeInstruction, ...]] = field(factory=dict)
    """What the inner nodes of each database's knowledge tree say."""
    general_tokens: int = 0
    """What the teacher took for the general instructions, and for those of the nodes."""
    node_tokens: int = 0


@frozen
class _Instructed:
    """General instructions by database, and what they took."""

    general: dict[str, GeneralInstructions]
    tokens: int


@frozen
class _Trees:
    """What inner nodes say by database, and what it took."""

    nodes: dict[str, tuple[NodeInstruction, ...]]
    tokens: int


async def learn(
    items: Sequence[Item],
    bench: DatasetBench,
    teacher: MeteredTeacher,
    queries: Mapping[str, RetrievalQuery],
    steps: Steps,
    settings: TeachSettings,
) -> Learned:
    """Explore every item, then decide on each success. `queries` is what siblings are compared by, by example id."""

    spending = Spending(settings.teacher_tokens, settings.rollouts)
    for item in items:
        if (case := steps.log.find("admit", item.example.id, Case)) is not None:
            spending.measured(case)
    traces = await explored(items, bench, teacher, steps, settings, spending)
    own = {key: trace.own.passed for key, trace in traces.items()}
    near = {
        task: _Siblings.of([item for item in items if item.task == task], queries) for task in settings.tasks
    }

    async def decide(example: Example) -> Case:
        spending.begin()
        item = bench.items[example.id]
        case = candidate(example, traces[example.id], bench.student.name, bench.of(example).catalog)
        case = evolve(case, created="")
        return spending.measured(
            await admit(case, near[item.task].of_item(item, settings.siblings), own, bench, example)
        )

    solved = [item.example for item in items if item.example.id in traces and traces[item.example.id].solved]
    decided = (await steps.each("admit", solved, Case, decide)).values()
    traces, cases = spending.kept([item.example.id for item in items], traces, decided)
    at_home = _at_home(items, cases)
    instructed = steps.log.find("instruct", "all", _Instructed)
    if instructed is None:
        before = teacher.taken
        general = await _instructed(at_home, own, bench, teacher)
        instructed = _Instructed(general, (teacher.taken - before).total)
        steps.log.note("instruct", "all", instructed)
    trees = steps.log.find("nodes", "all", _Trees)
    if trees is None:
        before = teacher.taken
        nodes = await _nodes(at_home, instructed.general, bench, teacher)
        trees = _Trees(nodes, (teacher.taken - before).total)
        steps.log.note("nodes", "all", trees)
    return Learned(traces, cases, instructed.general, trees.nodes, instructed.tokens, trees.tokens)


async def explored(
    items: Sequence[Item],
    bench: DatasetBench,
    teacher: MeteredTeacher,
    steps: Steps,
    settings: TeachSettings,
    spending: Spending,
) -> dict[str, Trace]:
    """The traces of these items, as far as what may be spent lasts."""
    for item in items:
        if (trace := steps.log.find("explore", item.example.id, Trace)) is not None:
            spending.explored(trace)

    async def explore(example: Example) -> Trace:
        spending.begin()
        own = await bench.attempt(example)
        explorer = Explorer(teacher, bench.of(example), settings.turns)
        if own.passed:
            return spending.explored(Trace(example.id, own))
        return spending.explored(await explorer.explore(example, own))

    return await steps.each("explore", [item.example for item in items], Trace, explore)


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


@frozen
class _Home:
    """One database's examples, and the cases of it that were admitted."""

    examples: list[Example]
    cases: list[Case]


def _at_home(items: Sequence[Item], cases: Sequence[Case]) -> dict[str, _Home]:
    """By database, those of which at least two cases were admitted."""
    admitted = {case.example_id: case for case in cases if case.status == "admitted"}
    examples: dict[str, list[Example]] = {}
    for item in items:
        if item.task == "sql":
            examples.setdefault(item.database, []).append(item.example)
    homes = {
        database: _Home(own, [admitted[example.id] for example in own if example.id in admitted])
        for database, own in examples.items()
    }
    return {database: home for database, home in homes.items() if len(home.cases) >= 2}


async def _instructed(
    homes: Mapping[str, _Home], own: Mapping[str, bool], bench: DatasetBench, teacher: Teacher
) -> dict[str, GeneralInstructions]:
    """General instructions for each database."""
    found = {}
    for database, home in homes.items():
        here = bench.of(home.examples[0])
        try:
            found[database] = (await instruct(teacher, home.cases, home.examples, own, here)).general
        except NoAnswerError:
            found[database] = GeneralInstructions()
    return found


async def _nodes(
    homes: Mapping[str, _Home],
    general: Mapping[str, GeneralInstructions],
    bench: DatasetBench,
    teacher: Teacher,
) -> dict[str, tuple[NodeInstruction, ...]]:
    """What the inner nodes of each database's tree say, where they are large enough to say something."""
    found = {}
    for database, home in homes.items():
        shared = Shared(general.get(database, GeneralInstructions()))
        with suppress(NoAnswerError):
            made = await instruct_nodes(
                teacher, home.cases, home.examples, shared, bench.of(home.examples[0])
            )
            if made.nodes:
                found[database] = made.nodes
    return found
