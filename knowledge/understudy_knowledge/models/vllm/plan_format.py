"""The teacher's plan as JSON: the schema its answer must follow, and the strict way from there to a Plan."""

import json
import re
from typing import Any

from attrs import frozen

from understudy_knowledge.memory.records import Hole, HoleKind, Plan, Step

_CLAUSES = (
    "select",
    "from",
    "join",
    "on",
    "where",
    "group by",
    "having",
    "order by",
    "limit",
    "with",
    "other",
)
_KINDS: tuple[HoleKind, ...] = ("table", "column", "value", "expression")
_HOLE = re.compile(r":(h\d+)\b")


class UnusablePlanError(ValueError):
    """What is wrong with a plan, in words that the teacher can act on."""


@frozen
class PlanLimits:
    """How large a plan may be. The defaults suit any statement a person would write."""

    steps: int = 12
    holes: int = 8
    """Of one step."""
    notes: int = 3
    text: int = 600
    """Characters of one text."""


def plan_schema(limits: PlanLimits) -> dict[str, Any]:
    """The JSON schema of a plan. Everything is bounded, so that even a model that rambles comes to an end."""

    def text(shortest: int) -> dict[str, Any]:
        return {"type": "string", "minLength": shortest, "maxLength": limits.text}

    hole = _object(
        id={"type": "string", "enum": [f"h{number}" for number in range(1, limits.steps * limits.holes + 1)]},
        kind={"type": "string", "enum": list(_KINDS)},
        hint=text(0),
        phrase=text(0),
        pinned=text(0),
    )
    step = _object(
        purpose=text(1),
        clause={"type": "string", "enum": list(_CLAUSES)},
        code=text(1),
        holes={"type": "array", "items": hole, "maxItems": limits.holes},
    )
    return _object(
        steps={"type": "array", "items": step, "minItems": 1, "maxItems": limits.steps},
        skeleton=text(1),
        notes={"type": "array", "items": text(1), "maxItems": limits.notes},
    )


def parse_plan(answer: str, *, question: str, dialect: str, limits: PlanLimits) -> Plan:
    """The plan in a teacher's answer. Raises UnusablePlanError, whose text says what to mend."""
    try:
        parsed = json.loads(answer)
    except (ValueError, RecursionError):
        raise UnusablePlanError("it is not one JSON object") from None
    steps = _field(parsed, "steps", list, "the plan")
    if not 1 <= len(steps) <= limits.steps:
        raise UnusablePlanError(f"it has {len(steps)} steps, which must be 1 to {limits.steps}")
    skeleton = _text(parsed, "skeleton", "the plan", limits)
    declared: dict[str, Hole] = {}
    for number, step in enumerate(steps, 1):
        for entry in _field(step, "holes", list, f"step {number}")[: limits.holes]:
            hole = _hole(entry, f"a hole of step {number}", limits)
            if declared.setdefault(hole.id, hole).kind != hole.kind:
                raise UnusablePlanError(f"hole {hole.id} is of two kinds; give each its own number")
    plan = Plan(
        question=question,
        steps=tuple(_step(step, number, declared, limits) for number, step in enumerate(steps, 1)),
        skeleton=skeleton,
        dialect=dialect,
        notes=_notes(parsed, limits),
    )
    _check_holes(skeleton, declared, "the skeleton")
    return plan


def _notes(parsed: Any, limits: PlanLimits) -> tuple[str, ...]:
    # They are advice, not structure: a plan without any is as good.
    notes = parsed.get("notes")
    if not isinstance(notes, list):
        return ()
    texts = (note.strip() for note in notes[: limits.notes] if isinstance(note, str))
    return tuple(text[: limits.text].encode("utf-8", "replace").decode() for text in texts if text)


def _step(step: Any, number: int, declared: dict[str, Hole], limits: PlanLimits) -> Step:
    where = f"step {number}"
    clause = _text(step, "clause", where, limits)
    if clause not in _CLAUSES:
        raise UnusablePlanError(
            f"the clause of {where} is {clause[:40]!r}, which must be one of {', '.join(_CLAUSES)}"
        )
    code = _text(step, "code", where, limits)
    used = _check_holes(code, declared, where)
    # A hole that no code mentions says nothing, so it is left out.
    return Step(_text(step, "purpose", where, limits), code, clause, tuple(declared[hole] for hole in used))


def _check_holes(code: str, declared: dict[str, Hole], where: str) -> tuple[str, ...]:
    used = tuple(dict.fromkeys(_HOLE.findall(code)))
    missing = [hole for hole in used if hole not in declared]
    if missing:
        raise UnusablePlanError(f"{where} uses :{missing[0]}, which no step declares among its holes")
    return used


def _hole(entry: Any, where: str, limits: PlanLimits) -> Hole:
    name = _text(entry, "id", where, limits)
    kind = _text(entry, "kind", where, limits)
    if not re.fullmatch(r"h\d+", name):
        raise UnusablePlanError(f"{where} has the id {name[:40]!r}, which must look like h1")
    known = next((known for known in _KINDS if known == kind), None)
    if known is None:
        raise UnusablePlanError(
            f"the kind of hole {name} is {kind[:40]!r}, which must be one of {', '.join(_KINDS)}"
        )
    return Hole(
        id=name,
        kind=known,
        hint=_text(entry, "hint", where, limits, shortest=0),
        phrase=_text(entry, "phrase", where, limits, shortest=0),
        pinned=_text(entry, "pinned", where, limits, shortest=0) or None,
    )


def _field(entry: Any, name: str, kind: type[Any], where: str) -> Any:
    value = entry.get(name) if isinstance(entry, dict) else None
    if not isinstance(value, kind):
        raise UnusablePlanError(f'{where} lacks "{name}" or has it as something else')
    return value


def _text(entry: Any, name: str, where: str, limits: PlanLimits, *, shortest: int = 1) -> str:
    text = _field(entry, name, str, where).encode("utf-8", "replace").decode()
    if not shortest <= len(text.strip()) or len(text) > limits.text:
        raise UnusablePlanError(
            f'"{name}" of {where} has {len(text)} characters, which must be {shortest} to {limits.text}'
        )
    return str(text)


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
