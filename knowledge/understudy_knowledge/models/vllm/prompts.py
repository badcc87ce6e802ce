"""From a request to the text the teacher reads, and what its prompts share with the student's: `models/prompts/*.jinja` rendered."""

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from attrs import frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Case, Hole, Lesson, Plan, Step
from understudy_knowledge.memory.staleness import lacking
from understudy_knowledge.models.proposals import ProposalRequest
from understudy_knowledge.models.roles import Failure, TeacherRequest
from understudy_knowledge.models.vllm.schema_text import SchemaText, tokens_of

if TYPE_CHECKING:
    import jinja2

_LONGEST_STEP = 600
_HOLE = re.compile(r":(h\d+)\b")
_SHAPE_HOLE = re.compile(r"(?<![\w:]):?([tcv]\d+)\b")


@frozen
class StepText:
    """A step as a prompt shows it: its holes are filled or say what belongs there."""

    purpose: str
    code: str


@frozen
class LessonText:
    """A lesson, or the case behind it, as a prompt shows it."""

    question: str
    steps: tuple[StepText, ...]
    explanation: str


@frozen
class FailureText:
    """A failed attempt as the teacher's prompt shows it."""

    plan: str
    code: str
    diagnosis: str


def teacher_message(request: TeacherRequest, schema: SchemaText, budget: int) -> str:
    """The message that asks the teacher for a plan, or for a better one than those that failed."""
    example = request.example
    return (
        environment()
        .get_template("teacher_plan.jinja")
        .render(
            dialect=example.dialect,
            schema=schema.render(
                request.catalog,
                about=f"{example.question} {example.evidence} {example.gold}",
                visible=(),
                budget=budget // 2,
            ),
            question=example.question,
            evidence=example.evidence,
            gold=example.gold,
            failures=[_failure_text(failure) for failure in request.failures[-3:]],
        )
    )


def propose_message(request: ProposalRequest, schema: SchemaText, budget: int) -> str:
    """The message that asks the teacher for a new example."""
    example = request.example
    about = f"{example.question} {example.evidence} {example.gold}"
    return (
        environment()
        .get_template("teacher_propose.jinja")
        .render(
            kind=request.kind,
            dialect=example.dialect,
            schema=schema.render(request.catalog, about=about, visible=(), budget=budget // 2),
            question=example.question,
            evidence=example.evidence,
            gold=example.gold,
        )
    )


def instruct_message(cases: Sequence[Case], budget: int) -> str:
    """The message that asks the teacher for general instructions; cases beyond the budget are left out."""
    shown: list[LessonText] = []
    left = budget
    for case in cases:
        text = LessonText(case.question, open_steps(case.plan, grounded=True), case.explanation)
        left -= tokens_of(case.question + case.explanation + "".join(s.purpose + s.code for s in text.steps))
        if left < 0:
            break
        shown.append(text)
    return environment().get_template("teacher_instruct.jinja").render(cases=shown)


def repair_message(made: str, problem: str) -> str:
    """What the teacher is told when what it made, a plan or something else, cannot be used."""
    return environment().get_template("teacher_repair.jinja").render(made=made, problem=problem)


def open_steps(plan: Plan, *, grounded: bool) -> tuple[StepText, ...]:
    """The plan's steps as a prompt shows them; `grounded` also shows which table, column or expression stood in a hole."""
    return tuple(
        StepText(_cut(step.purpose), _cut(_fill(step, plan.holes, grounded=grounded))) for step in plan.steps
    )


def lesson_text(lesson: Lesson, catalog: Catalog) -> LessonText:
    """The lesson as a prompt shows it. Of one about other tables than the catalog's only the whole statement's shape carries over."""
    shape = lesson.plan.shape
    if shape is None or not lacking(lesson.lineage, catalog):
        return LessonText(lesson.question, open_steps(lesson.plan, grounded=True), lesson.explanation)
    holes = {hole.id: _described(hole) for hole in shape.holes}
    code = _SHAPE_HOLE.sub(lambda match: holes.get(match[1], match[0]), shape.code)
    return LessonText(lesson.question, (StepText(shape.purpose, _cut(code)),), "")


def _fill(step: Step, holes: Sequence[Hole], *, grounded: bool) -> str:
    """The step's code with each hole pinned or described.

    `grounded` shows which table, column or expression stood there: right for a lesson, which answered another question; in the plan
    of the question itself it would give the gold code away. Values are never shown: they belong to one question.
    """
    by_id = {hole.id: hole for hole in (*holes, *step.holes)}

    def text_of(match: "re.Match[str]") -> str:
        hole = by_id.get(match[1])
        if hole is None:
            return match[0]
        if hole.pinned is not None:
            return hole.pinned
        if grounded and hole.kind != "value" and (hole.filled or hole.hint):
            return hole.filled or hole.hint
        return _described(hole)

    return " ".join(_HOLE.sub(text_of, step.code).split())


def _described(hole: Hole) -> str:
    return f"<{hole.kind}: {hole.phrase}>" if hole.phrase else f"<{hole.kind}>"


def _failure_text(failure: Failure) -> FailureText:
    steps = failure.plan.steps
    return FailureText(
        plan="\n".join(
            f"{n}. {step.purpose}: {_cut(' '.join(step.code.split()))}" for n, step in enumerate(steps, 1)
        ),
        code=_beginning_of(failure.code, 600),
        diagnosis=_beginning_of(failure.diagnosis, 300),
    )


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_STEP else text[: _LONGEST_STEP - 1] + "…"


def _beginning_of(text: str, tokens: int) -> str:
    return text if tokens_of(text) <= tokens else text[: 3 * tokens].rpartition("\n")[0] or text[: 3 * tokens]


def comment(text: str, mark: str) -> str:
    """Each line of the text behind a comment mark."""
    return "\n".join(f"{mark}{line}".rstrip() for line in re.split(r"\r\n|\r|\n", text))


@cache
def environment() -> "jinja2.Environment":
    """Where the prompts lie, and how they are rendered."""
    # Here and not above: the server reads its settings from this package also where no model server is ever asked.
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("understudy_knowledge.models", "prompts"),
        autoescape=False,  # noqa: S701 - what is rendered is read by a model, not by a browser
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters["comment"] = comment
    return environment
