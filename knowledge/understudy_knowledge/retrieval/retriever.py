"""Which lesson, if any, belongs into this prompt: the only entry of this room that prompts need."""

import logging
from collections.abc import Collection, Mapping
from pathlib import Path
from threading import Condition, Thread
from time import monotonic

from attrs import evolve, field, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.errors import BackendError, KnowledgeStoreError
from understudy_knowledge.memory.records import Case, Lesson, NodeInstruction
from understudy_knowledge.memory.staleness import lacking
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval.abstention import Abstention, Features, learned_beside
from understudy_knowledge.retrieval.descent import instruction_for
from understudy_knowledge.retrieval.embedding import Vector
from understudy_knowledge.retrieval.index import CaseIndex, Hit
from understudy_knowledge.retrieval.neural.growing import Growing
from understudy_knowledge.retrieval.neural.questions import Questions
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.retrieval.standing import ranked
from understudy_knowledge.retrieval.upkeep import Kept, Upkeep

_CANDIDATES = 8
"""Cases that are looked at, beyond those that are asked for."""
_PATIENCE = 0.05
"""Seconds for which a small change is waited for."""
_BETWEEN_TRIES = 15.0
"""Seconds after which an embedding model that failed is asked for the cases' vectors again."""
_LOG = logging.getLogger(__name__)


@frozen(eq=False)
class _Snapshot:
    """One generation of the knowledge, never changed: a refresh puts another in its place."""

    kept: Kept
    abstention: Abstention
    accepted: Mapping[str, int]
    """Acceptances by case id, as they were then."""
    lessons: dict[str, Lesson] = field(factory=dict)
    """Lessons already built, by case id; `score` is of no meaning here."""
    nodes: tuple[NodeInstruction, ...] = ()
    """What the knowledge tree's inner nodes say."""

    @property
    def index(self) -> CaseIndex:
        return self.kept.index


@frozen
class Candidate:
    """The likeliest case for a query, whether or not it is worth a lesson."""

    lesson: Lesson
    features: Features


