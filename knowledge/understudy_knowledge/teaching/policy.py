"""Which example deserves the teacher next: a greedy order over those that still fail. Asks no model, runs nothing.

The worth of an example is the product of four parts, each in (0, 1]:
- how uncertain the student is of it: as a teacher with a theory of the student's mind intervenes where that changes most (Saha
  et al., "Can Language Models Teach Weaker Agents?", NeurIPS 2023), and as LLKD picks what the student is least sure of (Li et
  al., "Learning with Less", 2024). One attempt tells little, so its neighbors' attempts are taken as further samples; where
  neighbors fail and pass side by side, as in PGKD's contrast pairs (2024), uncertainty is highest;
- how many failing neighbors a lesson of it could reach that no chosen example reaches yet (facility location);
- how little its failure class was served so far, for its size: DDK's domains by discrepancy (Liu et al., NeurIPS 2024);
- how easy it is for one of its kind: curriculum by difficulty.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from understudy_knowledge.memory.records import Example
from understudy_knowledge.memory.skeleton import skeleton
from understudy_knowledge.retrieval.nearest import nearest
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.teaching.choices import Order
from understudy_knowledge.teaching.records import Cause

Floats = NDArray[np.float64]

_NEIGHBORS = 8
_OWN_WEIGHT = 2.0
"""How many neighbors an example's own attempt counts for."""
_SURE = 0.25
"""What is left of the worth of an example that the student surely fails: it may still be taught."""
_HARDEST = 0.5
"""What is left of the worth of the most difficult example."""


@frozen
class Neighborhood:
    """How like each other examples are: `likeness[i, j]` in [0, 1] for the nearest of i, else 0; its diagonal is 0."""

    likeness: Floats

    @classmethod
    def of(cls, queries: Sequence[RetrievalQuery]) -> "Neighborhood":
        """The neighborhood of examples in the order of their queries."""
        likeness = np.zeros((len(queries), len(queries)))
        for i, query in enumerate(queries):
            for j, score in nearest(query, queries, _NEIGHBORS + 1):
                if i != j:
                    likeness[i, j] = score
        return cls(likeness)


@frozen
class State:
    """What is known when a round begins, by the examples' ids: which pass by now, which were tried, why the others fail."""

    passed: frozenset[str]
    tried: frozenset[str]
    causes: Mapping[str, Cause]


def in_order(
    examples: Sequence[Example],
    state: State,
    neighborhood: Neighborhood,
    order: Order,
    seed: int = 0,
) -> list[Example]:
    """The examples that were not tried, the one to teach first at the head. The same arguments give the same order."""
    left = [i for i, example in enumerate(examples) if example.id not in state.tried]
    if order == "file":
        return [examples[i] for i in left]
    if order == "random":
        return random.Random(seed).sample([examples[i] for i in left], len(left))  # noqa: S311 - no secret
    worth = _uncertainty(examples, state.passed, neighborhood) * _ease(examples)
    return [examples[i] for i in _greedy(left, examples, worth, state, neighborhood)]


def _greedy(
    left: list[int], examples: Sequence[Example], worth: Floats, state: State, neighborhood: Neighborhood
) -> list[int]:
    """Positions, best first: each step takes the best one, given those that were taken before it."""
    likeness = neighborhood.likeness
    kinds = [state.causes.get(example.id, "") for example in examples]
    taken = [i for i, example in enumerate(examples) if example.id in state.tried and kinds[i]]
    size, served = Counter(filter(None, kinds)), Counter(kinds[i] for i in taken)
    reached = np.zeros(len(examples))
    for i in taken:
        if examples[i].id in state.passed:
            reached = np.maximum(reached, likeness[:, i])
    chosen = list[int]()
    columns, left = np.array(left, dtype=int), list(left)
    while left:
        # What a lesson of each would add to how well those that fail are reached, itself among them.
        added = np.maximum(likeness[columns][:, left] - reached[columns, None], 0.0).sum(axis=0)
        added += 1.0 - reached[left]
        share = np.array([size[kinds[i]] / (size[kinds[i]] + 2.0 * served[kinds[i]]) for i in left])
        best = left.pop(int(np.argmax(worth[left] * added * share)))
        chosen.append(best)
        served[kinds[best]] += 1
        reached = np.maximum(reached, likeness[:, best])
        reached[best] = 1.0
    return chosen


def _uncertainty(examples: Sequence[Example], passed: frozenset[str], neighborhood: Neighborhood) -> Floats:
    """4p(1 - p) of the estimated chance p to pass, never below what is left for the surely failed ones."""
    own = np.array([float(example.id in passed) for example in examples])
    weight = neighborhood.likeness
    chance = (_OWN_WEIGHT * own + weight @ own) / (_OWN_WEIGHT + weight.sum(axis=1))
    return np.asarray(np.maximum(4 * chance * (1 - chance), _SURE), dtype=np.float64)


def _ease(examples: Sequence[Example]) -> Floats:
    """1 for the shortest gold skeleton, less for longer ones, by rank."""
    lengths = np.array([len(skeleton(example.gold, example.dialect).split()) for example in examples])
    ranks = lengths.argsort(kind="stable").argsort(kind="stable")
    return np.asarray(1.0 - (1.0 - _HARDEST) * ranks / max(1, len(examples) - 1))
