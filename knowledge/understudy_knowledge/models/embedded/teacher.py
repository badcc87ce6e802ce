"""The symbolic teacher: derives a functional plan from gold code and makes it plainer where an attempt fails. No model.

After the teacher of "Agents Help Agents": abstraction lifting gives a coarse plan, each failure makes the steps that were
wrong more explicit, first by splitting them, then by pinning them.
"""

import time
from collections.abc import Sequence

from attrs import evolve
from sqlglot import exp

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import (
    Case,
    Example,
    GeneralInstructions,
    Hole,
    Plan,
    Step,
)
from understudy_knowledge.memory.rules import sentence
from understudy_knowledge.memory.wording import in_words, order_in_words, tables_in_words
from understudy_knowledge.memory.words import said
from understudy_knowledge.models.embedded.align import align
from understudy_knowledge.models.embedded.definitions import define
from understudy_knowledge.models.embedded.plans import (
    StepPiece,
    match,
    open_holes,
    parse_piece,
    purpose,
    skeleton_of,
    step_pieces,
)
from understudy_knowledge.models.embedded.program_plans import program_plan
from understudy_knowledge.models.embedded.reading import read
from understudy_knowledge.models.embedded.shapes import shape_of
from understudy_knowledge.models.embedded.sketch import decompose, normal
from understudy_knowledge.models.roles import Failure, Instructions, TeacherAnswer, TeacherRequest
from understudy_knowledge.models.usage import Usage

_MOST_DEFINITIONS = 40
_PATIENCE = 2
"""After how many refinements the next one fixes all that is still open: a plan must succeed within a few turns."""


class EmbeddedTeacher:
    """Fills the role Teacher from the gold code's syntax tree. Deterministic; costs no tokens."""

    name = "embedded-teacher-2"
    """The number changes with the rules below: answers that are kept under another name are not used again."""

    async def plan(self, request: TeacherRequest) -> TeacherAnswer:
        """A first plan with open holes, or the last failed one with its wrong steps split or pinned."""
        started = time.perf_counter()
        if request.example.language == "python":
            plan = program_plan(request.example, request.catalog, len(request.failures))
        elif request.failures:
            plan = _refine(request.example, request.catalog, request.failures[-1])
        else:
            plan = first_plan(request.example, request.catalog)
        return TeacherAnswer(plan, self.name, seconds=time.perf_counter() - started)

    async def identify(self) -> str:
        """The name."""
        return self.name

    def conclude(self, example: Example, plan: Plan, code: str, catalog: Catalog) -> Plan:
        """The plan with each open hole filled as in `code`; unchanged where code and plan are not of one shape."""
        if example.language == "python":
            return plan
        plan = evolve(plan, shape=shape_of(example.gold, read(example.question, catalog), example.dialect))
        sketch = decompose(code, catalog, example.dialect)
        pieces = list(step_pieces(sketch)) if sketch is not None else []
        if [piece.clause for piece in pieces] != [step.clause for step in plan.steps]:
            return plan
        return evolve(
            plan, steps=tuple(_concluded(step, piece) for step, piece in zip(plan.steps, pieces, strict=True))
        )

    async def instruct(self, cases: Sequence[Case], catalog: Catalog) -> Instructions:
        """The definitions that several cases agree on, as text and as structure."""
        definitions = define(cases, catalog)
        best = sorted(definitions, key=lambda item: (-item.support, item.phrase))[:_MOST_DEFINITIONS]
        lines = [sentence(item) for item in best]
        text = (
            "House definitions, each agreed on by several of this project's queries:\n" + "\n".join(lines)
            if lines
            else ""
        )
        return Instructions(GeneralInstructions(text=text, definitions=definitions))

    async def at_most(self) -> Usage:
        """Nothing: no model is asked."""
        return Usage()

    async def close(self) -> None:
        """Nothing to give back."""


def gold_pieces(example: Example, catalog: Catalog) -> list[StepPiece] | None:
    """The gold code in steps, each with the words that ask for it; None where it is no plain SELECT."""
    sketch = decompose(example.gold, catalog, example.dialect)
    if sketch is None:
        return None
    pieces = step_pieces(align(read(example.question, catalog), sketch))
    return [evolve(piece, said=said(example.question, piece.words)) for piece in pieces]


def first_plan(example: Example, catalog: Catalog) -> Plan:
    """Ordered steps with a hole for every name and value; where the gold code is no plain SELECT, one whole step."""
    pieces = gold_pieces(example, catalog)
    if pieces is None:
        return _whole(example)
    steps: list[Step] = []
    number = 1
    for piece in pieces:
        step = _open_step(piece, catalog, number, coarse=True)
        number += max(1, len(step.holes))
        steps.append(step)
    return _with_skeleton(Plan(example.question, tuple(steps), "", example.dialect))


