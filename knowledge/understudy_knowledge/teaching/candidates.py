"""A solved trace as a candidate case: everything memory keeps of it, before admission has measured it."""

import hashlib
from datetime import datetime, timezone
from typing import Any

from attrs import evolve

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.lineage import lineage
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.records import Case, Example, Lesson, Plan, Step
from understudy_knowledge.memory.skeleton import family_of, skeleton
from understudy_knowledge.memory.wording import in_words
from understudy_knowledge.memory.words import said
from understudy_knowledge.models.embedded.sketch import parse
from understudy_knowledge.teaching.records import Trace


def candidate(example: Example, trace: Trace, student: str, catalog: Catalog) -> Case:
    """The case of a solved trace, refused until admission says otherwise. Its id is stable for example and student."""
    assert trace.plan is not None, "only solved traces become cases"
    code = trace.turns[-1].attempt.code
    return Case(
        id=hashlib.sha256(f"{example.id}\0{student}".encode()).hexdigest()[:12],
        example_id=example.id,
        question=example.question,
        masked_question=mask_values(example.question, catalog),
        plan=trace.plan,
        code=code,
        skeleton=skeleton(code, example.dialect),
        family=family_of(example),
        lineage=lineage(code, catalog, example.dialect),
        explanation=explain(trace.plan),
        origin=example.origin,
        status="refused",
        reason="not measured yet",
        cost=trace.cost,
        student=student,
        catalog_version=catalog.version,
        language=example.language,
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )


def carried_over(case: Case, before: Case | None) -> Case:
    """A case made anew with what people did to the one before it: their words stay, and that they accepted it counts."""
    if before is None:
        return case
    kept: dict[str, Any] = {
        name: getattr(before, name) for name in before.edited if name in ("question", "explanation")
    }
    if "question" in kept:
        kept["masked_question"] = before.masked_question
    if "notes" in before.edited:
        kept["plan"] = evolve(case.plan, notes=before.plan.notes)
    return evolve(case, accepted=before.accepted, edited=before.edited, **kept)


def explain(plan: Plan) -> str:
    """What the student could not know by itself, in words: the steps that had to be fixed and are not mere order."""
    found = [line for step in plan.steps if (line := _fixed(step, plan.question))]
    if not found:
        return "The student finds every part by itself once the plan gives the order of the steps."
    return "In this project " + "; ".join(found) + "."


def _fixed(step: Step, question: str) -> str:
    code = ", ".join(hole.pinned for hole in step.holes if hole.pinned)
    phrase = said(question, step.phrase.split())
    if not code or step.clause in {"from", "order", "limit", "with"}:
        return ""
    if step.clause == "whole":
        return f"the answer is {code}"
    if step.clause in {"condition", "having"}:
        tree = parse(code, "sqlite")
        counted = f"counts only where {in_words(tree) if tree is not None else code}"
        return f"“{phrase}” {counted}" if phrase else f"a row {counted}"
    return f"“{phrase}” is {code}" if phrase else f"the answer shows {code}"


def lesson_of(case: Case, score: float = 1.0) -> Lesson:
    """The case as a prompt gets it."""
    return Lesson(
        case.id,
        case.question,
        case.plan,
        case.explanation,
        case.code,
        score,
        case.lift.value if case.lift else 0.0,
        case.lineage,
    )
