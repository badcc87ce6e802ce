"""What is measured of one size in processes of their own, so that memory is that of the thing measured."""

import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import define, field

from understudy_knowledge.memory.store import Entry
from understudy_knowledge.retrieval.asked import Asked, ask
from understudy_knowledge.retrieval.build import Corpus, part_of, query_of, read_corpus
from understudy_knowledge.retrieval.index import CaseIndex
from understudy_knowledge.retrieval.index_files import keep, load
from understudy_knowledge.retrieval.part import Part
from understudy_knowledge.retrieval.query import RetrievalQuery, statement_terms, terms_of
from understudy_server.bench.latency.quantiles import quantile
from understudy_server.bench.retrieval.many_entries import many_entries

_K = 8
_EXACT_QUERIES = 100
_FUSED_QUERIES = 20
_AT_ONCE = 50_000


@define
class _Taken:
    """Seconds of each query, on the wall and of the processor."""

    wall: list[float] = field(factory=list)
    processor: list[float] = field(factory=list)


def build(real: Sequence[Entry], size: int, seed: int, folder: Path) -> dict[str, Any]:
    """Seconds and megabytes of building, and the dense leg's recall against exact search."""
    began, used = time.perf_counter(), time.process_time()
    rows, corpus = read_corpus(many_entries(real, 0, size, seed))
    part = part_of(rows, corpus)
    if not keep(part, 0, folder):
        raise RuntimeError("the index could not be kept")
    figures: dict[str, Any] = {
        "build_seconds": time.perf_counter() - began,
        "build_processor_seconds": time.process_time() - used,
        "build_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "disk_megabytes": sum(path.stat().st_size for path in folder.iterdir()) / 2**20,
    }
    asked = [
        each for query in _queries(real, size, seed)[:_EXACT_QUERIES] if (each := ask(query, part.lexicon))
    ]
    return figures | {f"dense_recall@{k}": _dense_recall(part, corpus, asked, k) for k in (1, _K)}


def search(real: Sequence[Entry], size: int, seed: int, folder: Path, queries: int) -> dict[str, Any]:
    """Milliseconds of embedding and of searching, seconds of loading, megabytes of memory, and recall of the whole."""
    before = _memory()
    began = time.perf_counter()
    part = load(folder)
    if part is None:
        raise RuntimeError("the index could not be read")
    figures: dict[str, Any] = {
        "load_seconds": time.perf_counter() - began,
        "load_megabytes": _memory() - before,
    }
    index = CaseIndex(part)
    asked: list[Asked] = []
    embedding, searching = _Taken(), _Taken()
    for query in _queries(real, size, seed)[:queries]:
        terms_of.cache_clear()
        statement_terms.cache_clear()
        found = _timed(lambda query=query: ask(query, part.lexicon), embedding)  # type: ignore[misc]
        if found is not None:
            asked.append(found)
            _timed(lambda found=found: index.find(found, _K + 1), searching)  # type: ignore[misc]
    for name, taken in (("embedding", embedding), ("search", searching)):
        for share in (0.5, 0.99):
            figures[f"{name}_p{100 * share:.0f}_ms"] = quantile(taken.wall, share)
            figures[f"{name}_p{100 * share:.0f}_processor_ms"] = quantile(taken.processor, share)
    figures["queries"] = len(asked)
    figures["searched_megabytes"] = _memory() - before
    figures |= {f"recall@{k}": each for k, each in _recall(index, asked[:_FUSED_QUERIES]).items()}
    return figures


def _queries(real: Sequence[Entry], size: int, seed: int) -> list[RetrievalQuery]:
    """Variations that are not in the index; every other one of the question alone."""
    found = []
    for number, entry in enumerate(many_entries(real, size + len(real), 2_000, seed + 1)):
        query = query_of(entry)
        found.append(query if number % 2 else RetrievalQuery(query.question, "", query.tables))
    return found


def _timed(work: Callable[[], Any], taken: _Taken) -> Any:
    began, used = time.perf_counter(), time.thread_time()
    result = work()
    taken.processor.append(time.thread_time() - used)
    taken.wall.append(time.perf_counter() - began)
    return result


def _dense_recall(part: Part, corpus: Corpus, asked: Sequence[Asked], k: int) -> float:
    """The share of the k nearest that are found; of those that are equally near any will do."""
    vectors = np.stack([each.vector for each in asked], axis=1)
    best = np.full((k, len(asked)), -np.inf, dtype=np.float32)
    for begin in range(0, len(part.rows), _AT_ONCE):
        rows = np.arange(begin, min(begin + _AT_ONCE, len(part.rows)))
        best = np.sort(np.concatenate((best, corpus.vectors(rows) @ vectors)), axis=0)[-k:]
    hits = 0
    for column, each in enumerate(asked):
        found, _ = part.vectors.nearest(each.vector, k, None)
        hits += int((corpus.vectors(found) @ each.vector >= best[0, column] - 1e-5).sum())
    return hits / (k * len(asked))


def _recall(index: CaseIndex, asked: Sequence[Asked]) -> dict[int, float]:
    """The share of the best by all legs together that are found among the best that a search gives."""
    hits = {1: 0, _K: 0}
    part = index.base
    for each in asked:
        scores = np.concatenate(
            [
                part.score(each, np.arange(begin, min(begin + _AT_ONCE, len(part.rows)))).similarity
                for begin in range(0, len(part.rows), _AT_ONCE)
            ]
        )
        found = np.array([hit.similarity for hit in index.find(each, _K + 1)])
        best = np.sort(scores)[::-1]
        for k in hits:
            hits[k] += int((found[:k] >= best[k - 1] - 1e-5).sum())
    return {k: count / (k * len(asked)) for k, count in hits.items()}


def _memory() -> float:
    """Megabytes that the system counts as ours, mapped pages among them; 0 where it does not say."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024
