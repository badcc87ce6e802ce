"""A whole run: check the gold, measure before, explore, admit, instruct, measure after. Resumable at every point."""

import time
from collections.abc import Mapping, Sequence, Set
from functools import partial

from attrs import define, evolve, field, frozen

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.evaluation.split import Split, split
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.records import Case, Example
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.models.proposals import ProposalKind
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.retrieval.retriever import Retriever
from understudy_knowledge.teaching.abstaining import learn_abstention
from understudy_knowledge.teaching.admission import admit, siblings_of
from understudy_knowledge.teaching.bugs import repairs_of
from understudy_knowledge.teaching.candidates import candidate, carried_over
from understudy_knowledge.teaching.causes import OVER_LIMITS
from understudy_knowledge.teaching.choices import FREE_HELP, TAU, FreeHelp, Order
from understudy_knowledge.teaching.chosen import beside_siblings
from understudy_knowledge.teaching.enlarging import Enlarging
from understudy_knowledge.teaching.faculty import Faculty
from understudy_knowledge.teaching.joint import Joint
from understudy_knowledge.teaching.paid_answers import PaidTeacher
from understudy_knowledge.teaching.policy import Neighborhood
from understudy_knowledge.teaching.purse import Purse
from understudy_knowledge.teaching.records import Attempt, ExampleFigures, Progress, RunFigures, Trace
from understudy_knowledge.teaching.rounds import Rounds
from understudy_knowledge.teaching.run_log import RunLog
from understudy_knowledge.teaching.steps import OnProgress, Steps
from understudy_knowledge.teaching.suspects import suspects
from understudy_knowledge.teaching.tally import by_turn, causes, helped, reasons
from understudy_knowledge.teaching.workbench import Workbench


@frozen
class Options:
    """What a run may do. `siblings` bounds the trials behind one lift."""

    turns: int = 3
    siblings: int = 5
    lessons: int = 1
    seed: int = 0
    in_flight: int = 2
    """How many examples are worked on at once; a model server likes more than the embedded student does."""
    order: Order = "policy"
    """In which examples are explored: a budget may not last for all of them."""
    rephrased: float = 0.0
    """For how many of the taught examples the teacher is asked to rephrase one, as a share."""
    invented: float = 0.0
    """The same of new questions."""
    reanswered: float = 0.0
    """The same of other queries that answer the same question."""
    help: tuple[FreeHelp, ...] = FREE_HELP
    """What is tried before a teacher that costs something."""
    tau: float = TAU
    """How much more rarely such help may solve a class of failures than the best source does."""


