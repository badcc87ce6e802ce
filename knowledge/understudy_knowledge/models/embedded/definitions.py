"""House definitions: what several cases agree a word stands for. The part of general instructions a symbolic student reads."""

from collections import defaultdict
from collections.abc import Sequence

from attrs import frozen

from understudy_knowledge.memory.records import Case, Definition
from understudy_knowledge.memory.words import stems
from understudy_knowledge.models.embedded.plans import filled, parse_code
from understudy_knowledge.models.embedded.sketch import Piece, normal

_SUPPORT = 2
_PRECISION = 0.75


@frozen
class _Use:
    case: int
    words: frozenset[str]
    code: str


def define(cases: Sequence[Case]) -> tuple[Definition, ...]:
    """Metrics and conditions that at least two cases share, with the words all of these cases use for them.

    A word set is kept only if three of four questions that contain it really have the piece (association by precision, as
    in rule mining); otherwise the words mean something else too.
    """
    questions = [frozenset(stems(case.question)) for case in cases]
    uses: dict[tuple[str, str], list[_Use]] = defaultdict(list)
    for number, case in enumerate(cases):
        for step in case.plan.steps:
            code = filled(step, {}) if step.clause in {"metric", "condition"} else None
            if code is not None and (step.phrase or step.clause == "condition"):
                uses[(step.clause, normal(code))].append(
                    _Use(number, frozenset(step.phrase.split()), code.sql(dialect="sqlite"))
                )
    found = []
    for (kind, _), same in sorted(uses.items()):
        owners = {use.case for use in same}
        if len({cases[owner].family for owner in owners}) < _SUPPORT:
            continue
        words = frozenset.intersection(*(use.words for use in same)) or _majority(same)
        asked = [number for number, question in enumerate(questions) if words and words <= question]
        if not words or len(owners & set(asked)) < _PRECISION * len(asked):
            continue
        found.append(
            Definition(
                " ".join(sorted(words)),
                same[0].code,
                "metric" if kind == "metric" else "condition",
                len(owners),
            )
        )
    return tuple(found)


def _majority(uses: list[_Use]) -> frozenset[str]:
    """The word that most of the uses share, if at least two of three do."""
    counts: dict[str, int] = defaultdict(int)
    for use in uses:
        for word in use.words:
            counts[word] += 1
    best = max(sorted(counts), key=lambda word: counts[word], default="")
    return frozenset({best}) if best and 3 * counts[best] >= 2 * len(uses) else frozenset()


def defined(definitions: Sequence[Definition], content: frozenset[str]) -> list[Piece]:
    """The definitions whose words the question has, as pieces; of several metrics the one with the most words."""
    pieces = []
    for definition in definitions:
        words = frozenset(definition.phrase.split())
        code = parse_code(definition.code) if words <= content else None
        if code is not None:
            pieces.append(
                Piece(
                    "metric" if definition.kind == "metric" else "condition", code, words, origin="definition"
                )
            )
    return sorted(pieces, key=lambda piece: (-len(piece.words), piece.key))
