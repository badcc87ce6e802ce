"""What a run will take, said before it starts: counted from the items, with the time of a few attempts made first."""

from attrs import frozen

from understudy_knowledge.models.usage import Usage
from understudy_knowledge.teaching.price import Price


@frozen
class Estimate:
    """Upper bounds of calls; `seconds` and `tokens` go by attempts that were made already, `money` by the prices that are set."""

    attempts: int
    teacher_calls: int
    seconds: float
    student_tokens: int
    teacher_tokens: int
    money: float

    @property
    def sentence(self) -> str:
        """For a person."""
        minutes = self.seconds / 60
        time = f"{minutes:.0f} minutes" if minutes >= 1.5 else f"{self.seconds:.0f} seconds"
        said = f"At most {self.attempts:,} attempts and {self.teacher_calls:,} teacher calls; about {time}"
        if self.student_tokens or self.teacher_tokens:
            said += f", {self.student_tokens:,} tokens of the student and at most {self.teacher_tokens:,} of the teacher"
        return (
            f"{said}; cost {self.money:.2f} by the prices set"
            if self.money
            else f"{said}; nothing is paid for"
        )


@frozen
class Sample:
    """Attempts made to see how long one takes."""

    attempts: int
    seconds: float
    """On the wall, all of them one after the other."""
    tokens: int


@frozen
class Plan:
    """What a run is going to do. `tested` counts items for every arm and seed."""

    taught: int
    turns: int
    siblings: int
    tested: int
    in_flight: int


def estimate(plan: Plan, sample: Sample, most: Usage, student: Price, teacher: Price) -> Estimate:
    """The estimate of a whole run; what is done already counts too. `most` is what one call of the teacher may take."""
    attempts = plan.taught * (1 + plan.turns + plan.siblings) + plan.tested
    calls = plan.taught * plan.turns
    each = sample.seconds / sample.attempts if sample.attempts else 0.0
    tokens = sample.tokens // sample.attempts if sample.attempts else 0
    student_tokens = attempts * tokens
    money = calls * teacher.of(most) + student.of(Usage(prompt=student_tokens))
    return Estimate(
        attempts, calls, each * attempts / plan.in_flight, student_tokens, calls * most.total, money
    )
