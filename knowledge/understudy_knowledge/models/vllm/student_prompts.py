"""From a request to the text a student reads: each part gets its share of the prompt, and what changes least stands first.

General instructions, schema, lessons, file context, question, prefix: from one keystroke to the next only the prefix is
another one, so the server has all before it in its prefix cache, and here it is rendered once.
"""

from collections.abc import Callable
from typing import Any

from attrs import frozen

from understudy_knowledge.models.roles import StudentRequest
from understudy_knowledge.models.vllm.cuts import beginning, ending
from understudy_knowledge.models.vllm.fim import defuse_controls
from understudy_knowledge.models.vllm.prompts import (
    LessonText,
    StepText,
    comment,
    environment,
    lesson_text,
    open_steps,
)
from understudy_knowledge.models.vllm.redaction import redact
from understudy_knowledge.models.vllm.schema_text import SchemaText
from understudy_knowledge.models.vllm.token_counts import TokenCounts

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
_HEADS = 8
_ROUNDS = 3
_OPEN_KEY = "PRIVATE KEY-----"


@frozen
class PlanText:
    """A plan to carry out, as a prompt shows it."""

    steps: tuple[StepText, ...]
    notes: tuple[str, ...]


@frozen
class _Head:
    """The part of a prompt that stands before the code at the cursor, and what it was made of."""

    made_of: tuple[object, ...]
    text: str


class StudentPrompts:
    """Lays out prompts of at most `budget` tokens. What it hands out holds no secret, and no mark but a template's own."""

    def __init__(self, counts: TokenCounts | None = None) -> None:
        self.counts = counts or TokenCounts()
        self._schema = SchemaText()
        self._schema_scale = 1.0
        self._heads: list[_Head] = []

    def head(self, request: StudentRequest, budget: int) -> str:
        """The comments and code that stand before the prefix when the student fills in or continues."""
        return self._remembered("student_fill.jinja", request, budget)

    def message(self, request: StudentRequest, budget: int) -> str:
        """The message a conversing student gets."""
        head = self._remembered("student_chat.jinja", request, budget)
        cursor = {"prefix": self.prefix(request, budget), "suffix": self.suffix(request, budget)}
        return head + environment().get_template("student_chat_cursor.jinja").render(cursor)

    def prefix(self, request: StudentRequest, budget: int) -> str:
        """The text before the cursor; of a very long statement its end."""
        text = ending(request.prefix, int(budget * _SHARES["prefix"]), self.counts, grows=True)
        if _OPEN_KEY in request.file_context and not redact(f"{request.file_context}\n{text}").endswith(text):
            return ""  # a key begins in the file above, and what is typed here may be the rest of it
        return _safe(text)

    def suffix(self, request: StudentRequest, budget: int) -> str:
        """The text after the cursor; of a very long one its beginning."""
        return _safe(beginning(request.suffix, int(budget * _SHARES["suffix"]), self.counts))

    def _remembered(self, template: str, request: StudentRequest, budget: int) -> str:
        made_of = (
            template,
            budget,
            self.counts.version,
            request.question,
            request.evidence,
            request.dialect,
            request.language,
            request.file_context,
            request.general.text,
            tuple(relation.table or relation.name for relation in request.relations),
            request.lessons,
            request.plan,
            # Last: only where all else is the same are two catalogs compared, and then they are one.
            request.catalog,
        )
        for head in self._heads:
            if head.made_of == made_of:
                return head.text
        parts = self._parts(request, budget)
        text = _safe(environment().get_template(template).render(parts).lstrip("\n"))
        self._heads = [_Head(made_of, text), *self._heads[: _HEADS - 1]]
        return text

    def _parts(self, request: StudentRequest, budget: int) -> dict[str, Any]:
        share = {name: int(budget * part) for name, part in _SHARES.items()}
        mark = "-- " if request.language == "sql" else "# "
        plan = request.plan
        return {
            "language": request.language,
            "dialect": request.dialect,
            "mark": mark,
            "general": beginning(request.general.text.strip(), share["general"], self.counts),
            "schema": self._schema_text(request, share["schema"], mark),
            "lessons": self._lesson_texts(request, share["lessons"]),
            "plan": plan and PlanText(open_steps(plan, grounded=False), plan.notes[-5:]),
            "file_context": ending(request.file_context.strip("\n"), share["above"], self.counts),
            "question": beginning(request.question.strip(), share["question"], self.counts),
            "evidence": beginning(request.evidence.strip(), share["evidence"], self.counts),
        }

    def _schema_text(self, request: StudentRequest, share: int, mark: str) -> str:
        plans = (request.plan, *(lesson.plan for lesson in request.lessons))
        about = " ".join([request.question, request.evidence, *(plan.skeleton for plan in plans if plan)])
        visible = [relation.table or relation.name for relation in request.relations]
        render: Callable[[], str] = lambda: self._schema.render(  # noqa: E731 - the same call twice
            request.catalog,
            about=about,
            visible=visible,
            budget=int(share * self._schema_scale),
            steady=request.purpose == "ghost",
        )
        text = render()
        for _ in range(_ROUNDS):
            taken = self.counts.of(comment(text, mark))
            if taken <= share:
                break
            # The tables' own estimates were too low for this tokenizer.
            self._schema_scale *= 0.95 * share / taken
            text = render()
        return text

    def _lesson_texts(self, request: StudentRequest, budget: int) -> list[LessonText]:
        texts = []
        for lesson in request.lessons:
            text = lesson_text(lesson, request.catalog)
            steps = "\n".join(f"{step.purpose}: {step.code}" for step in text.steps)
            budget -= self.counts.of(f"{text.question}\n{steps}\n{text.explanation}")
            if budget < 0:
                break
            texts.append(text)
        return texts


def _safe(text: str) -> str:
    """Repository text as a prompt may hold it: without secrets, and without marks that only the template may write."""
    return defuse_controls(redact(text))
