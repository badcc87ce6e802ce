"""What a run will take, said before it starts: bounds that are counted from the items alone, then what the first few of them took."""

from collections.abc import Sequence
from math import ceil

from attrs import frozen

from understudy_knowledge.models.usage import Usage
from understudy_knowledge.teaching.abstaining import MOST_TRIALS
from understudy_knowledge.teaching.distilling import FOLDS
from understudy_knowledge.teaching.price import Price
from understudy_knowledge.teaching.tree_instructions import MOST_NODES
from understudy_server.bench.teach.comparing import FEW

_FEWEST_OF_A_NODE = 4
"""Items of a database: a node holds three cases, and not all of them."""
_FEWEST_GAINED = 6
"""Items gained and none lost, from which on the exact test of McNemar is below 0.05."""


@frozen
class Plan:
    """What a run is going to do. Tested items count once for every arm and seed."""

    taught: int
    at_home: tuple[int, ...]
    """Taught items of each database of which something may be said as a whole."""
    turns: int
    siblings: int
    alone: int
    """Attempts at tested items without a lesson."""
    with_lessons: int
    by_teacher: int
    """Tested items that the teacher is asked about."""


@frozen
class Taken:
    """What some work took, on the wall and in tokens."""

    attempts: int = 0
    teacher_calls: int = 0
    student_tokens: int = 0
    teacher_tokens: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Taken") -> "Taken":
        return Taken(
            self.attempts + other.attempts,
            self.teacher_calls + other.teacher_calls,
            self.student_tokens + other.student_tokens,
            self.teacher_tokens + other.teacher_tokens,
            self.seconds + other.seconds,
        )

    def times(self, factor: float) -> "Taken":
        """So much of it again."""
        return Taken(
            round(self.attempts * factor),
            round(self.teacher_calls * factor),
            round(self.student_tokens * factor),
            round(self.teacher_tokens * factor),
            self.seconds * factor,
        )


@frozen
class Sample:
    """What the first few items of each phase took."""

    explored: int
    """Taught items."""
    solved: int
    """Of those, by a plan: each is then measured on its siblings."""
    exploring: Taken
    alone: Taken
    """Attempts without a lesson."""
    with_lessons: Taken


@frozen
class Bounds:
    """More than this a run cannot take."""

    attempts: int
    teacher_calls: int
    teacher_tokens: int
    money: float

    @property
    def sentence(self) -> str:
        """For a person."""
        said = f"At most {self.attempts:,} attempts and {self.teacher_calls:,} teacher calls"
        if self.teacher_tokens:
            said += f" of {self.teacher_tokens:,} tokens"
        return (
            f"{said}; the teacher costs at most {self.money:.2f} by the prices set"
            if self.money
            else f"{said}; nothing is paid for"
        )


def bounds(plan: Plan, teachers: Sequence[tuple[Usage, Price]]) -> Bounds:
    """Asks nobody. Of each teacher: what one call of it may take, and its price. The first one says what holds as a whole."""
    calls = [plan.taught * plan.turns for _ in teachers]
    calls[0] += plan.by_teacher * plan.turns + sum(map(_calls_of_a_whole, plan.at_home))
    learning = plan.taught * (1 + plan.turns * len(teachers) + plan.siblings + 1)
    # Instructions are tried at every item once, those of nodes with and without, and at some whether silence is better.
    learning += sum(3 * items + min(items, MOST_TRIALS) for items in plan.at_home)
    attempts = learning + plan.alone + plan.with_lessons + plan.by_teacher * plan.turns
    priced = list(zip(calls, teachers, strict=True))
    return Bounds(
        attempts,
        sum(calls),
        sum(count * most.total for count, (most, _) in priced),
        sum(count * price.of(most) for count, (most, price) in priced),
    )


def _calls_of_a_whole(items: int) -> int:
    """Of general instructions and of those of nodes, each made once for all and once for each fold."""
    nodes = min(MOST_NODES, items) if items >= _FEWEST_OF_A_NODE else 0
    return (1 + nodes) * (1 + FOLDS) + (FOLDS if nodes else 0)


def caution(tested: int) -> str:
    """What so few tested items cannot tell; empty where they are enough."""
    if tested >= FEW:
        return ""
    if tested < _FEWEST_GAINED:
        return f"With {tested} tested items no gain whatever can be told from chance"
    points = ceil(100 * _FEWEST_GAINED / tested)
    return f"With {tested} tested items a gain of fewer than {points} points cannot be told from chance"


def estimate(plan: Plan, sample: Sample) -> Taken:
    """What the whole run takes, those first few items included, if the others are like them."""
    one = _each(sample.alone if sample.alone.attempts else sample.exploring)
    if not sample.explored:
        return _scaled(one, plan.alone)
    helped = _each(sample.with_lessons) if sample.with_lessons.attempts else one
    measured = plan.taught * sample.solved / sample.explored * (min(plan.siblings, plan.taught - 1) + 0.5)
    share = sample.exploring.times((plan.taught + plan.by_teacher) / sample.explored)
    return share + _scaled(helped, measured) + _scaled(one, plan.alone) + _scaled(helped, plan.with_lessons)


def sentence(expected: Taken, student: Price, teacher: Price, *, estimated: bool) -> str:
    """For a person. `estimated`: tokens are, for no model is asked."""
    money = student.of(Usage(expected.student_tokens)) + teacher.of(Usage(expected.teacher_tokens))
    cost = f", cost {money:.2f} by the prices set" if money else ""
    minutes = expected.seconds / 60
    time = f"{minutes:.0f} minutes" if minutes >= 1.5 else f"{expected.seconds:.0f} seconds"
    about = " (by an estimate: no model is asked)" if estimated else ""
    return (
        f"about {expected.attempts:,} attempts, {expected.teacher_calls:,} teacher calls, {expected.student_tokens:,} tokens of the "
        f"student and {expected.teacher_tokens:,} of the teacher{about}, {time}{cost}"
    )


@frozen
class _Each:
    """What one attempt takes."""

    tokens: float
    seconds: float


def _each(taken: Taken) -> _Each:
    count = max(1, taken.attempts)
    return _Each(taken.student_tokens / count, taken.seconds / count)


def _scaled(each: _Each, attempts: float) -> Taken:
    return Taken(
        attempts=round(attempts),
        student_tokens=round(each.tokens * attempts),
        seconds=each.seconds * attempts,
    )
