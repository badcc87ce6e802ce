"""Several teachers in order of price: the next is asked only where one failed; a small tournament says who begins.

As AMPO brings in more guidance only on failure (Yuan et al., "More Than One Teacher", 2025); a teacher is chosen by what the
student gains with it, not by how large it is, and among those nearly as good the cheapest one (the cost tier of ADS).
"""

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from understudy_knowledge.memory.records import Cost, Example
from understudy_knowledge.models.roles import Teacher
from understudy_knowledge.teaching.exploring import Explorer
from understudy_knowledge.teaching.records import Attempt, Help, Trace
from understudy_knowledge.teaching.workbench import Workbench

TRIED_BY_ALL = 4
"""Examples that every teacher is asked for before one is chosen; with a single teacher none is."""
BAND = 0.1
"""How much less than the best one's share of solved examples a cheaper teacher may have and still be preferred."""


@frozen
class Faculty:
    """The teachers of a run, the cheapest first."""

    teachers: Sequence[Teacher]
    bench: Workbench
    turns: int

    async def explore(self, example: Example, so_far: Trace) -> Trace:
        """The trace with as many teachers as it took. Raises what `Explorer.explore` raises."""
        trace = so_far
        for teacher in self.teachers:
            if trace.solved:
                break
            trace = await self._with(teacher, example, trace)
        return trace

    async def compare(self, example: Example, own: Attempt) -> dict[str, Trace]:
        """The trace with each teacher alone, by the teacher's name."""
        return {
            teacher.name: await self._with(teacher, example, Trace(example.id, own, sources=()))
            for teacher in self.teachers
        }

    def beginning_with_the_best(self, traces: Sequence[Mapping[str, Trace]]) -> "Faculty":
        """The faculty without the teachers that are cheaper than the one to begin with."""
        if not traces:
            return self
        gains = [sum(each[teacher.name].solved for each in traces) / len(traces) for teacher in self.teachers]
        first = next(i for i, gain in enumerate(gains) if gain >= max(gains) - BAND)
        return evolve(self, teachers=tuple(self.teachers[first:]))

    async def _with(self, teacher: Teacher, example: Example, so_far: Trace) -> Trace:
        own = so_far.own
        trace = await Explorer(teacher, self.bench, self.turns).explore(example, own, so_far.turns)
        cost = trace.cost
        if so_far.sources:  # the attempt without help is counted already
            cost = evolve(cost, student_tokens=cost.student_tokens - own.tokens)
        return evolve(
            trace, cost=_sum(so_far.cost, cost), cause=so_far.cause, sources=_with_teacher(so_far.sources)
        )


def best_of(traces: Mapping[str, Trace]) -> Trace:
    """The trace to keep of several teachers': a solved one in the fewest turns, the cheapest teacher's among equals."""
    best = min(traces.values(), key=lambda trace: (not trace.solved, len(trace.turns)))
    cost = Cost()
    for trace in traces.values():
        cost = _sum(cost, trace.cost)
    return evolve(best, cost=cost)


def _with_teacher(sources: tuple[Help, ...]) -> tuple[Help, ...]:
    return sources if "teacher" in sources else (*sources, "teacher")


def _sum(one: Cost, other: Cost) -> Cost:
    return Cost(
        one.turns + other.turns,
        one.teacher_calls + other.teacher_calls,
        one.teacher_tokens + other.teacher_tokens,
        one.student_tokens + other.student_tokens,
        round(one.seconds + other.seconds, 3),
    )
