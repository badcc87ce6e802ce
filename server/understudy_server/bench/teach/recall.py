"""Which lessons a tested item gets: as completion would get them in a project of the item's data, then shapes of other data.

Each database, and each table of those whose questions are about one table alone, is a project with a store and a retriever of its
own, asked in the words in which completion asks. Where that is silent it stays so: of its own data an item gets nothing else. What
other data taught, completion is not given: of those lessons only the shape carries over, and the student tells whether it fills it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from attrs import define, evolve, field, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.records import Case, Lesson, NodeInstruction
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval import Retriever
from understudy_knowledge.retrieval.abstention import Learned, keep_beside
from understudy_knowledge.retrieval.neural import Questions
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.teaching.candidates import lesson_of


@frozen
class Asked:
    """The words in which items are asked for. `patterns` are those without the schema's words, by example id."""

    items: Mapping[str, Item]
    patterns: Mapping[str, RetrievalQuery]
    catalog_of: Callable[[Item], Catalog]

    def at_home(self, item: Item) -> RetrievalQuery:
        """As completion asks in the item's own project."""
        return RetrievalQuery(mask_values(item.example.question, self.catalog_of(item)))


@frozen(eq=False)
class Beside:
    """What databases know beside their cases, by database, and who embeds questions, where the settings name a model."""

    nodes: Mapping[str, tuple[NodeInstruction, ...]] = field(factory=dict)
    """What the inner nodes of its knowledge tree say."""
    silence: Mapping[str, Learned] = field(factory=dict)
    questions: Callable[[], Questions | None] = lambda: None


@frozen
class Recalled:
    """Lessons for one item, those of its own data first."""

    lessons: tuple[Lesson, ...] = ()
    relevance: float | None = None
    """Of the likeliest case of its own data, calibrated; None where none was given."""
    similarity: float | None = None
    """Of the likest case of other data, which is no probability of anything; None where none was given."""


@frozen(eq=False)
class _Shelf:
    """A store with cases of one language, and who finds them: a program is no lesson for a query."""

    store: KnowledgeStore
    retriever: Retriever

    @classmethod
    def of(
        cls,
        folder: Path,
        cases: Iterable[Case],
        nodes: Iterable[NodeInstruction] = (),
        silence: Learned | None = None,
        questions: Questions | None = None,
    ) -> "_Shelf":
        """In a folder of its own: beside a store lies when its retriever is silent."""
        folder.mkdir()
        store = KnowledgeStore.open(folder / "knowledge.db")
        store.put_cases(cases)
        store.put_instructions(nodes)
        if silence is not None:
            keep_beside(store.path, silence)
        return cls(store, Retriever.open(store, None, questions=questions))

    def close(self) -> None:
        self.retriever.close()
        self.store.close()


_Place = tuple[str, str, str]
"""A language, a database and the one table that questions are about, where they are about one."""


def place_of(item: Item) -> _Place:
    """What the item is asked of: the data that its catalog says something of, in the language of its answer."""
    return item.example.language, item.database, item.table


@define(eq=False)
class Recall:
    """The lessons of one set of cases, all as admitted."""

    asked: Asked
    folder: Path
    beside: Beside
    transfers: bool
    """Whether shapes of other data are given where an item's own data gave fewer lessons than asked for."""
    _cases: dict[_Place, list[Case]] = field(factory=dict, init=False)
    _at_home: dict[_Place, _Shelf] = field(factory=dict, init=False)
    _elsewhere: dict[str, _Shelf] = field(factory=dict, init=False)
    _known: dict[str, Case] = field(factory=dict, init=False)

    @classmethod
    def over(
        cls,
        cases: Iterable[Case],
        asked: Asked,
        folder: Path,
        beside: Beside,
        *,
        transfers: bool = True,
    ) -> "Recall":
        """The cases in stores below `folder`, which are written when first needed."""
        recall = cls(asked, folder, beside, transfers)
        for case in cases:
            recall._cases.setdefault(place_of(asked.items[case.example_id]), []).append(case)
            recall._known[case.id] = case
        return recall

    def recalled(self, item: Item, k: int, exclude: Collection[str] = ()) -> Recalled:
        """At most `k` lessons; none made from the examples of the ids in `exclude`."""
        near: tuple[Lesson, ...] = ()
        if (home := self._home(item)) is not None:
            near = home.retriever.lessons_for(
                self.asked.at_home(item), k, exclude_examples=exclude, catalog=self.asked.catalog_of(item)
            )
        other = self._of_other_data(item, k - len(near), exclude) if self.transfers else ()
        # What the tree says has no relevance: it is given where no case is relevant.
        scores = [lesson.score for lesson in near if lesson.case_id in self._known]
        return Recalled((*near, *other), scores[0] if scores else None, other[0].score if other else None)

    def _of_other_data(self, item: Item, k: int, exclude: Collection[str]) -> tuple[Lesson, ...]:
        if k <= 0 or (far := self._far(item.example.language)) is None:
            return ()
        query, own = self.asked.patterns[item.example.id], place_of(item)
        # The pool holds what home was silent about too.
        passed_over = len(self._cases.get(own, ())) + len(exclude)
        found = []
        for hit in far.retriever.nearest(query, k + passed_over):
            case = self._known[hit.case_id]
            if place_of(self.asked.items[case.example_id]) != own and case.example_id not in exclude:
                found.append(evolve(lesson_of(case), score=hit.similarity))
        return tuple(found[:k])

    def _home(self, item: Item) -> _Shelf | None:
        """What the item's own data taught."""
        place = place_of(item)
        if place in self._cases and place not in self._at_home:
            cases = [
                evolve(case, masked_question=self.asked.at_home(self.asked.items[case.example_id]).question)
                for case in self._cases[place]
            ]
            folder, sql, beside = self.folder / f"home-{len(self._at_home)}", item.task == "sql", self.beside
            self._at_home[place] = _Shelf.of(
                folder,
                cases,
                beside.nodes.get(item.database, ()) if sql else (),
                beside.silence.get(item.database) if sql else None,
                beside.questions(),
            )
        return self._at_home.get(place)

    def _far(self, language: str) -> _Shelf | None:
        """What all data taught, the item's own too: one pool serves every item."""
        if language not in self._elsewhere:
            cases = [
                evolve(case, masked_question=self.asked.patterns[case.example_id].question)
                for (spoken, _, _), theirs in self._cases.items()
                if spoken == language
                for case in theirs
            ]
            if not cases:
                return None
            self._elsewhere[language] = _Shelf.of(self.folder / language, cases)
        return self._elsewhere[language]

    def close(self) -> None:
        """Close the stores."""
        for shelf in (*self._at_home.values(), *self._elsewhere.values()):
            shelf.close()
