"""New examples out of verified ones, where a teacher can make some: rephrased questions, new ones, and other queries for the old.

They are made of examples that the student fails: what it can do already needs no more of its kind. What a
teacher says is not believed. A rephrased question is taken where the teacher, answering it, comes to the answer of the
example it was made of; another query where its answer is the same, and it is not the same query; a new question where its query
answers something. Near-duplicates are dropped, and so is whatever stands near an example that is held out.

Another query for the same question stays in the query family of the one that people wrote: neither is a trial of the other.
"""

import hashlib
import sys
from collections.abc import Mapping, Sequence

from attrs import define, evolve, frozen

from understudy_knowledge.evaluation.split import Split, near
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.records import Example
from understudy_knowledge.memory.skeleton import family, family_of
from understudy_knowledge.memory.words import stems
from understudy_knowledge.models.proposals import ProposalKind, ProposalRequest
from understudy_knowledge.teaching.endurance import NoAnswerError
from understudy_knowledge.teaching.paid_answers import PaidTeacher
from understudy_knowledge.teaching.steps import Steps
from understudy_knowledge.teaching.workbench import Workbench

_LONGEST = 600
"""Characters of a question that somebody may have asked."""


@frozen
class Made:
    """What came of asking for one new example: it, or why there is none."""

    question: str = ""
    gold: str = ""
    refused: str = ""


@define
class Enlarging:
    """`shares` says for how many of the taught examples a new one of each kind is asked for, from 0 to 1 and beyond; where the
    run's spending is bounded, no kind may take more than that share of the bound."""

    teacher: PaidTeacher
    bench: Workbench
    steps: Steps
    shares: Mapping[ProposalKind, float]
    seed: int = 0

    async def new_examples(self, sides: Split, own: Mapping[str, bool]) -> tuple[Example, ...]:
        """The new examples that are to be taught beside the others, in their order; none where the teacher makes none.

        `own` says, by example id, what the student passes alone. Raises BackendError.
        """
        if not self.teacher.proposes:
            return ()
        known = [*sides.taught, *sides.held_out]
        families = {family(example.gold, example.dialect) for example in known}
        asked = [self._stems(example.question) for example in known]
        found: list[Example] = []
        for kind, share in self.shares.items():
            failing = [example for example in sides.taught if not own.get(example.id, False)]
            count = min(round(share * len(sides.taught)), await self._affordable(share))
            chosen = self._ranked(failing, kind)[:count]

            async def make(example: Example, kind: ProposalKind = kind) -> Made:
                return await self._made(example, kind)

            made = await self.steps.each(kind, chosen, Made, make) if chosen else {}
            for example in chosen:
                new = made.get(example.id, Made(refused="not asked for"))
                its_stems = self._stems(new.question)
                its_family = family(new.gold, example.dialect)
                if new.refused or (kind != "answer" and any(near(its_stems, others) for others in asked)):
                    continue
                if kind != "rephrase" and its_family in families:
                    continue
                asked.append(its_stems)
                families.add(its_family)
                found.append(_example(example, new))
        return tuple(found)

    async def _affordable(self, share: float) -> int:
        """For how many calls that share of the run's bounds is enough, whatever each of them takes."""
        purse = self.teacher.purse
        allowed, most = purse.allowance, await self.teacher.at_most()
        price = (self.teacher.price or purse.price).of(most)
        bounds = ((allowed.calls, 1), (allowed.tokens, most.total), (allowed.money, price))
        counts = [int(share * bound / each) for bound, each in bounds if bound is not None and each]
        return min(counts, default=sys.maxsize)

    def _ranked(self, examples: Sequence[Example], kind: ProposalKind) -> list[Example]:
        """In an order that depends on nothing but a hash, so that a run that is taken up again chooses the same."""
        return sorted(
            examples, key=lambda each: hashlib.sha256(f"{self.seed}\0{kind}\0{each.id}".encode()).digest()
        )

    async def _made(self, example: Example, kind: ProposalKind) -> Made:
        try:
            proposal = await self.teacher.propose(ProposalRequest(example, self.bench.catalog, kind))
        except NoAnswerError as error:
            return Made(refused=str(error))
        question = example.question if kind == "answer" else " ".join(proposal.question.split())
        code = proposal.code.strip().rstrip(";").strip()
        if not question or not code or len(question) > _LONGEST:
            return Made(refused="it holds no question, or no query")
        new = evolve(example, question=question, gold=code)
        if why := await self.bench.why_gold_proves_nothing(new):
            return Made(refused=why)
        if kind == "new":
            return Made(question, code)
        assert example.source is not None, "its gold query ran"
        _, verdict = await self.bench.verdict(example, example.source, code)
        if not verdict.passed:
            return Made(refused=f"it has another answer than the example: {verdict.reason}")
        # Of a question in other words the query that people wrote is the one that counts.
        return Made(question, example.gold if kind == "rephrase" else code)

    def _stems(self, question: str) -> frozenset[str]:
        return frozenset(stems(mask_values(question, self.bench.catalog)))


def _example(source: Example, made: Made) -> Example:
    digest = hashlib.sha256(f"{made.question}\0{made.gold}".encode("utf-8", "replace")).hexdigest()
    same = made.question == source.question
    return evolve(
        source,
        id=digest[: len(source.id)],
        question=made.question,
        gold=made.gold,
        family=family_of(source) if same else "",
    )
