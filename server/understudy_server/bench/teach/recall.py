"""Which lessons a tested item gets: those of its own database first, then those that other databases taught."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Case, Lesson
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval import Retriever
from understudy_knowledge.retrieval.query import RetrievalQuery

_TABLES = 20
"""A larger database's tables say too little about one question."""


@frozen(eq=False)
class Recall:
    """The lessons of one set of cases. One store for each language: a program is no lesson for a query."""

    retrievers: Mapping[str, Retriever]
    stores: Sequence[KnowledgeStore]

    @classmethod
    def over(cls, cases: Iterable[Case], languages: Mapping[str, str], folder: Path) -> "Recall":
        """The cases in stores below `folder`, all as admitted; `languages` is that of each example."""
        by_language: dict[str, list[Case]] = {}
        for case in cases:
            by_language.setdefault(languages[case.example_id], []).append(case)
        retrievers, stores = {}, []
        for language, theirs in by_language.items():
            store = KnowledgeStore.open(folder / f"{language}.db")
            store.put_cases(theirs)
            stores.append(store)
            retrievers[language] = Retriever.open(store, None)
        return cls(retrievers, stores)

    def lessons(
        self, language: str, query: RetrievalQuery, catalog: Catalog, k: int, exclude: Collection[str] = ()
    ) -> tuple[Lesson, ...]:
        """At most `k` lessons. Those about tables that `catalog` lacks come last: of them only the shape carries over."""
        retriever = self.retrievers.get(language)
        if retriever is None:
            return ()
        tables = tuple(table.name for table in catalog.tables)[:_TABLES]
        here = RetrievalQuery(query.question, query.skeleton, tables)
        near = retriever.lessons_for(here, k, exclude_examples=exclude, catalog=catalog)
        known = {lesson.case_id for lesson in near}
        far = retriever.lessons_for(query, k, exclude_examples=exclude)
        return (*near, *(lesson for lesson in far if lesson.case_id not in known))[:k]

    def close(self) -> None:
        """Close the stores."""
        for store in self.stores:
            store.close()