def _open_step(piece: StepPiece, catalog: Catalog, number: int, *, coarse: bool) -> Step:
    phrase = " ".join(sorted(piece.words))
    if piece.clause == "with":
        return Step(purpose("with", "a common table"), _text(piece), "with", phrase=phrase)
    if piece.clause == "from":
        hole = Hole(f"h{number}", "expression", "the tables and how they join", "")
        return Step(purpose("from", ""), f":{hole.id}", "from", (hole,))
    if piece.clause in {"limit", "distinct", "group"}:
        return Step(purpose(piece.clause, _text(piece)), _text(piece), piece.clause, phrase=phrase)
    if piece.clause == "order":
        hole = Hole(f"h{number}", "expression", "what the answer is sorted by", phrase)
        return Step(purpose("order", piece.said), f":{hole.id}", "order", (hole,), phrase)
    code, holes = open_holes(piece.code, catalog, number, phrase, coarse=coarse)
    return Step(purpose(piece.clause, piece.said), code.sql(dialect="sqlite"), piece.clause, holes, phrase)


def _text(piece: StepPiece) -> str:
    if piece.clause == "with":
        tree = exp.select("1")
        tree.set("with_", piece.code.copy())
        return tree.sql(dialect="sqlite")
    return piece.code.sql(dialect="sqlite")


def _whole(example: Example) -> Plan:
    hole = Hole("h1", "expression", "a statement with inner queries", example.question, pinned=None)
    step = Step(purpose("whole", ""), ":h1", "whole", (hole,), "")
    return Plan(example.question, (step,), ":h1", example.dialect)


def _concluded(step: Step, piece: StepPiece) -> Step:
    template = parse_piece(step)
    values = match(template, piece.code) if template is not None else None
    if values is None:
        return step
    filled = (
        evolve(h, filled=_code(values[h.id])) if h.pinned is None and h.id in values else h
        for h in step.holes
    )
    return evolve(step, holes=tuple(filled), purpose=_told(piece) or step.purpose)


def _told(piece: StepPiece) -> str:
    """What a step that succeeded is for, with what was found: an open plan must not say it. Empty where its words say enough."""
    if piece.clause == "from":
        return purpose("from", tables_in_words(piece.code))
    if piece.clause in {"condition", "having"}:
        return purpose(piece.clause, in_words(piece.code))
    return purpose("order", order_in_words(piece.code)) if piece.clause == "order" else ""


def _code(code: exp.Expr) -> str:
    return code.sql(dialect="sqlite")


def _with_skeleton(plan: Plan) -> Plan:
    return evolve(plan, skeleton=skeleton_of(plan))


def _refine(example: Example, catalog: Catalog, failure: Failure) -> Plan:
    """The failed plan with its wrong steps split, or pinned where they cannot be split any more."""
    pieces = gold_pieces(example, catalog)
    plan = failure.plan
    if pieces is None or len(pieces) != len(plan.steps):
        return _pinned_whole(example, plan)
    attempt = decompose(failure.code, catalog, example.dialect)
    written = {(piece.clause, normal(piece.code)) for piece in step_pieces(attempt)} if attempt else set()
    steps = list(plan.steps)
    open_steps = [i for i, step in enumerate(steps) if any(hole.pinned is None for hole in step.holes)]
    if not open_steps:
        return _pinned_whole(example, plan)
    number = 1 + max(int(hole.id[1:]) for hole in plan.holes)
    if len(plan.notes) >= _PATIENCE:
        pinned = {at: _pinned_step(steps[at], pieces[at], number + n) for n, at in enumerate(open_steps)}
        note = f"Nothing was left open after {len(plan.notes) + 1} failed attempts."
        fixed = tuple(pinned.get(at, step) for at, step in enumerate(steps))
        return _with_skeleton(evolve(plan, steps=fixed, notes=(*plan.notes, note)))
    wrong = [i for i in open_steps if (pieces[i].clause, normal(pieces[i].code)) not in written] or open_steps
    if len(wrong) > 1 and steps[wrong[0]].clause == "from":
        wrong = wrong[
            1:
        ]  # joins follow from what the other steps need: see whether they come right by themselves
    for at in wrong:
        steps[at] = _plainer(steps[at], pieces[at], catalog, number)
        number += max(1, len(steps[at].holes))
    note = f"Made plainer after a failed attempt: step {', '.join(str(at + 1) for at in wrong)}."
    return _with_skeleton(evolve(plan, steps=tuple(steps), notes=(*plan.notes, note)))


def _plainer(step: Step, piece: StepPiece, catalog: Catalog, number: int) -> Step:
    """The step split into its parts where it was one hole, else pinned."""
    if step.holes[0].kind == "expression" and piece.clause in {"metric", "condition", "having"}:
        split = _open_step(piece, catalog, number, coarse=False)
        if len(split.holes) > 1:
            return split
    return _pinned_step(step, piece, number)


def _pinned_step(step: Step, piece: StepPiece, number: int) -> Step:
    """The step with the gold code fixed in it."""
    hole = Hole(f"h{number}", "expression", "fixed by the teacher", step.phrase, pinned=_text(piece))
    return Step(purpose(step.clause, piece.said), f":{hole.id}", step.clause, (hole,), step.phrase)


def _pinned_whole(example: Example, plan: Plan) -> Plan:
    hole = Hole("h1", "expression", "fixed by the teacher", "", pinned=example.gold)
    step = Step(purpose("whole", ""), ":h1", "whole", (hole,), "")
    return Plan(
        example.question,
        (step,),
        ":h1",
        example.dialect,
        (*plan.notes, "The whole statement had to be given."),
    )
