"""What is learned from the taught items: explored, admitted on siblings that are taught items too, instructed by database."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from typing import Protocol, TypeVar

from attrs import evolve, field, frozen

from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.memory.records import Case, Example, GeneralInstructions, NodeInstruction
from understudy_knowledge.memory.skeleton import family_of
from understudy_knowledge.models.roles import Teacher
from understudy_knowledge.retrieval.abstention import Learned as LearnedSilence
from understudy_knowledge.retrieval.nearest import nearest
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.teaching.admission import admit
from understudy_knowledge.teaching.candidates import candidate
from understudy_knowledge.teaching.distilling import instruct
from understudy_knowledge.teaching.endurance import NoAnswerError
from understudy_knowledge.teaching.faculty import Faculty
from understudy_knowledge.teaching.purse import BudgetSpentError
from understudy_knowledge.teaching.records import Trace
from understudy_knowledge.teaching.run_log import RunLog
from understudy_knowledge.teaching.steps import Steps
from understudy_knowledge.teaching.together import Begin
from understudy_knowledge.teaching.tree_instructions import Shared, instruct_nodes
from understudy_server.bench.teach.benches import DatasetBench
from understudy_server.bench.teach.metering import MeteredTeacher
from understudy_server.bench.teach.settings import TeachSettings
from understudy_server.bench.teach.silence import Home, learn_silence
from understudy_server.bench.teach.spending import BoundedBench, Part, Spending

_LOOKED_AT = 4
"""Items looked at for each sibling that is wanted: those of the same query family are passed over."""


@frozen
class Learned:
    """All that the taught items gave, before any arm chooses from it."""

    traces: Mapping[str, Trace]
    """By example id; of every taught item that the bounds cover."""
    cases: tuple[Case, ...]
    """Of every solved item, whatever admission says."""
    general: Mapping[str, GeneralInstructions] = field(factory=dict)
    """By database."""
    nodes: Mapping[str, tuple[NodeInstruction, ...]] = field(factory=dict)
    """What the inner nodes of each database's knowledge tree say."""
    general_tokens: int = 0
    """What the teacher took for the general instructions, and for those of the nodes."""
    node_tokens: int = 0
    silence: Mapping[str, LearnedSilence] = field(factory=dict)
    """When to be silent, by database; the default holds for the others."""
    rollouts: int = 0
    """Attempts that all of it took."""


class _Made(Protocol):
    """Something made of all cases together."""

    @property
    def took(self) -> Part: ...


_Record = TypeVar("_Record", bound=_Made)


@frozen
class _Instructed:
    """General instructions by database, and what they took."""

    general: dict[str, GeneralInstructions]
    took: Part


@frozen
class _Trees:
    """What inner nodes say by database, and what it took."""

    nodes: dict[str, tuple[NodeInstruction, ...]]
    took: Part


async def learn(
    items: Sequence[Item],
    bench: DatasetBench,
    teachers: Sequence[MeteredTeacher],
    queries: Mapping[str, RetrievalQuery],
    steps: Steps,
    settings: TeachSettings,
) -> Learned:
    """Explore every item that the bounds cover, decide on each success, and instruct by all of them together.

    `queries` is what siblings are compared by, by example id. `teachers` are asked in their order, the next where one fails.
    """
    spending = spending_of(settings, len(items), len(teachers))
    with ExitStack() as stack:
        for teacher in teachers:
            stack.enter_context(teacher.paid_by(spending))
        traces = await explored(items, bench, teachers, steps, settings, spending)
        # Of the others nobody knows what the student makes of them alone.
        items = [item for item in items if item.example.id in traces]
        own = {key: trace.own.passed for key, trace in traces.items()}
        cases = await _decided(items, traces, own, bench, queries, steps, settings)
        for case in cases:
            spending.measured(case)
        homes = _at_home(items, cases)
        instructed = await _kept(
            steps.log, "instruct", _Instructed, spending,
            partial(_instructed, homes, own, bench, teachers[0], spending, partial(steps.begin, "instruct")),
        )  # fmt: skip
        trees = await _kept(
            steps.log, "nodes", _Trees, spending,
            partial(_nodes, homes, instructed.general, bench, teachers[0], spending, partial(steps.begin, "nodes")),
        )  # fmt: skip
        silence = await learn_silence(homes, own, bench, steps, spending)
    return Learned(
        traces, cases, instructed.general, trees.nodes, instructed.took.tokens, trees.took.tokens, silence.learned, spending.taken.rollouts
    )  # fmt: skip


def spending_of(settings: TeachSettings, items: int, teachers: int) -> Spending:
    """What learning from so many items with so many teachers may take."""
    turns, siblings = settings.turns * teachers, min(settings.siblings, max(0, items - 1))
    return Spending(settings.teacher_tokens, settings.rollouts, turns, siblings)