@define
class Distillation:
    """One run over a project's examples. Cancel its task at any moment: what was done stays done."""

    run_id: str
    bench: Workbench
    teacher: PaidTeacher
    store: KnowledgeStore
    log: RunLog
    options: Options = field(factory=Options)
    on_progress: OnProgress = field(default=lambda progress: None)
    others: Sequence[PaidTeacher] = ()
    """Further teachers, each dearer than the one before; they pay out of the same purse."""
    only: Set[str] = frozenset()
    """Ids of the examples to teach from. With any, nothing is held out, and what is made of all lessons together stays as it is."""
    admitted: int = field(default=0, init=False)
    """Lessons so far."""

    async def run(self, examples: Sequence[Example]) -> RunFigures:
        """The figures of the run. Raises NothingToDoError where no example has gold that proves anything."""
        started = time.monotonic()
        self.bench = evolve(self.bench, in_flight=self.options.in_flight, permit=self._purse.check_time)
        usable, refused = await self._checked(examples)
        if not any(self._is_explored(example) for example in usable):
            first = f" ({refused[0][0].origin}: {refused[0][1]})" if refused else ""
            raise NothingToDoError(
                f"none of the {len(self.only or examples)} examples has a query that runs and answers something on the configured "
                f"database{first}"
            )
        sides = split(usable, self.bench.catalog, seed=self.options.seed)
        if self.only:
            sides = beside_siblings(sides, self.only, self.options.siblings, self.bench.catalog)
        steps = Steps(self.log, self.options.in_flight, self.on_progress)
        shares: dict[ProposalKind, float] = {
            "rephrase": self.options.rephrased,
            "new": self.options.invented,
            "answer": self.options.reanswered,
        }
        enlarging = Enlarging(self.teacher, self.bench, steps, shares, self.options.seed)
        mined = (*sides.held_out, *sides.taught)
        alone = await steps.each("before", mined, Attempt, self.bench.attempt)
        if not self.only:
            passed = {key: attempt.passed for key, attempt in alone.items()}
            made = await enlarging.new_examples(sides, passed)
            if made:
                alone |= await steps.each("before", made, Attempt, self.bench.attempt, done=len(mined))
            sides = evolve(sides, taught=(*sides.taught, *made))
        traces, proved = await self._explored(sides.taught, alone, steps)
        self.store.put_repairs(repairs_of(sides.taught, traces, self.bench.student.name, self.bench.catalog))
        own = {key: attempt.passed for key, attempt in alone.items()}
        joint = Joint(self.bench, self.store, steps, sides, frozenset(traces), own)
        cases = await joint.pruned(proved, self.options.siblings, self.options.lessons)
        general_lift = None
        if not self.only:
            await joint.remeasured(cases, self.options.siblings)
            # What others make up for in the index is still evidence of what the project's words mean.
            general_lift = await joint.instructed(proved, self.teacher)
            # Before the last measurement: what it measures is what completion will do.
            await learn_abstention(
                self.store, sides.taught, own, self.bench, self.log, partial(steps.begin, "abstain")
            )
        after = await self._after(sides, steps)
        doubted = suspects(
            sides.taught, traces, [pair for pair in refused if await self._is_doubtful(pair[0])]
        )
        purse = self._purse
        return RunFigures(
            run_id=self.run_id,
            examples=len(examples),
            taught=sum(self._is_explored(example) for example in sides.taught),
            held_out=tuple(
                ExampleFigures(
                    example.id,
                    example.question,
                    example.gold,
                    alone[example.id],
                    after[example.id],
                    example.origin,
                )
                for example in sides.held_out
            ),
            refused_gold=tuple((str(example.origin), why) for example, why in refused),
            solved_by_turn=by_turn(traces, self.options.turns),
            tried=len(traces),
            admitted=sum(case.status == "admitted" for case in cases),
            lifted=sum(
                case.status == "admitted" and case.lift is not None and case.lift.value > 0 for case in cases
            ),
            refused=sum(case.status == "refused" for case in cases),
            quarantined=sum(case.status == "quarantined" for case in cases),
            reasons=reasons(traces, cases, self.store.forgotten()),
            teacher_calls=purse.paid.calls,
            teacher_tokens=purse.paid.usage.total,
            seconds=round(time.monotonic() - started, 2),
            general_lift=general_lift,
            money=purse.paid.money,
            wasted_tokens=max(0, self.bench.ledger.taken["teacher"].total - purse.paid.usage.total),
            student_tokens=self.bench.ledger.taken["student"].total,
            causes=causes(traces.values()),
            unsolved=causes(trace for trace in traces.values() if not trace.passes),
            helped=helped(traces.values()),
            suspects=doubted,
        )

    @property
    def _purse(self) -> Purse:
        return self.teacher.purse

    def _is_explored(self, example: Example) -> bool:
        return not self.only or example.id in self.only

    async def _checked(self, examples: Sequence[Example]) -> tuple[list[Example], list[tuple[Example, str]]]:
        """Those whose gold proves something, and the others with what is wrong with it."""
        usable, refused = [], []
        for done, example in enumerate(examples):
            self._purse.check_time()
            self.on_progress(Progress("check", done, len(examples), example.question))
            why = await self.bench.why_gold_proves_nothing(example)
            if why:
                refused.append((example, why))
            else:
                usable.append(example)
        return usable, refused

    async def _is_doubtful(self, example: Example) -> bool:
        """Whether gold that proves nothing is itself in doubt: what goes over a limit may be right all the same."""
        return (await self.bench.gold(example)).kind not in OVER_LIMITS | {"unavailable"}

    async def _explored(
        self, taught: Sequence[Example], alone: Mapping[str, Attempt], steps: Steps
    ) -> tuple[dict[str, Trace], list[Case]]:
        queries = [RetrievalQuery(mask_values(example.question, self.bench.catalog)) for example in taught]

        async def decide(traces: Mapping[str, Trace], done: int) -> list[Case]:
            return await self._admitted(taught, queries, alone, traces, steps, done)

        faculty = Faculty((self.teacher, *self.others), self.bench, self.options.turns)
        rounds = Rounds(
            self.bench,
            faculty,
            steps,
            decide,
            self.options.order,
            self.options.seed,
            self.options.help,
            self.options.tau,
        )
        asked = [i for i, example in enumerate(taught) if self._is_explored(example)]
        neighborhood = Neighborhood.of([queries[i] for i in asked])
        explored = await rounds.run([taught[i] for i in asked], alone, neighborhood)
        return explored.traces, explored.cases

    async def _admitted(
        self,
        taught: Sequence[Example],
        queries: Sequence[RetrievalQuery],
        alone: Mapping[str, Attempt],
        traces: Mapping[str, Trace],
        steps: Steps,
        done: int,
    ) -> list[Case]:
        """Every solved trace as a decided case, stored as soon as it is decided."""
        own = {key: attempt.passed for key, attempt in alone.items()}
        before = {case.id: case for case in self.store.cases()}

        async def decide(example: Example) -> Case:
            case = candidate(example, traces[example.id], self.bench.student.name, self.bench.catalog)
            siblings = siblings_of(case, taught, queries, self.options.siblings)
            decided = await admit(carried_over(case, before.get(case.id)), siblings, own, self.bench, example)
            self.store.put_learned((decided,))
            self.admitted += decided.status == "admitted"
            return decided

        forgotten = self.store.forgotten()
        # In the order of the files, whatever order they were explored in.
        solved = [
            example
            for example in taught
            if example.id in traces and traces[example.id].solved and example.id not in forgotten
        ]
        before_these = self.admitted
        cases = list((await steps.each("admit", solved, Case, decide, done=done)).values())
        self.admitted = before_these + sum(case.status == "admitted" for case in cases)
        return cases

    async def _after(self, sides: Split, steps: Steps) -> dict[str, Attempt]:
        retriever = Retriever.open(self.store, None)
        general = self.store.general()
        # An earlier run may have taught what is held out now: only what this run taught may help here.
        known = {example.id for example in sides.taught}
        untaught = {case.example_id for case in self.store.cases()} - known

        async def attempt(example: Example) -> Attempt:
            query = RetrievalQuery(mask_values(example.question, self.bench.catalog))
            lessons = retriever.lessons_for(
                query, self.options.lessons, exclude_examples=untaught, catalog=self.bench.catalog
            )
            return await self.bench.attempt(example, lessons=lessons, general=general)

        return await steps.each("after", sides.held_out, Attempt, attempt)
