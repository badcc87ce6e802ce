"""What was learned, in words: which lesson helped a statement, and what became of the case taught from it."""

from collections.abc import Iterator

from understudy_knowledge.memory.records import Case, Lesson, Lift
from understudy_knowledge.teaching.fingerprints import is_for_another_student
from understudy_server.actions.learned import Learned
from understudy_server.actions.markup import Markup

_TAUGHT_SHOWN = 3


def learned_lines(learned: Learned, markup: Markup) -> list[str]:
    """One paragraph for each lesson and case; empty when nothing was learned here."""
    return [*_helped(learned, markup), *_taught(learned, markup)]


def _helped(learned: Learned, markup: Markup) -> Iterator[str]:
    if learned.suggestion is None:
        return
    by = markup.code(learned.suggestion.model)
    if not learned.suggestion.lessons:
        yield f"{markup.strong('Understudy')} suggested this without a lesson ({by})."
    for lesson in learned.suggestion.lessons:
        case = learned.cases.get(lesson.case_id)
        yield (
            f"{markup.strong('Understudy')} suggested this ({by}) with a lesson from "
            f"“{markup.text(lesson.question, 300)}”{_origin(lesson, case, markup)}: {_worth(case, lesson, learned.student)}."
        )


def _taught(learned: Learned, markup: Markup) -> Iterator[str]:
    helped = {lesson.case_id for lesson in learned.suggestion.lessons} if learned.suggestion else set()
    cases = [case for case in learned.taught if case.id not in helped]
    for case in cases[:_TAUGHT_SHOWN]:
        lift = f", {_lift(case.lift)}{_for_whom(case, learned.student)}" if case.lift else ""
        reason = f" {markup.text(case.reason, 300)}" if case.reason else ""
        yield f"{markup.strong('Understudy')} learned from this: case {markup.code(case.id)}, {case.status}{lift}.{reason}"


def _origin(lesson: Lesson, case: Case | None, markup: Markup) -> str:
    if not lesson.code:
        return ""  # of a node of the knowledge tree, which has many
    return f" at {markup.code(str(case.origin))}" if case else ", forgotten since"


def _worth(case: Case | None, lesson: Lesson, student: str) -> str:
    if case is None or case.lift is None:
        return f"lift {lesson.lift:+.2f}"
    return _lift(case.lift) + _for_whom(case, student)


def _for_whom(case: Case, student: str) -> str:
    return ", measured for another student" if is_for_another_student(case, student) else ""


def _lift(lift: Lift) -> str:
    siblings = "1 sibling" if lift.n == 1 else f"{lift.n} siblings"
    return f"lift {lift.value:+.2f} on {siblings} ({lift.without:.0%} passed without it, {lift.with_lesson:.0%} with it)"
