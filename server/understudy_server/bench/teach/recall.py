"""Which lessons a tested item gets: those of its own database first, then those that other databases taught."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from attrs import evolve, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Case, Lesson
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval import Retriever
from understudy_knowledge.retrieval.index import CaseIndex, build_index
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.teaching.candidates import lesson_of

_TABLES = 20
"""A larger database's tables say too little about one question."""


@frozen(eq=False)
class _Shelf:
    """The lessons of one language: a program is no lesson for a query."""

    store: KnowledgeStore
    near: Retriever
    far: CaseIndex
    lessons: Mapping[str, Lesson]

    @classmethod
    def of(cls, cases: Iterable[Case], path: Path) -> "_Shelf":
        store = KnowledgeStore.open(path)
        lessons = {case.id: evolve(lesson_of(case), lineage=case.lineage) for case in cases}
        store.put_cases(cases)
        return cls(store, Retriever.open(store, None), build_index(store.entries()), lessons)


@frozen(eq=False)
class Recall:
    """The lessons of one set of cases, by language."""

    shelves: Mapping[str, _Shelf]

    @classmethod
    def over(cls, cases: Iterable[Case], languages: Mapping[str, str], folder: Path) -> "Recall":
        """The cases in stores below `folder`, all as admitted; `languages` is that of each example."""
        by_language: dict[str, list[Case]] = {}
        for case in cases:
            by_language.setdefault(languages[case.example_id], []).append(case)
        return cls(
            {
                language: _Shelf.of(theirs, folder / f"{language}.db")
                for language, theirs in by_language.items()
            }
        )

    def lessons(
        self, language: str, query: RetrievalQuery, catalog: Catalog, k: int, exclude: Collection[str] = ()
    ) -> tuple[Lesson, ...]:
        """At most `k` lessons: first those that retrieval deems relevant here, then the likest of any database.

        Retrieval is silent about other databases' tables. Of those lessons only the shape carries over, and the student
        tells whether it can be filled.
        """
        shelf = self.shelves.get(language)
        if shelf is None:
            return ()
        tables = tuple(table.name for table in catalog.tables)[:_TABLES]
        here = RetrievalQuery(query.question, query.skeleton, tables)
        found = {
            lesson.case_id: lesson
            for lesson in shelf.near.lessons_for(here, k, exclude_examples=exclude, catalog=catalog)
        }
        for hit in shelf.far.search(query, 2 * k, exclude):
            if len(found) >= k:
                break
            if hit.case_id not in found:
                found[hit.case_id] = evolve(shelf.lessons[hit.case_id], score=hit.similarity)
        return tuple(found.values())

    def close(self) -> None:
        """Close the stores."""
        for shelf in self.shelves.values():
            shelf.store.close()
