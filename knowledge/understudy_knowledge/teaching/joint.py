"""What all cases of a run come to together: pruned, those of earlier runs measured again, and instructions made of them."""

import hashlib
from collections.abc import Mapping, Sequence, Set
from functools import partial

from attrs import evolve, frozen

from understudy_knowledge.evaluation.split import Split
from understudy_knowledge.memory.records import Case, Example, GeneralInstructions
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.models.roles import Teacher
from understudy_knowledge.retrieval.retriever import Retriever
from understudy_knowledge.teaching.admission import leaks
from understudy_knowledge.teaching.distilling import Instructed, instruct
from understudy_knowledge.teaching.endurance import NoAnswerError
from understudy_knowledge.teaching.fragments import leaked_fragments
from understudy_knowledge.teaching.pruning import Pruned, Pruning
from understudy_knowledge.teaching.purse import BudgetSpentError
from understudy_knowledge.teaching.readmission import Readmission, to_measure
from understudy_knowledge.teaching.rules import Ruled, rule_over
from understudy_knowledge.teaching.steps import Steps
from understudy_knowledge.teaching.together import Begin, together
from understudy_knowledge.teaching.tree_instructions import Instructions, Shared, instruct_nodes
from understudy_knowledge.teaching.workbench import Workbench


@frozen
class Joint:
    """The store of one run, and how it works through what it does. `explored` are ids of the taught examples that were got to; `own` says, by example id,
    what the student passes alone."""

    bench: Workbench
    store: KnowledgeStore
    steps: Steps
    sides: Split
    explored: Set[str]
    own: Mapping[str, bool]

    @property
    def _examples(self) -> list[Example]:
        return [example for example in self.sides.taught if example.id in self.explored]

    async def pruned(self, decided: Sequence[Case], siblings: int, lessons: int) -> list[Case]:
        """The decided cases, those refused now that the other admitted ones make up for. Raises BackendError."""
        admitted = [case for case in decided if case.status == "admitted"]
        made_of = _digest([(case.id, case.lift) for case in admitted])
        pruned = self.steps.log.find("prune", made_of, Pruned)
        if pruned is None:
            # As when the run is measured at its end: what an earlier run learned of held-out examples is no help.
            taught = {example.id for example in self.sides.taught}
            untaught = {case.example_id for case in self.store.cases()} - taught
            retriever = Retriever.open(self.store, None)
            pruning = Pruning(self.bench, retriever, self._examples, siblings, lessons, untaught)
            gone = await pruning.prune(admitted, self._begin("prune"))
            pruned = Pruned(tuple((case.id, case.reason) for case in gone))
            self.steps.log.note("prune", made_of, pruned)
        why = dict(pruned.reasons)
        after = [
            evolve(case, status="refused", reason=why[case.id]) if case.id in why else case
            for case in decided
        ]
        self.store.put_learned(case for case in after if case.id in why)
        return after

    async def remeasured(self, decided: Sequence[Case], siblings: int) -> None:
        """Measure the cases that this run did not make, imported ones first of all, where they need it here and now.

        Raises BackendError.
        """
        readmission = Readmission(self.bench, self.sides.taught, siblings, self.own)
        made = {case.id for case in decided}
        others = [case for case in to_measure(self.store.cases(), self.bench) if case.id not in made]

        async def measure(case: Case) -> None:
            self.store.put_case(await readmission.decide(case))

        await together(self.bench.in_flight, others, measure, self.steps.begin("remeasure", len(others)))

    async def instructed(self, cases: Sequence[Case], teacher: Teacher) -> float | None:
        """Keep what the admitted cases say together; returns the lift of the general instructions, None where they say nothing.

        Raises BackendError.
        """
        admitted = [case for case in cases if case.status == "admitted"]
        examples = self._examples
        try:
            result = await instruct(
                teacher, admitted, examples, self.own, self.bench, self._begin("instruct")
            )
        except (BudgetSpentError, NoAnswerError):
            result = Instructed(GeneralInstructions(), None)
        general = GeneralInstructions() if self._leaked(result.general.text) else result.general
        forgotten = self.store.forgotten_rules()
        made_of = _digest(general.text, sorted(forgotten), [(case.id, case.code) for case in admitted])
        ruled = self.steps.log.find("rules", made_of, Ruled)
        if ruled is None:
            ruled = await rule_over(
                general, admitted, examples, self.own, forgotten, self.bench, self._begin("rules")
            )
            self.steps.log.note("rules", made_of, ruled)
        self.store.put_general(ruled.general, ruled.rules)
        nodes = self.steps.log.find("nodes", made_of, Instructions)
        if nodes is None:
            try:
                shared = Shared(ruled.general, forgotten)
                nodes = await instruct_nodes(
                    teacher, admitted, examples, shared, self.bench, self._begin("nodes")
                )
                self.steps.log.note("nodes", made_of, nodes)
            except (BudgetSpentError, NoAnswerError):
                nodes = Instructions()
        self.store.put_instructions(node for node in nodes.nodes if not self._leaked(node.text))
        return result.lift if ruled.general.text else None

    def _begin(self, stage: str) -> Begin:
        return partial(self.steps.begin, stage)

    def _leaked(self, text: str) -> bool:
        """Whether shared text holds a literal or a part of the code that only an evaluation item's gold code has."""
        secret, taught = (
            [(each.gold, each.dialect) for each in side] for side in (self.sides.held_out, self.sides.taught)
        )
        return bool(
            leaks(text, [gold for gold, _ in secret], [gold for gold, _ in taught])
            or leaked_fragments(text, secret, taught)
        )


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