async def explored(
    items: Sequence[Item],
    bench: DatasetBench,
    teachers: Sequence[MeteredTeacher],
    steps: Steps,
    settings: TeachSettings,
    spending: Spending,
) -> dict[str, Trace]:
    """The traces of these items, as far as what may be spent lasts."""
    for item in items:
        if (trace := steps.log.find("explore", item.example.id, Trace)) is not None:
            spending.take(Part(tokens=trace.cost.teacher_tokens))
            spending.explored(trace)

    async def explore(example: Example) -> Trace:
        async with spending.in_turn():
            spending.begin()
            own = await bench.attempt(example)
            if own.passed:
                return spending.explored(Trace(example.id, own))
            faculty = Faculty(teachers, bench.of(example), settings.turns)
            return spending.explored(await faculty.explore(example, Trace(example.id, own, sources=())))

    return await steps.each("explore", [item.example for item in items], Trace, explore)


async def _decided(
    items: Sequence[Item],
    traces: Mapping[str, Trace],
    own: Mapping[str, bool],
    bench: DatasetBench,
    queries: Mapping[str, RetrievalQuery],
    steps: Steps,
    settings: TeachSettings,
) -> tuple[Case, ...]:
    """The cases of all that was solved, admitted or not."""
    near = {
        task: _Siblings.of([item for item in items if item.task == task], queries) for task in settings.tasks
    }

    async def decide(example: Example) -> Case:
        item = bench.items[example.id]
        case = candidate(example, traces[example.id], bench.student.name, bench.of(example).catalog)
        siblings = near[item.task].of_item(item, settings.siblings)
        return await admit(evolve(case, created=""), siblings, own, bench, example)

    solved = [item.example for item in items if traces[item.example.id].solved]
    return tuple((await steps.each("admit", solved, Case, decide)).values())


async def _kept(
    log: RunLog,
    stage: str,
    record: type[_Record],
    spending: Spending,
    make: Callable[[], Awaitable[_Record]],
) -> _Record:
    """What was made of all cases together, made now where the log has it not."""
    known = log.find(stage, "all", record)
    if known is None:
        known = await make()
        log.note(stage, "all", known)
    else:
        spending.take(known.took)
    return known


@frozen
class _Siblings:
    """Taught items of one task, and what they are compared by."""

    items: Sequence[Item]
    queries: Sequence[RetrievalQuery]
    families: Sequence[str]

    @classmethod
    def of(cls, items: Sequence[Item], queries: Mapping[str, RetrievalQuery]) -> "_Siblings":
        families = [family_of(item.example) for item in items]
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


def _at_home(items: Sequence[Item], cases: Sequence[Case]) -> dict[str, Home]:
    """By database, those of which at least two cases were admitted."""
    admitted = {case.example_id: case for case in cases if case.status == "admitted"}
    examples: dict[str, list[Example]] = {}
    for item in items:
        if item.task == "sql":
            examples.setdefault(item.database, []).append(item.example)
    homes = {
        database: Home(own, [admitted[example.id] for example in own if example.id in admitted])
        for database, own in examples.items()
    }
    return {database: home for database, home in homes.items() if len(home.cases) >= 2}


async def _instructed(
    homes: Mapping[str, Home],
    own: Mapping[str, bool],
    bench: DatasetBench,
    teacher: Teacher,
    spending: Spending,
    begin: Begin,
) -> _Instructed:
    """General instructions for each database, none where what may be spent does not cover them."""
    found, before, done = {}, spending.taken, begin(len(homes))
    for database, home in homes.items():
        here = BoundedBench.over(bench.of(home.examples[0]), spending)
        try:
            found[database] = (await instruct(teacher, home.cases, home.examples, own, here)).general
        except (BudgetSpentError, NoAnswerError):
            found[database] = GeneralInstructions()
        done()
    return _Instructed(found, spending.taken - before)


async def _nodes(
    homes: Mapping[str, Home],
    general: Mapping[str, GeneralInstructions],
    bench: DatasetBench,
    teacher: Teacher,
    spending: Spending,
    begin: Begin,
) -> _Trees:
    """What the inner nodes of each database's tree say, where they are large enough and what may be spent covers it."""
    found, before, done = {}, spending.taken, begin(len(homes))
    for database, home in homes.items():
        shared = Shared(general.get(database, GeneralInstructions()))
        here = BoundedBench.over(bench.of(home.examples[0]), spending)
        with suppress(BudgetSpentError, NoAnswerError):
            made = await instruct_nodes(teacher, home.cases, home.examples, shared, here)
            if made.nodes:
                found[database] = made.nodes
        done()
    return _Trees(found, spending.taken - before)
