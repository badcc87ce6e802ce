"""Leave-one-out pruning: a case that its siblings do as well without, given all the others, is no use in the index."""

from collections.abc import Collection, Sequence

from attrs import define, evolve, field, frozen

from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.records import Case, Example, Lesson
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.retrieval.retriever import Retriever
from understudy_knowledge.teaching.admission import siblings_of
from understudy_knowledge.teaching.together import Begin, together, unheard
from understudy_knowledge.teaching.workbench import Workbench

_REASON = "its siblings do as well without it"


@frozen
class Pruned:
    """The cases that went: id and reason."""

    reasons: tuple[tuple[str, str], ...] = ()


def is_pruned(case: Case) -> bool:
    """Whether the case was admitted but for the others: it is in no prompt, and what it teaches with others still counts."""
    return case.status == "refused" and case.reason.startswith(_REASON)


@define
class Pruning:
    """Asks the retriever twice for each sibling, with the case and without it; only where that changes the lesson is anything run."""

    bench: Workbench
    retriever: Retriever
    examples: Sequence[Example]
    siblings: int = 5
    lessons: int = 1
    unknown: Collection[str] = ()
    """Ids of examples whose cases are no help here."""
    _queries: dict[str, RetrievalQuery] = field(init=False)
    """By example id, in the examples' order."""
    _passed: dict[tuple[str, ...], bool] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._queries = {
            each.id: RetrievalQuery(mask_values(each.question, self.bench.catalog)) for each in self.examples
        }

    async def prune(self, cases: Sequence[Case], begin: Begin = unheard) -> list[Case]:
        """The admitted cases that go, refused now, with the reason. The least helpful is tried first, and what went stays away.

        One without which any sibling fails that passes with it is kept. So is one that none of its siblings is given, or
        without which none of those passes: that the others make up for it was not seen then. Raises BackendError.
        """
        gone: list[Case] = []
        queries, done = list(self._queries.values()), begin(len(cases))
        for case in sorted(cases, key=lambda case: (case.lift.value if case.lift else 0.0, case.id)):
            away = {*self.unknown, *(each.example_id for each in gone)}
            otherwise = away | {case.example_id}
            trials = [
                (sibling, without)
                for sibling in siblings_of(case, self.examples, queries, self.siblings)
                if self._lesson_ids(sibling, away) != self._lesson_ids(sibling, otherwise)
                for without in (away, otherwise)
            ]
            found = await together(self.bench.in_flight, trials, self._passes)
            done()
            pairs = list(zip(found[::2], found[1::2], strict=True))
            passed = sum(without for _, without in pairs)
            if passed and not any(with_it and not without for with_it, without in pairs):
                before = sum(with_it for with_it, _ in pairs)
                reason = (
                    f"{_REASON}: of {len(pairs)} that it would be the lesson for, {passed} pass with what else is known, "
                    f"and {before} with it"
                )
                gone.append(evolve(case, status="refused", reason=reason))
        return gone

    def _lesson_ids(self, example: Example, away: set[str]) -> tuple[str, ...]:
        return tuple(lesson.case_id for lesson in self._given(example, away))

    def _given(self, example: Example, away: set[str]) -> tuple[Lesson, ...]:
        return self.retriever.lessons_for(
            self._queries[example.id],
            self.lessons,
            exclude_examples=away | {example.id},
            catalog=self.bench.catalog,
        )

    async def _passes(self, trial: tuple[Example, set[str]]) -> bool:
        """Whether the example passes with the lesson it is given where those of these examples are away."""
        example, away = trial
        lessons = self._given(example, away)
        key = (example.id, *(lesson.case_id for lesson in lessons))
        if key not in self._passed:
            self._passed[key] = (await self.bench.attempt(example, lessons=lessons)).passed
        return self._passed[key]
