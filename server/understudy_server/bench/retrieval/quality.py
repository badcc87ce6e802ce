"""Measure 4: how often the case that is found has the skeleton of the question's gold, beside simpler ways to choose one.

Two memories: of other databases (the questions are those of databases that the memory knows nothing of), and of the same ones
(each question is taken out before it is asked, and what has the same gold as well).
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.memory.skeleton import skeleton
from understudy_knowledge.models.embedded import EmbeddedStudent
from understudy_knowledge.models.roles import StudentRequest
from understudy_knowledge.retrieval.asked import ask
from understudy_knowledge.retrieval.build import build_part
from understudy_knowledge.retrieval.index import Hit, shape_shares
from understudy_knowledge.retrieval.part import Part as IndexPart
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.retrieval.standing import ranked
from understudy_server.bench.part import Line, Part, Terms
from understudy_server.bench.retrieval.real_items import Item, real_items

_QUERIES = 600
_K = 8
_FOUND = 50
"""About what both legs propose for one query."""
_ALIKE = 0.85
"""From where on DAIL-SQL takes two skeletons for alike (Gao et al., "Text-to-SQL Empowered by Large Language Models", VLDB 2024)."""

Scores = NDArray[np.float32]


@frozen(eq=False)
class _Memory:
    """The same cases as they are, with their raw questions alone, and with their masked questions alone; in one order."""

    items: Sequence[Item]
    whole: IndexPart
    raw: IndexPart
    masked: IndexPart

    @classmethod
    def of(cls, items: Sequence[Item]) -> "_Memory":
        ordered = sorted(items, key=lambda item: item.entry.case_id)
        bare = [evolve(item.entry, skeleton="", tables=(), columns=()) for item in ordered]
        return cls(
            ordered,
            build_part((item.entry for item in ordered), kind="Flat"),
            build_part(
                (
                    evolve(entry, masked_question=item.question)
                    for entry, item in zip(bare, ordered, strict=True)
                ),
                kind="Flat",
            ),
            build_part(bare, kind="Flat"),
        )


def measure(terms: Terms) -> Part:
    """`limit` bounds the questions of each memory, and at twenty times as many the cases."""
    if terms.data is None:
        raise NothingToDoError("this measurement needs the data bundles; name their folder with --data")
    count = terms.limit or _QUERIES
    terms.say("reading the questions")
    items = real_items(terms.data, None if terms.limit is None else 20 * count)
    known = [item for item in items if item.bundle == "train"]
    draw = random.Random(terms.seed)  # noqa: S311
    other = [item for item in items if item.bundle != "train"]
    lines: list[Line] = []
    figures: dict[str, Any] = {}
    for name, asked in (("other databases", other), ("the same databases", known)):
        terms.say(f"asking a memory of {name}")
        chosen = draw.sample(asked, min(count, len(asked)))
        told = asyncio.run(_hits(_Memory.of(known), chosen, draw))
        figures[name] = {"n": len(chosen), "cases": len(known), **told}
        lines += [
            Line(
                f"{name}, {len(chosen)} questions to {len(known):,} cases: {way}",
                f"{hits['@1'] / len(chosen):.1%} first, {hits['@8'] / len(chosen):.1%} among eight",
            )
            for way, hits in told.items()
        ]
    return Part("How often the case has the gold's skeleton", tuple(lines), figures)


async def _hits(memory: _Memory, asked: Sequence[Item], draw: random.Random) -> dict[str, dict[str, int]]:
    """For each way to choose: how often the first case, and how often one of eight, has the skeleton of the gold."""
    told: dict[str, dict[str, int]] = {}
    student = EmbeddedStudent()
    skeletons = np.array([item.entry.skeleton for item in memory.items])
    golds = np.array([item.gold for item in memory.items])
    for item in asked:
        request = StudentRequest(question=item.question, catalog=item.catalog, dialect=item.dialect)
        draft = (await student.complete(request)).text
        begun = skeleton(draft, item.dialect) if draft else ""
        right = skeletons == item.entry.skeleton
        # What is asked is not to be found by its own gold.
        allowed = golds != item.gold
        for way, scored in _ways(memory, item, begun, draw, allowed).items():
            order = np.argsort(-np.where(allowed, scored(), -np.inf), kind="stable")[:_K]
            hits = told.setdefault(way, {"@1": 0, "@8": 0})
            hits["@1"] += bool(right[order[0]])
            hits["@8"] += bool(right[order].any())
    return told


def _ways(
    memory: _Memory, item: Item, begun: str, draw: random.Random, allowed: NDArray[np.bool_]
) -> dict[str, Callable[[], Scores]]:
    """Scores of all cases, by each way."""
    question = RetrievalQuery(item.entry.masked_question)

    def random_scores() -> Scores:
        return np.array([draw.random() for _ in memory.items], dtype=np.float32)

    def dail() -> Scores:
        likeness = _dense(memory.masked, question)
        alike = np.array(
            [_jaccard(begun, each.entry.skeleton) > _ALIKE for each in memory.items], dtype=np.float32
        )
        return likeness + 2 * alike if begun else likeness

    return {
        "at random": random_scores,
        "BM25 over questions": lambda: _lexical(memory.raw, RetrievalQuery(item.question)),
        "embedding of the question": lambda: _dense(memory.raw, RetrievalQuery(item.question)),
        "DAIL: masked question, skeleton of the student's draft": dail,
        "ours by likeness alone": lambda: _fused(memory.whole, question),
        "ours, the masked question": lambda: _ours(memory.whole, question, allowed),
        "ours, with the skeleton of the student's draft": lambda: _ours(
            memory.whole, evolve(question, skeleton=begun), allowed
        ),
    }


def _rows(part: IndexPart) -> NDArray[np.int64]:
    return np.arange(len(part.rows))


def _dense(part: IndexPart, query: RetrievalQuery) -> Scores:
    asked = ask(query, part.lexicon)
    return part.vectors.cosines(asked.vector, _rows(part)) if asked else np.zeros(len(part.rows), np.float32)


def _lexical(part: IndexPart, query: RetrievalQuery) -> Scores:
    asked = ask(query, part.lexicon)
    if asked is None:
        return np.zeros(len(part.rows), np.float32)
    return part.postings.scores(asked, asked.numbers, _rows(part))[0]


def _fused(part: IndexPart, query: RetrievalQuery) -> Scores:
    asked = ask(query, part.lexicon)
    return part.score(asked, _rows(part)).similarity if asked else np.zeros(len(part.rows), np.float32)


def _ours(part: IndexPart, query: RetrievalQuery, allowed: NDArray[np.bool_]) -> Scores:
    """The order in which the retriever would try the cases that are allowed; the others last."""
    likeness = _fused(part, query)
    found = np.argsort(-np.where(allowed, likeness, -np.inf), kind="stable")[:_FOUND]
    shapes = part.rows.shapes[found]
    usual = shape_shares(shapes, shapes, likeness[found])
    hits = [
        Hit(str(row), float(likeness[row]), 0.0, float(usual[place]), (), 0.0)
        for place, row in enumerate(found[: _K + 1].tolist())
    ]
    scores = np.full(len(likeness), -np.inf, dtype=np.float32)
    for place, (hit, _) in enumerate(ranked(hits, query, {})):
        scores[int(hit.case_id)] = -place
    return scores


def _jaccard(one: str, other: str) -> float:
    a, b = set(one.split()), set(other.split())
    return len(a & b) / len(a | b) if a | b else 0.0
