"""What learning took in tokens of both roles, from what its records say: the same whether an answer was asked for or kept from before.

Knows nothing of servers. A case does not keep what each attempt of its admission took: it counts as so many attempts of the traces,
those with a plan where there are any, for such an attempt has a lesson in its prompt.
"""

from collections.abc import Iterable, Mapping
from statistics import fmean

from attrs import frozen

from understudy_knowledge.memory.records import Case
from understudy_knowledge.teaching.records import Trace
from understudy_server.bench.teach.arm_names import BY_TEACHER
from understudy_server.bench.teach.arms import ArmMaker
from understudy_server.bench.teach.budgets import first_part
from understudy_server.bench.teach.learning import Learned


@frozen
class LearningCost:
    """Tokens read and written, by role."""

    student: int = 0
    teacher: int = 0


def learning_cost(learned: Learned) -> LearningCost:
    """Of all that was learned: exploring, admission, instructions."""
    teacher = sum(trace.cost.teacher_tokens for trace in learned.traces.values())
    return LearningCost(
        _of_student(learned.traces, learned.cases), teacher + learned.general_tokens + learned.node_tokens
    )


def student_tokens(arm: str, maker: ArmMaker) -> int:
    """What the student took while what the arm gives was learned; nothing for arms that give nothing of it."""
    learned = maker.learned
    if arm.startswith("turns="):
        turns = int(arm.removeprefix("turns="))
        cases = [case for case in learned.cases if case.cost.turns <= turns]
        return _of_student(learned.traces, cases, turns)
    if arm.startswith(("budget=", "policy=")):
        part = first_part(maker.order(arm), learned.traces, int(arm.partition("=")[2]))
        return _of_student(part, learned.cases)
    taught = arm in BY_TEACHER or arm.startswith("k=")
    return _of_student(learned.traces, learned.cases) if taught else 0


def _of_student(traces: Mapping[str, Trace], cases: Iterable[Case], turns: int | None = None) -> int:
    """For these traces, up to that turn of each, and for the admission of those cases that come of them."""
    own = [trace.own.tokens for trace in traces.values()]
    helped = [turn.attempt.tokens for trace in traces.values() for turn in trace.turns[:turns]]
    admission = sum(case.lift.n for case in cases if case.lift and case.example_id in traces)
    each = fmean(helped or own or [0])
    return sum(own) + sum(helped) + round(admission * each)
