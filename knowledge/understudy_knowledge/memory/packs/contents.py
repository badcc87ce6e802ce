"""What a pack holds, and its schema: every key known, every value of its very type, every text and list bounded."""

import hashlib
import json
from collections.abc import Callable
from typing import Any, get_args

import cattrs
from attrs import frozen
from cattrs import Converter
from cattrs.errors import BaseValidationError

from understudy_knowledge.errors import KnowledgePackError
from understudy_knowledge.memory.records import Case, Language, Lift, Origin, Plan

MOST_CASES = 10_000
_MOST_ITEMS = 10_000
_LONGEST_TEXT = 20_000
_LONGEST_QUESTION = 2_000
_MOST_STEPS = 60
_MOST_HOLES = 300
"""Of a plan. What is read of a case is read again for each question that it is tried on, so that a huge one is a denial of service."""


@frozen
class PackedCase:
    """A case as it travels: what cannot be found out anew where it arrives. All the rest is."""

    question: str
    plan: Plan
    code: str
    explanation: str
    origin: Origin
    student: str
    created: str
    language: Language = "sql"
    lift: Lift | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of all it says."""
        text = json.dumps(_CONVERTER.unstructure(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@frozen
class Pack:
    """The contents of one file. `catalog_version` is of the schema that the cases were made on."""

    cases: tuple[PackedCase, ...]
    created: str
    catalog_version: str = ""


def pack_case(case: Case) -> PackedCase:
    """The case as it travels."""
    return PackedCase(
        case.question,
        case.plan,
        case.code,
        case.explanation,
        case.origin,
        case.student,
        case.created,
        case.language,
        case.lift,
    )


def to_bytes(pack: Pack) -> bytes:
    """The pack as JSON, the same bytes for the same pack."""
    text = json.dumps(_CONVERTER.unstructure(pack), ensure_ascii=True, sort_keys=True, indent=1)
    return text.encode() + b"\n"


def check_schema(document: Any) -> Pack:
    """The document as a pack. Raises KnowledgePackError where it is anything but one, to the last key."""
    try:
        pack = _CONVERTER.structure(document, Pack)
    except (BaseValidationError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise KnowledgePackError(f"its contents are not those of a pack: {_first(error)}") from error
    if len(pack.cases) > MOST_CASES:
        raise KnowledgePackError(f"it holds more than {MOST_CASES} cases")
    for case in pack.cases:
        if (
            len(case.question) > _LONGEST_QUESTION
            or len(case.plan.steps) > _MOST_STEPS
            or len(case.plan.holes) > _MOST_HOLES
        ):
            raise KnowledgePackError("the question or the plan of one of its cases is longer than any")
        if case.lift is not None and not (
            0 <= case.lift.with_lesson <= 1 and 0 <= case.lift.without <= 1 and case.lift.n >= 0
        ):
            raise KnowledgePackError("the lift of one of its cases is none")
    return pack


def _first(error: BaseException) -> str:
    """What is wrong in the first place where something is, and where that is."""
    return (
        ascii(cattrs.transform_error(error)[0])[:200]
        if isinstance(error, BaseValidationError)
        else "it is no object"
    )


def _converter() -> Converter:
    """Takes nothing for what it is not: cattrs by itself would make text of numbers, and lists of texts."""
    converter = Converter(forbid_extra_keys=True)
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _exactly(kind))
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook_factory(_is_list, lambda of: _list_of(converter, get_args(of)[0]))
    return converter


def _exactly(kind: type) -> Callable[[Any, Any], Any]:
    def structure(value: Any, _: Any) -> Any:
        if type(value) is not kind or (isinstance(value, str) and len(value) > _LONGEST_TEXT):
            raise ValueError(f"no {kind.__name__} as packs hold them")
        return value

    return structure


def _number(value: Any, _: Any) -> float:
    if type(value) not in (int, float):
        raise ValueError("no number")
    return float(value)


def _is_list(of: Any) -> bool:
    return getattr(of, "__origin__", None) is tuple


def _list_of(converter: Converter, item: Any) -> Callable[[Any, Any], tuple[Any, ...]]:
    def structure(value: Any, _: Any) -> tuple[Any, ...]:
        if type(value) is not list or len(value) > _MOST_ITEMS:
            raise ValueError("no list as packs hold them")
        return tuple(converter.structure(each, item) for each in value)

    return structure


_CONVERTER = _converter()
