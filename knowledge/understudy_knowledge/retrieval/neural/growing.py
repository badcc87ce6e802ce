"""Neural vectors for the cases of an index: asked for in batches, kept in a file, put beside the hashed ones when all are there.

Until then, and whenever the model has changed, the index goes on without them.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from attrs import define, evolve, field
from numpy.typing import NDArray

from understudy_knowledge.errors import BackendError
from understudy_knowledge.memory.store import Entry, KnowledgeStore
from understudy_knowledge.retrieval.embedding import Vector
from understudy_knowledge.retrieval.index import CaseIndex
from understudy_knowledge.retrieval.neural.embedder import Embedder
from understudy_knowledge.retrieval.neural.leg import NeuralLeg, new_leg
from understudy_knowledge.retrieval.neural.vector_file import VectorFile
from understudy_knowledge.retrieval.part import Part
from understudy_knowledge.retrieval.rows import stamp

FILE = "questions.db"
_PROBE = "total revenue by month"
"""What a model says of it tells one model from another of the same name."""
_BATCH = 32
_LONGEST = 2_000
"""Characters of a question that are embedded."""
_STRETCH = 1_000


@define
class Growing:
    """Puts the embedder's vectors beside the parts of an index. `folder` None keeps them in memory."""

    embedder: Embedder
    folder: Path | None
    _file: VectorFile | None = field(default=None, init=False)
    _closed: bool = field(default=False, init=False)

    def grown(self, index: CaseIndex, store: KnowledgeStore) -> CaseIndex | None:
        """The index with the vectors of all its cases; None where it has them already. Raises BackendError.

        What was embedded before an error, or before the process ended, is kept and not asked for again.
        """
        if self._closed or not index.lacks_vectors:
            return None
        probe = self.embedder.embed([_PROBE])[0]
        file = self._opened()
        # The name after the answer: before it, a server may not have told it.
        file.of_model(self.embedder.name, probe)
        base = self._with_leg(index.base, store, file, len(probe), None)
        recent = index.recent and self._with_leg(index.recent, store, file, len(probe), base.neural)
        return evolve(index, base=base, recent=recent)

    def shed(self, index: CaseIndex) -> CaseIndex:
        """The index without vectors: those of a model that is not asked any more."""
        return evolve(
            index,
            base=evolve(index.base, neural=None),
            recent=index.recent and evolve(index.recent, neural=None),
        )

    def close(self) -> None:
        """Ask for nothing any more."""
        self._closed = True

    def _with_leg(
        self, part: Part, store: KnowledgeStore, file: VectorFile, dimensions: int, of_base: NeuralLeg | None
    ) -> Part:
        if part.neural is not None or not len(part.rows):
            return part
        held = np.zeros(len(part.rows), dtype=np.bool_)
        vectors = np.zeros((len(part.rows), dimensions), dtype=np.float32)
        for some in _stretches(_of_part(part, store.entries())):
            known = self._known([entry.masked_question for _, entry in some], file)
            for row, entry in some:
                vector = known.get(entry.masked_question)
                if vector is not None and len(vector) == dimensions:
                    vectors[row], held[row] = vector, True
        leg = new_leg(vectors, held, self.embedder.name, of_base.floor if of_base else None)
        return evolve(part, neural=leg)

    def _known(self, texts: Sequence[str], file: VectorFile) -> dict[str, NDArray[np.float16]]:
        """The texts' vectors, asked for where they are not kept; none for a text that says nothing or that the model refuses."""
        known = dict(file.known(texts))
        missing = [text for text in dict.fromkeys(texts) if text not in known and text.strip()]
        for begin in range(0, len(missing), _BATCH):
            given = self._embedded(missing[begin : begin + _BATCH])
            file.put(given)
            known |= {text: vector.astype(np.float16) for text, vector in given}
        return known

    def _embedded(self, texts: list[str]) -> list[tuple[str, Vector]]:
        if self._closed:
            raise BackendError("The embedding model is not asked any more")
        try:
            return list(zip(texts, self.embedder.embed([text[:_LONGEST] for text in texts]), strict=True))
        except BackendError as error:
            if getattr(error, "kind", "") != "request":
                raise
            if len(texts) == 1:
                return []  # it goes on with its hashed terms
        return [pair for text in texts for pair in self._embedded([text])]

    def _opened(self) -> VectorFile:
        if self._file is None:
            if self.folder is not None:
                self.folder.mkdir(parents=True, exist_ok=True)
            self._file = VectorFile(self.folder / FILE if self.folder else None)
        return self._file


def _of_part(part: Part, entries: Iterable[Entry]) -> Iterable[tuple[int, Entry]]:
    """The entries that rows of the part were made of, with their rows; both come in order of the cases' ids."""
    count, row = len(part.rows), 0
    for entry in entries:
        while row < count and part.rows.case_id(row) < entry.case_id:
            row += 1
        if row == count:
            return
        if part.rows.case_id(row) == entry.case_id and int(part.rows.stamps[row]) == stamp(entry.text):
            yield row, entry


def _stretches(pairs: Iterable[tuple[int, Entry]]) -> Iterable[list[tuple[int, Entry]]]:
    some: list[tuple[int, Entry]] = []
    for pair in pairs:
        some.append(pair)
        if len(some) == _STRETCH:
            yield some
            some = []
    if some:
        yield some
