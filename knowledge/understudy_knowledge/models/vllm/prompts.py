"""From a request to the text a model reads: gives each part its share of the prompt and renders `models/prompts/*.jinja`."""

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from attrs import frozen

from understudy_knowledge.memory.records import Case, Hole, Lesson, Plan, Step
from understudy_knowledge.models.roles import Failure, StudentRequest, TeacherRequest
from understudy_knowledge.models.vllm.schema_text import SchemaText, tokens_of

if TYPE_CHECKING:
    import jinja2

_SHARES = {
    "general": 0.10,
    "schema": 0.40,
    "lessons": 0.15,
    "above": 0.10,
    "question": 0.05,
    "evidence": 0.05,
    "prefix": 0.10,
    "suffix": 0.05,
}
"""Fixed shares of the prompt: were the schema's to depend on what is typed, no prompt would begin like the one before."""
_LONGEST_STEP = 600
_HOLE = re.compile(r":(h\d+)\b")


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
class PlanText:
    """A plan to carry out, as a prompt shows it."""

    steps: tuple[StepText, ...]
    notes: tuple[str, ...]


@frozen
class FailureText:
    """A failed attempt as the teacher's prompt shows it."""

    plan: str
    code: str
    diagnosis: str


def student_head(request: StudentRequest, schema: SchemaText, budget: int) -> str:
    """The comments and code that stand before the prefix when the student fills in or continues."""
    text = (
        _environment()
        .get_template("student_fill.jinja")
        .render(_student_parts(request, schema, budget), mark="-- " if request.language == "sql" else "# ")
    )
    return text.lstrip("\n")


def student_message(request: StudentRequest, schema: SchemaText, budget: int) -> str:
    """The message a conversing student gets."""
    return _environment().get_template("student_chat.jinja").render(_student_parts(request, schema, budget))


def prefix_of(request: StudentRequest, budget: int) -> str:
    """The text before the cursor; of a very long statement its end."""
    return _end_of(request.prefix, int(budget * _SHARES["prefix"]))


def suffix_of(request: StudentRequest, budget: int) -> str:
    """The text after the cursor; of a very long one its beginning."""
    return request.suffix[: 3 * int(budget * _SHARES["suffix"])]


def teacher_message(request: TeacherRequest, schema: SchemaText, budget: int) -> str:
    """The message that asks the teacher for a plan, or for a better one than those that failed."""
    example = request.example
    return (
        _environment()
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


def instruct_message(cases: Sequence[Case], budget: int) -> str:
    """The message that asks the teacher for general instructions; cases beyond the budget are left out."""
    shown: list[LessonText] = []
    left = budget
    for case in cases:
        text = LessonText(case.question, _open_steps(case.plan, grounded=True), case.explanation)
        left -= tokens_of(case.question + case.explanation + "".join(s.purpose + s.code for s in text.steps))
        if left < 0:
            break
        shown.append(text)
    return _environment().get_template("teacher_instruct.jinja").render(cases=shown)


def repair_message(problem: str) -> str:
    """What the teacher is told when its plan cannot be used."""
    return _environment().get_template("teacher_repair.jinja").render(problem=problem)


def _student_parts(request: StudentRequest, schema: SchemaText, budget: int) -> dict[str, object]:
    share = {name: int(budget * part) for name, part in _SHARES.items()}
    skeletons = [
        plan.skeleton for plan in (request.plan, *(lesson.plan for lesson in request.lessons)) if plan
    ]
    return {
        "language": request.language,
        "dialect": request.dialect,
        "general": _beginning_of(request.general.text.strip(), share["general"]),
        "schema": schema.render(
            request.catalog,
            about=" ".join([request.question, request.evidence, *skeletons]),
            visible=[relation.table or relation.name for relation in request.relations],
            budget=share["schema"],
        ),
        "lessons": _lesson_texts(request.lessons, share["lessons"]),
        "plan": request.plan and PlanText(_open_steps(request.plan, grounded=False), request.plan.notes[-5:]),
        "file_context": _end_of(request.file_context.strip("\n"), share["above"]),
        "question": _beginning_of(request.question.strip(), share["question"]),
        "evidence": _beginning_of(request.evidence.strip(), share["evidence"]),
        "prefix": prefix_of(request, budget),
        "suffix": suffix_of(request, budget),
    }


def _lesson_texts(lessons: Sequence[Lesson], budget: int) -> list[LessonText]:
    texts = []
    for lesson in lessons:
        text = LessonText(lesson.question, _open_steps(lesson.plan, grounded=True), lesson.explanation)
        budget -= tokens_of(
            lesson.question + lesson.explanation + "".join(s.purpose + s.code for s in text.steps)
        )
        if budget < 0:
            break
        texts.append(text)
    return texts


def _open_steps(plan: Plan, *, grounded: bool) -> tuple[StepText, ...]:
    return tuple(
        StepText(_cut(step.purpose), _cut(_fill(step, plan.holes, grounded=grounded))) for step in plan.steps
    )


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
        return f"<{hole.kind}: {hole.phrase}>" if hole.phrase else f"<{hole.kind}>"

    return " ".join(_HOLE.sub(text_of, step.code).split())


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


def _end_of(text: str, tokens: int) -> str:
    return text if tokens_of(text) <= tokens else text[-3 * tokens :] if tokens else ""


def _comment(text: str, mark: str) -> str:
    return "\n".join(f"{mark}{line}".rstrip() for line in re.split(r"\r\n|\r|\n", text))


@cache
def _environment() -> "jinja2.Environment":
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
    environment.filters["comment"] = _comment
    return environment
