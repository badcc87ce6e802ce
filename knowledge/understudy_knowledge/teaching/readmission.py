"""Measuring again, on local siblings, what cannot be believed as it stands: imported, edited, or measured under other conditions."""

from collections.abc import Iterable, Mapping, Sequence

from attrs import define, evolve, field

from understudy_knowledge.execution import Judge
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.records import Case, DataSource, Example
from understudy_knowledge.memory.staleness import lacking
from understudy_knowledge.memory.words import stems
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.teaching.admission import admit, siblings_of
from understudy_knowledge.teaching.fingerprints import changed_since, fingerprint
from understudy_knowledge.teaching.verifying import why_stale
from understudy_knowledge.teaching.workbench import Workbench


def to_measure(cases: Iterable[Case], bench: Workbench) -> list[Case]:
    """What is to be run and measured here: stale cases first, which wait for no more than their column to be back, then those
    that were never measured here as they stand, and the admitted ones whose lift is of another student, prompt or schema."""
    kept = list(cases)
    return [
        *(case for case in kept if case.status == "stale"),
        *(case for case in kept if case.awaits_measuring),
        *(case for case in kept if case.status == "admitted" and outdated(case, bench)),
    ]


def outdated(case: Case, bench: Workbench) -> tuple[str, ...]:
    """Which of student, prompt and schema changed since the case's lift was measured."""
    return changed_since(case.measured, fingerprint(case.lineage, bench.catalog, bench.student.name))


@define
class Readmission:
    """Measures cases on a project's examples. What the student passes without help is asked once for each example."""

    bench: Workbench
    examples: Sequence[Example]
    count: int = 5
    """How many siblings a lift is measured on, at most."""
    own: Mapping[str, bool] = field(factory=dict)
    """By example id, what is known already."""
    _passed: dict[str, bool] = field(factory=dict, init=False)
    _queries: list[RetrievalQuery] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._queries = [
            RetrievalQuery(mask_values(each.question, self.bench.catalog)) for each in self.examples
        ]

    async def decide(self, case: Case) -> Case:
        """The case with its status decided here and now. Its own code must run, and answer what a local example answers that asks the same.

        One that was in use goes stale where it does not stand, and stays as it is where nothing here can measure it.

        Raises BackendError, DataSourceError.
        """
        if case.status in ("admitted", "stale"):
            return await self._decide_again(case)
        if gone := lacking(case.lineage, self.bench.catalog):
            return evolve(case, status="quarantined", reason=f"the schema has no {', '.join(gone)}")
        if why := await self._why_wrong(case):
            return evolve(case, status="refused", reason=why)
        return await self._measured(case, self._siblings(case))

    async def _decide_again(self, case: Case) -> Case:
        source = self._source
        why = await why_stale(case, self.bench.catalog, self.bench.executor, source, self.bench.limits)
        if why:
            return evolve(case, status="stale", reason=why)
        if source is None:
            return case
        if case.status == "stale":
            case = evolve(case, status="admitted", reason="its code runs again")
        siblings = self._siblings(case)
        if not outdated(case, self.bench) or not (siblings or await self._taught(case)):
            return case
        if wrong := await self._why_answers_otherwise(case):
            return evolve(case, status="refused", reason=wrong)
        return await self._measured(case, siblings)

    async def _measured(self, case: Case, siblings: Sequence[Example]) -> Case:
        own = {sibling.id: await self._own(sibling) for sibling in siblings}
        case = evolve(case, student=self.bench.student.name, catalog_version=self.bench.catalog.version)
        return await admit(case, siblings, own, self.bench, await self._taught(case))

    def _siblings(self, case: Case) -> list[Example]:
        return siblings_of(case, self.examples, self._queries, self.count)

    async def _taught(self, case: Case) -> Example | None:
        """The example that the case was made from, where it is here and the student fails it alone."""
        found = next((each for each in self.examples if each.id == case.example_id), None)
        return None if found is None or await self._own(found) else found

    @property
    def _source(self) -> DataSource | None:
        return next((each.source for each in self.examples if each.source is not None), None)

    async def _why_wrong(self, case: Case) -> str:
        source = self._source
        if source is None:
            return "there is no local example to measure it on"
        outcome = await self.bench.executor.run(case.code, source, self.bench.limits)
        if outcome.result is None:
            return f"its code does not run here: {outcome.message or outcome.kind}"
        return await self._why_answers_otherwise(case)

    async def _why_answers_otherwise(self, case: Case) -> str:
        asked = stems(case.question)
        for example in self.examples:
            if stems(example.question) == asked and not await self._answers(example, case.code):
                return f"its code does not answer what {example.origin} answers to the same question"
        return ""

    async def _answers(self, example: Example, code: str) -> bool:
        """Whether the code gives the example's gold answer; so it does where there is none to compare with."""
        if example.source is None or (await self.bench.gold(example)).result is None:
            return True
        judge = Judge(self.bench.executor, example.gold, example.source, limits=self.bench.limits)
        _, verdict = await judge.verdict(code)
        return verdict.passed

    async def _own(self, example: Example) -> bool:
        if example.id in self.own:
            return self.own[example.id]
        if example.id not in self._passed:
            self._passed[example.id] = (await self.bench.attempt(example)).passed
        return self._passed[example.id]
