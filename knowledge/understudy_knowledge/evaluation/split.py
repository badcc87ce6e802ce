"""Taught and held-out examples: no query family and no near-duplicate on both sides.

Query families as in Finegan-Dollak et al., "Improving Text-to-SQL Evaluation Methodology" (ACL 2018): statements that are
equal once their literals are masked.
"""

import hashlib
from collections.abc import Sequence

from attrs import frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.records import Example
from understudy_knowledge.memory.skeleton import family_of
from understudy_knowledge.memory.words import stems

HELD_OUT = 1 / 3
_NEAR = 0.85


@frozen
class Split:
    """The two sides, each in the examples' own order; `groups` is how many groups the examples fell into."""

    taught: tuple[Example, ...]
    held_out: tuple[Example, ...]
    groups: int


def split(examples: Sequence[Example], catalog: Catalog, *, share: float = HELD_OUT, seed: int = 0) -> Split:
    """Whole groups go to one side, by a hash of their first example, until about `share` of the examples is held out."""
    groups = group(examples, catalog)
    ranked = sorted(groups, key=lambda members: _rank(examples[members[0]], seed))
    wanted = round(share * len(examples))
    held: set[int] = set()
    for members in ranked:
        if len(held) + len(members) <= wanted:
            held.update(members)
    return Split(
        tuple(example for i, example in enumerate(examples) if i not in held),
        tuple(example for i, example in enumerate(examples) if i in held),
        len(groups),
    )


def group(examples: Sequence[Example], catalog: Catalog) -> list[list[int]]:
    """Positions of the examples that belong together: of one family, or asked in nearly the same words."""
    parent = list(range(len(examples)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    families: dict[str, int] = {}
    questions = [frozenset(stems(mask_values(example.question, catalog))) for example in examples]
    for i, example in enumerate(examples):
        first = families.setdefault(family_of(example), i)
        parent[root(i)] = root(first)
        for j in range(i):
            if near(questions[i], questions[j]):
                parent[root(i)] = root(j)
    groups: dict[int, list[int]] = {}
    for i in range(len(examples)):
        groups.setdefault(root(i), []).append(i)
    return list(groups.values())


def near(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sets of question words, values masked, are nearly the same (Jaccard similarity)."""
    both = len(one | other)
    return both > 0 and len(one & other) >= _NEAR * both


def _rank(example: Example, seed: int) -> str:
    return hashlib.sha256(f"{seed}\0{example.id}".encode()).hexdigest()