class Retriever:
    """Lessons from the admitted cases of one store. Any thread may ask; a refresh does not disturb those that ask."""

    def __init__(
        self,
        store: KnowledgeStore,
        index_folder: Path | None,
        *,
        background: bool,
        questions: Questions | None = None,
    ) -> None:
        self._store = store
        self._questions = questions
        self._growing = Growing(questions.embedder, index_folder) if questions else None
        self._grows = False
        self._next_growth = 0.0
        self._upkeep = Upkeep(index_folder)
        self._background = background
        self._under_way = False
        self._state = Condition()
        self._snapshot = self._snapshot_of(self._upkeep.recalled())
        self.refresh()

    @classmethod
    def open(
        cls,
        store: KnowledgeStore,
        index_folder: Path | None,
        *,
        background: bool = False,
        questions: Questions | None = None,
    ) -> "Retriever":
        """A retriever over the store's present generation; `index_folder` None keeps the index in memory only.

        With `background` it never keeps anyone waiting: it answers from what the folder holds, however old, and from what has
        been found out since by a thread, or by a process of its own where a large index is to be built.

        `questions` knows an embedding model. What it says of cases and questions counts beside the hashed embedding as soon as
        it has answered; while it has not, everything goes on without it. The retriever closes it.
        """
        return cls(store, index_folder, background=background, questions=questions)

    @property
    def generation(self) -> int:
        """The store's generation that answers come from; it may lag behind in the background."""
        return self._snapshot.kept.generation

    def refresh(self) -> bool:
        """Take up what the store has gained or lost. False, and next to no cost, when it is still the same generation.

        In the background it may return before that is done; `wait` waits.
        """
        before = self._snapshot
        if self._store.generation == before.kept.generation:
            self._grow_soon()
            return False
        if not self._background:
            self._upkeep.bring_up(self._store, before.kept, self._show, elsewhere=False)
            self._grow_soon()
            return True
        with self._state:
            if self._under_way:
                return False
            self._under_way = True
        # A daemon: an editor that is closed does not wait for an index.
        Thread(target=self._bring_up, name="understudy index", daemon=True).start()
        with self._state:
            self._state.wait_for(lambda: self._snapshot is not before or not self._under_way, _PATIENCE)
        return self._snapshot is not before

    def wait(self, seconds: float) -> bool:
        """Whether nothing is being indexed any more within that time."""
        with self._state:
            return self._state.wait_for(lambda: not self._under_way and not self._grows, seconds)

    def close(self) -> None:
        """End what is being built; the index that is kept stays."""
        self._upkeep.close()
        if self._growing is not None and self._questions is not None:
            self._growing.close()
            self._questions.close()

    async def prepare(self, question: str) -> None:
        """Give the embedding model, where there is one, its few milliseconds for this question. Whoever types asks this first."""
        if self._questions is not None and self._snapshot.index.neural is not None:
            await self._questions.prepare(question)

    def has_vector(self, question: str) -> bool:
        """Whether the embedding model has said what it says of this question."""
        return self._questions is not None and self._questions.at_hand(question) is not None

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

        One that was measured for another student, or with other prompts, is given like any other until it is measured anew: that
        its code is right was proved by running it, which no student changes, and to leave all of them out would take every
        lesson away with each new model or release, from those who have no time to verify. Whoever shows it says so.

        A case that was forgotten or is no longer admitted is never given, even before a refresh; a new one comes with it.
        """
        snapshot = self._snapshot
        neural = self._vector_of(query.question, snapshot)
        hits = snapshot.index.search(query, _CANDIDATES + k, exclude_examples, neural)
        current = self._store.generation == snapshot.kept.generation
        lessons: list[Lesson] = []
        for hit, features in ranked(hits, query, snapshot.accepted):
            if len(lessons) == k:
                break
            score = snapshot.abstention.relevance(features)
            if score < snapshot.abstention.threshold:
                continue
            lesson = self._lesson(hit.case_id, snapshot, current)
            if lesson is not None and not (catalog and lacking(lesson.lineage, catalog)):
                lessons.append(evolve(lesson, score=score))
        if not lessons and current and k > 0:
            return instruction_for(query, snapshot.nodes, catalog)
        return tuple(sorted(lessons, key=lambda lesson: -lesson.score))

    def candidate(self, query: RetrievalQuery, *, exclude_examples: Collection[str] = ()) -> Candidate | None:
        """What would be the lesson if it were always given: what abstention is learned from."""
        snapshot = self._snapshot
        neural = self._vector_of(query.question, snapshot)
        hits = snapshot.index.search(query, _CANDIDATES + 1, exclude_examples, neural)
        for hit, features in ranked(hits, query, snapshot.accepted):
            lesson = self._lesson(hit.case_id, snapshot, False)
            if lesson is not None:
                return Candidate(evolve(lesson, score=snapshot.abstention.relevance(features)), features)
        return None

    def nearest(self, query: RetrievalQuery, k: int) -> list[Hit]:
        """The k most similar cases, relevant or not, as the index has them."""
        snapshot = self._snapshot
        return snapshot.index.search(query, k, neural=self._vector_of(query.question, snapshot))

    def _vector_of(self, question: str, snapshot: _Snapshot) -> Vector | None:
        """What the embedding model says; None where the cases have no vectors, it has not answered, or it is another model now."""
        leg = snapshot.index.neural
        if self._questions is None or leg is None:
            return None
        asked = self._questions
        vector = asked.at_hand(question) if self._background else asked.wait(question)
        if vector is None or leg.speaks(vector, asked.embedder.name):
            return vector
        self._shed(snapshot)
        return None

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

    def _bring_up(self) -> None:
        former = self._snapshot.kept
        tried = former.generation
        try:
            # A connection of its own: nobody who types waits for its lock.
            with KnowledgeStore.open(self._store.path, read_only=True) as store:
                tried = store.generation
                self._upkeep.bring_up(store, former, self._show, elsewhere=True)
        except Exception:
            _LOG.exception("The index of %s could not be brought up to date", self._store.path)
        finally:
            with self._state:
                if self._snapshot.kept is former:
                    # Nothing came of it, and nothing will before the store changes again.
                    self._snapshot = evolve(self._snapshot, kept=evolve(former, generation=tried))
                self._under_way = False
                self._state.notify_all()
        self._grow_soon()

    def _grow_soon(self) -> None:
        """Ask for the vectors that cases lack: at once, or in a thread where somebody types."""
        with self._state:
            wanted = self._growing is not None and self._snapshot.index.lacks_vectors
            if not wanted or self._grows or monotonic() < self._next_growth:
                return
            self._grows = True
        if self._background:
            Thread(target=self._grow, name="understudy vectors", daemon=True).start()
        else:
            self._grow()

    def _grow(self) -> None:
        try:
            with KnowledgeStore.open(self._store.path, read_only=True) as store:
                # A snapshot that came meanwhile gets its vectors as well; those that are known cost little.
                while self._growing and not self._put(
                    before := self._snapshot.kept, self._growing.grown(before.index, store)
                ):
                    pass
        except BackendError as error:
            self._next_growth = monotonic() + (_BETWEEN_TRIES if self._background else 0)
            _LOG.warning("The cases go on without vectors of the embedding model: %s", error)
        except Exception:
            self._next_growth = monotonic() + _BETWEEN_TRIES
            _LOG.exception("The cases of %s could not be given vectors", self._store.path)
        finally:
            with self._state:
                self._grows = False
                self._state.notify_all()

    def _put(self, before: Kept, index: CaseIndex | None) -> bool:
        """Put the index in place of the one it was made of; False where that is no longer the one."""
        with self._state:
            current = self._snapshot.kept is before
            if current and index is not None:
                self._snapshot = evolve(self._snapshot, kept=evolve(before, index=index))
            return current

    def _shed(self, snapshot: _Snapshot) -> None:
        """The embedding model is another one than that of the vectors: go on without, and ask it anew."""
        if self._growing is not None:
            self._put(snapshot.kept, self._growing.shed(snapshot.index))
            if self._background:
                self._grow_soon()

    def _show(self, kept: Kept) -> None:
        with self._state:
            self._snapshot = self._snapshot_of(kept)
            self._state.notify_all()

    def _snapshot_of(self, kept: Kept) -> _Snapshot:
        learned = learned_beside(self._store.path)
        return _Snapshot(
            kept,
            learned.abstention if learned else Abstention(),
            self._store.accepted(),
            nodes=self._store.instructions("admitted"),
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
