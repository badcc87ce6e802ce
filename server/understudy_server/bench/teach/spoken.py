"""Lessons, plans and attempts as a person reads them, and as they stand in a prompt. Knows nothing of which ones are worth showing."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Case, GeneralInstructions, Language, Lesson, Plan
from understudy_knowledge.models.roles import StudentRequest
from understudy_knowledge.models.vllm.prompts import open_steps
from understudy_knowledge.models.vllm.student import MOST_PROMPT_TOKENS
from understudy_knowledge.models.vllm.student_prompts import StudentPrompts
from understudy_knowledge.teaching.records import Attempt, Trace

_OURS = ("## A similar question", "## What holds for")
_SECTION = re.compile(r"^(?=## )", re.MULTILINE)


def in_prompt(
    lessons: Sequence[Lesson],
    catalog: Catalog,
    general: GeneralInstructions,
    dialect: str,
    language: Language,
) -> str:
    """The part of a prompt that the lessons and the general instructions make up, word for word."""
    request = StudentRequest(
        "", catalog, lessons=tuple(lessons), general=general, dialect=dialect, language=language, purpose="attempt",
    )  # fmt: skip
    kept: list[str] = []
    inside = False
    for part in _SECTION.split(StudentPrompts().message(request, MOST_PROMPT_TOKENS))[1:]:
        if part.startswith("## "):
            inside = part.startswith(_OURS) or (inside and not part.startswith(("## Schema", "## Question")))
        if inside:
            kept.append(part.strip())
    return "\n\n".join(kept)


def lesson_figures(lesson: Lesson, cases: Mapping[str, Case], used: Sequence[str]) -> dict[str, Any]:
    """A lesson that a prompt held: what it is made of, and whether the student says that it went by it."""
    case = cases.get(lesson.case_id)
    kind = "demonstration" if lesson.case_id.startswith("gold-") else "case" if case else "tree"
    return {
        "kind": kind,
        "id": lesson.case_id,
        "question": lesson.question,
        "explanation": lesson.explanation,
        "code": lesson.code,
        "used": lesson.case_id in used,
        "relevance": round(lesson.score, 4),
        "taught_by": case.example_id if case else "",
    }


def attempt_figures(attempt: Attempt) -> dict[str, Any]:
    """What was written, and what came of it."""
    return {
        "code": attempt.code,
        "passed": attempt.passed,
        "outcome": attempt.outcome,
        "verdict": attempt.diagnosis,
    }


def plan_figures(plan: Plan) -> list[dict[str, str]]:
    """The plan's steps with what the student was told of each hole."""
    return [{"purpose": step.purpose, "code": step.code} for step in open_steps(plan, grounded=False)]


def trace_figures(trace: Trace) -> dict[str, Any]:
    """The student's own attempt, then each turn: the plan, the attempt that followed, the diagnosis. No clock is in it."""
    return {
        "own": attempt_figures(trace.own),
        "turns": [
            {"plan": plan_figures(turn.plan), "notes": list(turn.plan.notes[-5:]), **attempt_figures(turn.attempt)}
            for turn in trace.turns
        ],
        "solved": trace.solved,
        "cause": trace.cause,
        "failure": trace.failure,
        "teacher_calls": trace.cost.teacher_calls,
        "teacher_tokens": trace.cost.teacher_tokens,
    }  # fmt: skip


def case_figures(case: Case, shown: str) -> dict[str, Any]:
    """What memory keeps of a success; `shown` is how it stands in a prompt."""
    lift = case.lift
    return {
        "status": case.status,
        "reason": case.reason,
        "lift": {"with": lift.with_lesson, "without": lift.without, "n": lift.n} if lift else None,
        "explanation": case.explanation,
        "code": case.code,
        "in_prompt": shown,
    }
