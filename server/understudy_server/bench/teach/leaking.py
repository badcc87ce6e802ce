"""Whether what was learned gives away a tested item: a literal that only tested gold code has, in text that enters prompts."""

import re
from collections.abc import Sequence

from attrs import evolve, frozen

from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.memory.records import Case, GeneralInstructions
from understudy_knowledge.teaching.admission import standing_in, telling
from understudy_server.bench.teach.learning import Learned

_COMPARED = re.compile(r"""([=<>]\s*|\blike\s+|\bin\s*\(\s*)"([^"]*)\"""", re.IGNORECASE)


@frozen
class Guarded:
    """What was learned without what leaks. `found` says what leaked, one sentence each; `checked` counts the texts."""

    learned: Learned
    found: tuple[str, ...]
    checked: int


def guarded(learned: Learned, taught: Sequence[Item], tested: Sequence[Item]) -> Guarded:
    """Leave out every lesson and every instruction that holds a literal of tested gold code and of no taught item."""
    gold = [_quoted_as_text(item.example.gold) for item in tested]
    known = [_quoted_as_text(text) for item in taught for text in (item.example.gold, item.example.question)]
    # Once for all texts: to read all gold code anew for each of ten thousand lessons would take hours.
    secret = telling(gold, known)
    found: list[str] = []
    cases = []
    for case in learned.cases:
        if leaked := _leaked(_said(case), secret, known):
            found.append(_sentence(f"the lesson of {case.example_id}", leaked))
        else:
            cases.append(case)
    general = {}
    for database, instructions in learned.general.items():
        leaked = _leaked(instructions.text, secret, known)
        if leaked:
            found.append(_sentence(f"the general instructions for {database}", leaked))
        general[database] = GeneralInstructions() if leaked else instructions
    nodes = {}
    for database, said in learned.nodes.items():
        leaking = {node.path: leaked for node in said if (leaked := _leaked(node.text, secret, known))}
        found += [
            _sentence(f"the instruction {' / '.join(path)} for {database}", leaked)
            for path, leaked in leaking.items()
        ]
        nodes[database] = tuple(node for node in said if node.path not in leaking)
    checked = len(learned.cases) + len(learned.general) + sum(map(len, learned.nodes.values()))
    kept = evolve(learned, cases=tuple(cases), general=general, nodes=nodes)
    return Guarded(kept, tuple(found), checked)


def _leaked(text: str, secret: frozenset[str], known: Sequence[str]) -> frozenset[str]:
    """Without texts that stand in what is taught, be it inside a longer one or in a question's words."""
    return frozenset(
        literal
        for literal in standing_in(text, secret)
        if literal[0].isdigit() or not any(literal in each for each in known)
    )


def _quoted_as_text(code: str) -> str:
    """SQLite reads "Bob" as text where no such column exists; after a comparison it nearly always is."""
    return _COMPARED.sub(r"\1'\2'", code)


def _said(case: Case) -> str:
    """All of a case that a prompt may show."""
    steps = [text for step in case.plan.steps for text in (step.purpose, step.code, step.phrase)]
    pinned = [hole.pinned or "" for hole in case.plan.holes]
    return "\n".join((case.question, case.explanation, *case.plan.notes, *steps, *pinned))


def _sentence(what: str, leaked: frozenset[str]) -> str:
    return f"{what} holds {', '.join(map(repr, sorted(leaked)))}, which only tested gold code has; it is left out"
