"""Programs about one table, written after a plan or a lesson; without either this student writes none."""

import re

from attrs import frozen

from understudy_knowledge.memory.records import Hole, Plan
from understudy_knowledge.memory.words import stems
from understudy_knowledge.models.embedded.program_plans import named_rows, numeric_columns, question_numbers
from understudy_knowledge.models.embedded.reading import Reading, read
from understudy_knowledge.models.roles import StudentRequest

_HOLE = re.compile(r":(h\d+)\b")
_CALL = re.compile(r"\b(cell|column)\(([^()]*)\)")
_LIFT = 0.2
"""How much a lesson's lift counts beside how alike the questions are."""
_KEY = re.compile(r"\((row|number|column)(?: (\d+))?\)$")


@frozen
class _Program:
    text: str
    score: float
    lesson_ids: tuple[str, ...] = ()


def write_program(request: StudentRequest) -> tuple[str, tuple[str, ...]]:
    """The program and the lessons that it follows; empty where none can be followed."""
    reading = read(request.question, request.catalog)
    if request.plan is not None:
        return (_followed(request.plan, reading) or ("", 0.0))[0], ()
    programs = []
    for place, lesson in enumerate(request.lessons):
        followed = _followed(lesson.plan, reading)
        if followed is not None:
            text, used = followed
            likeness = _likeness(lesson.question, request.question) + used - 0.01 * place
            likeness += _LIFT * lesson.lift
            programs.append(_Program(text, likeness, (lesson.case_id,)))
    best = max(programs, key=lambda program: program.score, default=_Program("", 0.0))
    return best.text, best.lesson_ids


def _likeness(one: str, other: str) -> float:
    """Share of the words that two questions have in common."""
    left, right = frozenset(stems(one)), frozenset(stems(other))
    return len(left & right) / max(1, len(left | right))


def _followed(plan: Plan, reading: Reading) -> tuple[str, float] | None:
    """The plan's program over this question's table, and the share of the named rows that it uses."""
    step = next(iter(plan.steps), None)
    if plan.dialect != "python" or step is None or len(reading.catalog.tables) != 1:
        return None
    if step.clause == "whole":
        pinned = step.holes[0].pinned if step.holes else None
        # A program that had to be given whole answers its own question and no other.
        return (pinned, 1.0) if pinned is not None and plan.question == reading.question else None
    table = reading.catalog.tables[0]
    column = next(iter(numeric_columns(table)), None)
    if column is None:
        return None
    rows = named_rows(reading, table, column)
    numbers = question_numbers(reading, rows)
    values: dict[str, str] = {}
    for hole in step.holes:
        kind, at = _key(hole)
        if kind == "column":
            values[hole.id] = repr(column.name)
        elif kind == "row" and at < len(rows):
            values[hole.id] = f"{rows[at].column!r}, {rows[at].value!r}"
        elif kind == "number" and at < len(numbers):
            values[hole.id] = f"{numbers[at]:g}" if numbers[at] < 1e5 else repr(numbers[at])
        else:
            return None
    used = sum(_key(hole)[0] == "row" for hole in step.holes)
    text = _HOLE.sub(lambda found: values.get(found[1], "None"), step.code)
    return _CALL.sub(_spelled, text), used / len(rows) if rows else 1.0


def _key(hole: Hole) -> tuple[str, int]:
    """What the hole stands for, and its place among its kind in the question."""
    found = _KEY.search(hole.hint)
    return (found[1], int(found[2] or 0)) if found else ("", 0)


def _spelled(call: re.Match[str]) -> str:
    """`cell` and `column` of the plan's language as Python over `table`."""
    if call[1] == "column":
        return f"[number(row[{call[2]}]) for row in table]"
    *row, column = call[2].rsplit(", ", 1)
    name, value = row[0].split(", ", 1)
    return f"next(number(row[{column}]) for row in table if row[{name}] == {value})"
