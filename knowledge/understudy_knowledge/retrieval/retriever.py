"""Which lesson, if any, belongs into this prompt: the only entry of this room that prompts need."""

from collections.abc import Collection
from pathlib import Path

from attrs import evolve, field, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.errors import KnowledgeStoreError
from understudy_knowledge.memory.records import Case, Lesson, NodeInstruction
from understudy_knowledge.memory.staleness import lacking
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval.abstention import THRESHOLD, relevance
from understudy_knowledge.retrieval.descent import instruction_for
from understudy_knowledge.retrieval.index import CaseIndex
from understudy_knowledge.retrieval.index_files import load_or_build
from understudy_knowledge.retrieval.query import RetrievalQuery

_CANDIDATES = 24
"""Rows each leg proposes, beyond those that are excluded."""


@frozen(eq=False)
class _Snapshot:
    """One generation of the knowledge, never changed: a refresh puts another in its place."""

    generation: int
    index: CaseIndex
    lessons: dict[str, Lesson] = field(factory=dict)
    """Lessons already built, by case id; `score` is of no meaning here."""
    nodes: tuple[NodeInstruction, ...] = ()
    """What the knowledge tree's inner nodes say."""


class Retriever:
    """Lessons from the admitted cases of one store. Any thread may ask; a refresh does not disturb those that ask."""

    def __init__(self, store: KnowledgeStore, index_folder: Path | None) -> None:
        self._store = store
        self._folder = index_folder
        self._snapshot = self._take_snapshot()

    @classmethod
    def open(cls, store: KnowledgeStore, index_folder: Path | None) -> "Retriever":
        """A retriever over the store's present generation; `index_folder` None keeps the index in memory only."""
        return cls(store, index_folder)

    @property
    def generation(self) -> int:
        """The store's generation that answers come from."""
        return self._snapshot.generation

    def refresh(self) -> bool:
        """Take up what the store has gained or lost. False, and next to no cost, when it is still the same generation."""
        if self._store.generation == self._snapshot.generation:
            return False
        self._snapshot = self._take_snapshot()
        return True

    def lessons_for(
        self,
        query: RetrievalQuery,
        k: int = 1,
        *,
        exclude_examples: Collection[str] = (),
        catalog: Catalog | None = None,
    ) -> tuple[Lesson, ...]:
        """At most k lessons, most relevant first, each with its relevance in [0, 1]; none when the best is not relevant.
        Then an instruction of the knowledge tree's inner nodes takes its place, where the query belongs to one that has one.

        With a catalog, none that touches a table or column which is not there any more.

        A case that was forgotten or is no longer admitted is never given, even before a refresh; a new one comes with it.
        """
        snapshot = self._snapshot
        rows = snapshot.index.rows
        excluded = rows.of_examples(exclude_examples)
        found = snapshot.index.search(query, _CANDIDATES + k + len(excluded))
        ranked = [(row, score) for row, score in found if row not in excluded]
        current = self._store.generation == snapshot.generation
        lessons: list[Lesson] = []
        for place, (row, similarity) in enumerate(ranked):
            if len(lessons) == k:
                break
            runner_up = ranked[place + 1][1] if place + 1 < len(ranked) else 0.0
            score = relevance(similarity, similarity - runner_up, query.tables, rows.tables(row))
            if score < THRESHOLD:
                continue
            lesson = self._lesson(rows.case_id(row), snapshot, current)
            if lesson is not None and not (catalog and lacking(lesson.lineage, catalog)):
                lessons.append(evolve(lesson, score=score))
        if not lessons and current and k > 0:
            return instruction_for(query, snapshot.nodes, catalog)
        return tuple(sorted(lessons, key=lambda lesson: -lesson.score))

    def _lesson(self, case_id: str, snapshot: _Snapshot, current: bool) -> Lesson | None:
        if current and case_id in snapshot.lessons:
            return snapshot.lessons[case_id]
        try:
            case = self._store.case(case_id)
        except KnowledgeStoreError:
            return None  # forgotten since the snapshot, or damaged: either way not for a prompt
        if case.id != case_id or case.status != "admitted":
            return None
        lesson = _lesson_from(case)
        if current:
            snapshot.lessons[case_id] = lesson
        return lesson

    def _take_snapshot(self) -> _Snapshot:
        # The generation first: a write in between makes the next refresh look again rather than miss it.
        generation = self._store.generation
        nodes = self._store.instructions("admitted")
        return _Snapshot(
            generation, load_or_build(self._store.entries, generation, self._folder), nodes=nodes
        )


def _lesson_from(case: Case) -> Lesson:
    lift = case.lift.value if case.lift else 0.0
    return Lesson(
        case.id,
        case.question,
        case.plan,
        case.explanation,
        case.code,
        score=0.0,
        lift=lift,
        lineage=case.lineage,
    )
