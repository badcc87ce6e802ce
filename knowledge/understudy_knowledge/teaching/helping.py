"""Help that costs no teacher call, tried before one is made: lessons so far, the catalog, the student's own verified answers.

ADS's sources of supervision (documentation, self-generated demonstrations, teacher), the cheapest first; what helps is proved
by running the answer, so a dearer source is asked only where the cheaper ones failed, and a source that stays out of the top
reward band for a class of failures is not tried for it any more. Which sources are tried, and how wide that band is, a project
chooses.
"""

from collections.abc import Mapping, Sequence

from attrs import evolve, field, frozen

from understudy_knowledge.evaluation.split import near
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.records import Case, Cost, Example, Lesson
from understudy_knowledge.memory.skeleton import family_of
from understudy_knowledge.memory.words import stems
from understudy_knowledge.retrieval.nearest import nearest
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.teaching.candidates import lesson_of
from understudy_knowledge.teaching.choices import FREE_HELP, TAU, FreeHelp
from understudy_knowledge.teaching.facts import facts_about
from understudy_knowledge.teaching.lifting import lifted
from understudy_knowledge.teaching.records import Attempt, Cause, Help, Trace, Turn
from understudy_knowledge.teaching.workbench import Workbench

_TRIALS = 3
"""Tries of a source on a class of failures before it may be passed over."""


@frozen
class Record:
    """How often each source solved a class of failures, of how many tries: what was known when a round began."""

    tried: Mapping[tuple[Help, Cause], int] = field(factory=dict)
    solved: Mapping[tuple[Help, Cause], int] = field(factory=dict)
    tau: float = TAU
    """How much more rarely a free source may solve a class of failures than the best source does."""

    @classmethod
    def of(cls, traces: Sequence[Trace], tau: float = TAU) -> "Record":
        """Each source up to the one that solved an example was tried on it, the cheapest first."""
        tried: dict[tuple[Help, Cause], int] = {}
        solved: dict[tuple[Help, Cause], int] = {}
        for trace in traces:
            if trace.own.passed or trace.cause is None:
                continue
            for source in trace.sources:
                key = (source, trace.cause)
                tried[key] = tried.get(key, 0) + 1
            if trace.passes:
                key = (trace.help, trace.cause)
                solved[key] = solved.get(key, 0) + 1
        return cls(tried, solved, tau)

    def worth_trying(self, source: Help, cause: Cause) -> bool:
        """Whether the source is within the top reward band for that class, or was not tried often enough to tell."""
        if self.tried.get((source, cause), 0) < _TRIALS:
            return True
        sources: tuple[Help, ...] = (*FREE_HELP, "teacher")
        best = max(self._share(other, cause) for other in sources)
        return self._share(source, cause) >= best - self.tau

    def _share(self, source: Help, cause: Cause) -> float:
        return (self.solved.get((source, cause), 0) + 1) / (self.tried.get((source, cause), 0) + 2)


@frozen
class Helper:
    """Tries the sources that cost no call of a teacher. `lessons` and `verified` are what was known when the round began."""

    bench: Workbench
    lessons: Sequence[Case] = ()
    verified: Sequence[tuple[Example, Attempt]] = ()
    """Examples that the student solves by itself, and its answers: demonstrations it made itself, proved by running them."""
    record: Record = field(factory=Record)
    sources: Sequence[FreeHelp] = FREE_HELP
    """Those that may be tried."""

    async def help(self, example: Example, own: Attempt, cause: Cause) -> Trace:
        """The trace so far: solved, or saying which sources were tried."""
        trace = Trace(example.id, own, cause=cause, sources=(), cost=Cost(student_tokens=own.tokens))
        for source in self._worth_trying(cause):
            attempt = await self._attempt(source, example)
            if attempt is None:
                continue
            cost = evolve(trace.cost, student_tokens=trace.cost.student_tokens + attempt.tokens)
            trace = evolve(trace, help=source, sources=(*trace.sources, source), cost=cost)
            if attempt.passed and not attempt.weak:
                return await self._solved(trace, example, attempt)
        return trace

    def tries_lessons(self, cause: Cause) -> bool:
        """Whether lessons are tried on failures of that class."""
        return "lesson" in self._worth_trying(cause)

    def lesson_for(self, example: Example) -> Lesson | None:
        """The one that retrieval would give it, of those known when the round began; None where none is near or none is wanted."""
        if "lesson" not in self.sources:
            return None
        own_family = family_of(example)
        others = [case for case in self.lessons if case.family != own_family]
        queries = [RetrievalQuery(case.masked_question) for case in others]
        for at, score in nearest(self._query(example), queries, 1):
            return lesson_of(others[at], score)
        return None

    async def again(self, example: Example, trace: Trace, lesson: Lesson) -> Trace:
        """The trace of an example that failed before, with this lesson tried on it too."""
        attempt = await self.bench.attempt(example, lessons=(lesson,))
        cost = evolve(trace.cost, student_tokens=trace.cost.student_tokens + attempt.tokens)
        sources = trace.sources if "lesson" in trace.sources else (*trace.sources, "lesson")
        trace = evolve(trace, sources=sources, cost=cost)
        if attempt.passed and not attempt.weak:
            return evolve(trace, help="lesson", helped=attempt)
        return trace

    def _worth_trying(self, cause: Cause) -> list[FreeHelp]:
        """The sources for that class of failures, the cheapest first."""
        return [each for each in FREE_HELP if each in self.sources and self.record.worth_trying(each, cause)]

    async def _attempt(self, source: FreeHelp, example: Example) -> Attempt | None:
        """The attempt with that help; None where there is none to give."""
        if source == "catalog":
            facts = facts_about(example.question, self.bench.catalog)
            return await self.bench.attempt(example, facts=facts) if facts else None
        lesson = self.lesson_for(example) if source == "lesson" else await self._demonstration(example)
        return await self.bench.attempt(example, lessons=(lesson,)) if lesson is not None else None

    async def _solved(self, trace: Trace, example: Example, attempt: Attempt) -> Trace:
        if trace.help == "lesson":
            return evolve(trace, helped=attempt)  # what it would teach is known
        # The plan of its own verified code needs no teacher: it is read off the code.
        plan = await lifted(example, attempt.code, self.bench.catalog)
        return evolve(trace, turns=(Turn(plan, attempt),), plan=plan, cost=evolve(trace.cost, turns=1))

    async def _demonstration(self, example: Example) -> Lesson | None:
        """The nearest verified answer to a question that is no near-duplicate of this one."""
        own_family, asked = family_of(example), self._stems(example)
        others = [
            (other, attempt)
            for other, attempt in self.verified
            if family_of(other) != own_family and not near(asked, self._stems(other))
        ]
        queries = [self._query(other) for other, _ in others]
        for at, score in nearest(self._query(example), queries, 1):
            other, attempt = others[at]
            plan = await lifted(other, attempt.code, self.bench.catalog)
            # It is no case: nothing in memory answers for it, so it has no id to be remembered by.
            return Lesson("", other.question, plan, "", attempt.code, score, 0.0)
        return None

    def _query(self, example: Example) -> RetrievalQuery:
        return RetrievalQuery(mask_values(example.question, self.bench.catalog))

    def _stems(self, example: Example) -> frozenset[str]:
        return frozenset(stems(mask_values(example.question, self.bench.catalog)))
