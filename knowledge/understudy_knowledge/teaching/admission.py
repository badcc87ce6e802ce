"""Admission: a case enters prompts only if it measurably helps this student, and harms none of its sibling examples."""

import re
from collections.abc import Mapping, Sequence

from attrs import evolve

from understudy_knowledge.memory.records import Case, Example, Lift
from understudy_knowledge.memory.skeleton import family_of
from understudy_knowledge.retrieval.nearest import nearest
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.teaching.candidates import lesson_of
from understudy_knowledge.teaching.fingerprints import fingerprint
from understudy_knowledge.teaching.together import together
from understudy_knowledge.teaching.workbench import Workbench

_LITERAL = re.compile(
    r"""--[^\n]*|/\*.*?\*/|"[^"]*"|'(?P<text>(?:[^']|'')*)'|\b(?P<number>\d+(?:\.\d+)?)\b""", re.DOTALL
)
_QUOTES = "'\"`\u2018\u2019\u201c\u201d"


def siblings_of(
    case: Case, examples: Sequence[Example], queries: Sequence[RetrievalQuery], count: int
) -> list[Example]:
    """The nearest examples that the case was not made from and that are not of its own family."""
    found = nearest(RetrievalQuery(case.masked_question), queries, len(queries))
    ranked = [examples[i] for i, _ in found]
    others = [
        example for example in ranked if example.id != case.example_id and family_of(example) != case.family
    ]
    return others[:count]


async def admit(
    case: Case,
    siblings: Sequence[Example],
    own: Mapping[str, bool],
    bench: Workbench,
    taught: Example | None = None,
) -> Case:
    """The case with its lift measured and its status decided by it. `own` says what the student passes without any lesson.

    What gains more siblings than it loses is admitted, what loses more is quarantined. Siblings that it changes nothing on are
    no evidence either way, and most are of that kind: then the example that it was `taught` by decides, which the student
    fails alone and must pass with it. A student that samples is tried several times, alone too, and the means count. Without that example, as with a pack's case, nothing is taken on trust.
    """
    case = evolve(case, measured=fingerprint(case.lineage, bench.catalog, bench.student.name))
    lesson, samples = lesson_of(case), bench.samples

    async def trial(sibling: Example) -> tuple[int, int]:
        alone = int(own.get(sibling.id, False)) if samples == 1 else await bench.passes(sibling)
        return await bench.passes(sibling, (lesson,)), alone

    trials = await together(bench.in_flight, siblings, trial)
    count = len(siblings)
    gained, lost = (
        sum(max(0, helped - alone) for helped, alone in trials) / samples,
        sum(max(0, alone - helped) for helped, alone in trials) / samples,
    )
    if siblings:
        with_lesson, without = (sum(each) / (count * samples) for each in zip(*trials, strict=True))
        case = evolve(case, lift=Lift(with_lesson, without, count))
    if gained > lost:
        reason = f"it solves {_said(gained)} of {count} siblings more and loses {_said(lost)}"
        return evolve(case, status="admitted", reason=reason)
    if lost > gained:
        reason = f"it harms: {_said(lost)} of {count} siblings pass only without it"
        return evolve(case, status="quarantined", reason=reason)
    if not lost and taught is not None and 2 * await bench.passes(taught, (lesson,)) > samples:
        reason = f"it solves the example that taught it and harms none of {count} siblings"
        return evolve(case, status="admitted", reason=reason)
    if not siblings:
        return evolve(case, status="refused", reason="there is no sibling example to measure it on")
    return evolve(case, status="refused", reason=f"no lift: it changes nothing on {count} siblings")


def _said(siblings: float) -> str:
    """In words: whole siblings, or parts of them where each was tried several times."""
    return f"{round(siblings, 2):g}"


def leaks(shared: str, evaluated: Sequence[str], known: Sequence[str]) -> frozenset[str]:
    """Literals of evaluation gold code that stand in shared text and in none of the code the text was made from."""
    return standing_in(shared, telling(evaluated, known))


def telling(evaluated: Sequence[str], known: Sequence[str]) -> frozenset[str]:
    """Literals that only evaluation gold code has: what would give it away."""
    taught = frozenset(literal for code in known for literal in literals(code))
    return frozenset(literal for code in evaluated for literal in literals(code)) - taught


def standing_in(shared: str, telling: frozenset[str]) -> frozenset[str]:
    """Those that stand in shared text."""
    return frozenset(literal for literal in telling if _stands_in(shared, literal))


def _stands_in(shared: str, literal: str) -> bool:
    """Whether prose or code says the literal; a plain word only counts where it is quoted."""
    for spelled in {literal, literal.replace("''", "'")}:
        word = re.escape(spelled)
        if spelled.isalpha() and spelled.islower():
            word = f"[{_QUOTES}]{word}[{_QUOTES}]"
        if re.search(rf"(?<![\w.]){word}(?!\w|\.\d)", shared):
            return True
    return False


def literals(code: str) -> frozenset[str]:
    """Strings and numbers of at least two characters; shorter ones say nothing about where they came from."""
    found = (match["text"] or match["number"] or "" for match in _LITERAL.finditer(code))
    return frozenset(literal for literal in found if len(literal) > 1)
