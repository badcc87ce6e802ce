"""What the knowledge tree's inner nodes say: distilled from the cases below, kept where held-out questions of the node gain."""

from collections.abc import Sequence

from attrs import evolve, frozen

from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.records import (
    Case,
    CaseStatus,
    Example,
    GeneralInstructions,
    Lift,
    Lineage,
    NodeInstruction,
)
from understudy_knowledge.memory.rules import rules_of, without
from understudy_knowledge.memory.skeleton import family_of
from understudy_knowledge.memory.tree import Node, build, descend, typical_words
from understudy_knowledge.models.roles import Teacher
from understudy_knowledge.retrieval.descent import lesson_of
from understudy_knowledge.teaching.distilling import FOLDS, fold_of
from understudy_knowledge.teaching.fingerprints import fingerprint
from understudy_knowledge.teaching.together import Begin, together, unheard
from understudy_knowledge.teaching.workbench import Workbench

_FEWEST = 3
"""Cases that a node needs to say something that its cases do not say themselves."""
MOST_NODES = 12
"""The teacher is asked for a node once, and once more for each fold that a held-out question of it is in."""
_LONGEST = 900
"""Characters of an instruction: about 300 tokens."""
_Trial = tuple[tuple[str, ...], bool, bool]
"""Of one question: the node it belongs to, whether it passes with what the node says, and whether without."""


@frozen
class Shared:
    """What instructions of a node are measured beside: the general ones, as this run keeps them; and what nobody wants to see again."""

    general: GeneralInstructions
    forgotten: frozenset[str] = frozenset()


@frozen
class Instructions:
    """What all inner nodes say that are large enough to say something."""

    nodes: tuple[NodeInstruction, ...] = ()


async def instruct_nodes(
    teacher: Teacher,
    cases: Sequence[Case],
    examples: Sequence[Example],
    shared: Shared,
    bench: Workbench,
    begin: Begin = unheard,
) -> Instructions:
    """An instruction for each inner node that is large enough, with its status decided by its lift on held-out questions.

    As for the general instructions, a question is tried with what was distilled without its fold of families, and goes to
    the node that retrieval would take it to. Raises BudgetSpentError, BackendError.
    """
    nodes = _speaking(build(cases))
    if not nodes:
        return Instructions()
    paths = {node.path for node in nodes}
    done = begin(len(examples))

    async def trials_in(fold: int) -> list[_Trial | None]:
        tried = [example for example in examples if fold_of(family_of(example)) == fold]
        if not tried:
            return []
        others = [case for case in cases if fold_of(case.family) != fold]
        general = await _general(teacher, others, shared, bench)
        known = [node for node in build(others).walk() if node.path in paths]
        made = [each for each in await together(bench.in_flight, known, distilled) if each.text]
        return await together(bench.in_flight, tried, lambda example: trial(example, general, made), done)

    async def trial(
        example: Example, general: GeneralInstructions, made: Sequence[NodeInstruction]
    ) -> _Trial | None:
        found = descend(mask_values(example.question, bench.catalog), "", (), made)
        if found is None:
            return None
        alone = await bench.attempt(example, general=general)
        helped = await bench.attempt(example, general=general, lessons=(lesson_of(found),))
        return found.path, helped.passed, alone.passed

    async def distilled(node: Node) -> NodeInstruction:
        return await _distilled(teacher, node, shared, bench)

    folds = await together(bench.in_flight, range(FOLDS), trials_in)
    trials = [each for fold in folds for each in fold if each is not None]
    decided = [
        _decided(made, [(helped, alone) for path, helped, alone in trials if path == made.path], bench)
        for made in await together(bench.in_flight, nodes, distilled)
    ]
    return Instructions(tuple(decided))


def _speaking(root: Node) -> list[Node]:
    """The nodes large enough, largest first, without those that hold what the one above holds."""
    found = []
    for node in root.walk():
        for child in node.children:
            families = {case.family for case in child.cases}
            if (
                len(families) >= _FEWEST
                and len(child.cases) < len(root.cases)
                and len(child.cases) < len(node.cases)
            ):
                found.append(child)
    return sorted(found, key=lambda node: -len(node.cases))[:MOST_NODES]


async def _general(
    teacher: Teacher, cases: Sequence[Case], shared: Shared, bench: Workbench
) -> GeneralInstructions:
    """The general instructions as they are without a fold; none where this run has none."""
    if not shared.general.text:
        return GeneralInstructions()
    made = (await teacher.instruct(cases, bench.catalog)).general
    return without(made, [rule for rule in rules_of(made) if rule.id in shared.forgotten])


async def _distilled(teacher: Teacher, node: Node, shared: Shared, bench: Workbench) -> NodeInstruction:
    """What the teacher makes of the node's cases, cut to its bound; not measured yet."""
    made = (await teacher.instruct(node.cases, bench.catalog)).general
    made = _bounded(without(made, [rule for rule in rules_of(made) if rule.id in shared.forgotten]))
    lineages = [case.lineage for case in node.cases]
    rules = rules_of(made)
    touched = [rule.lineage for rule in rules] if made.definitions else lineages
    return NodeInstruction(
        node.path,
        made.text,
        made.definitions,
        tuple(case.id for case in node.cases),
        typical_words([case.masked_question for case in node.cases]),
        Lineage(
            tuple(sorted({table for each in touched for table in each.tables})),
            tuple(sorted({column for each in touched for column in each.columns})),
        ),
        "refused",
        "not measured yet",
    )


def _bounded(general: GeneralInstructions) -> GeneralInstructions:
    """Whole lines only, and the definitions that they are the lines of."""
    text = general.text
    if len(text) > _LONGEST:
        text = text[: _LONGEST + 1].rpartition("\n")[0]
    lines = set(text.splitlines())
    definitions = tuple(
        rule.definition for rule in rules_of(general) if rule.definition and rule.text in lines
    )
    return evolve(general, text=text, definitions=definitions)


def _decided(node: NodeInstruction, trials: Sequence[tuple[bool, bool]], bench: Workbench) -> NodeInstruction:
    measured = fingerprint(node.lineage, bench.catalog, bench.student.name)
    if not node.text:
        return evolve(node, reason="its cases teach nothing together", measured=measured)
    if not trials:
        return evolve(node, reason="no held-out question belongs to it", measured=measured)
    count = len(trials)
    lift = Lift(sum(p for p, _ in trials) / count, sum(w for _, w in trials) / count, count)
    gained, lost = sum(p and not w for p, w in trials), sum(w and not p for p, w in trials)
    reason = f"it solves {gained} of {count} held-out questions more and loses {lost}"
    status: CaseStatus = "admitted" if lift.value > 0 else "quarantined" if lift.value < 0 else "refused"
    return evolve(node, status=status, reason=reason, lift=lift, measured=measured)
