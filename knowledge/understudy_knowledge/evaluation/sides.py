"""Which items are taught and which tested: as the dataset says, or whole groups to one side by a seed.

Groups are query families (Finegan-Dollak et al., "Improving Text-to-SQL Evaluation Methodology", ACL 2018), questions in nearly
the same words about one database, a dataset's own variants of one question, and, where whole databases are kept together, those.
"""

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from types import MappingProxyType

from attrs import evolve

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.evaluation.items import Dataset, Item
from understudy_knowledge.evaluation.split import HELD_OUT, near
from understudy_knowledge.evaluation.tasks import SplitBy
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.skeleton import family_of
from understudy_knowledge.memory.words import stems

_TESTED = ("test", "valid")
Catalogs = Mapping[str, Catalog]
"""By database, of those whose own values are masked in questions before these are compared, as where the product splits."""
_NO_CATALOGS: Catalogs = MappingProxyType({})


def with_sides(
    dataset: Dataset,
    by: SplitBy,
    seed: int = 0,
    share: float = HELD_OUT,
    catalogs: Catalogs = _NO_CATALOGS,
) -> Dataset:
    """The dataset with its items' split decided. A dataset of only one side is grouped by family where `by` is "given".

    Items whose gold only states the answer are tested whatever the groups say.
    """
    given = {item.split for item in dataset.items if not item.answer_only}
    sided = "train" in given and bool(given & set(_TESTED))
    if not dataset.items or (by == "given" and sided):
        return dataset
    return _regrouped(dataset, "database" if by == "database" else "family", seed, share, catalogs)


def groups(items: Sequence[Item], by: SplitBy, catalogs: Catalogs = _NO_CATALOGS) -> list[list[int]]:
    """Positions of the items that belong to one side."""
    parent = list(range(len(items)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[Hashable, int] = {}

    def join(key: Hashable, i: int) -> None:
        parent[root(i)] = root(first.setdefault(key, i))

    words = [
        frozenset(stems(mask_values(item.example.question, catalogs.get(item.database)))) for item in items
    ]
    at_home: dict[tuple[str, str], list[int]] = {}
    for i, item in enumerate(items):
        place = (item.database, item.table)
        if not item.answer_only:
            join(("family", *place, family_of(item.example)), i)
        if item.group:
            join(("group", item.group), i)
        if by == "database" and item.database:
            join(("database", item.database), i)
        elif item.database:
            for j in at_home.setdefault(place, []):
                if near(words[i], words[j]):
                    parent[root(i)] = root(j)
            at_home[place].append(i)
        else:
            join(("words", words[i]), i)
    found: dict[int, list[int]] = {}
    for i in range(len(items)):
        found.setdefault(root(i), []).append(i)
    return list(found.values())


def crossing(
    taught: Sequence[Item], tested: Sequence[Item], catalogs: Catalogs = _NO_CATALOGS
) -> frozenset[str]:
    """Ids of tested items that share a query family or nearly their words with a taught item over the same database."""
    items = (*taught, *tested)
    bound = len(taught)
    return frozenset(
        items[i].example.id
        for members in groups(items, "family", catalogs)
        if any(i < bound for i in members)
        for i in members
        if i >= bound
    )


def _regrouped(dataset: Dataset, by: SplitBy, seed: int, share: float, catalogs: Catalogs) -> Dataset:
    items = dataset.items
    found = sorted(
        groups(items, by, catalogs), key=lambda members: min(_rank(items[i], seed) for i in members)
    )
    wanted = round(share * len(items))
    tested = {i for i, item in enumerate(items) if item.answer_only}
    for members in found:
        more = set(members) - tested
        if len(tested) + len(more) <= wanted:
            tested |= more
    taught_on = {item.database for i, item in enumerate(items) if i not in tested}
    return evolve(
        dataset,
        items=tuple(
            evolve(item, split="test", seen=item.database in taught_on)
            if i in tested
            else evolve(item, split="train", seen=True)
            for i, item in enumerate(items)
        ),
    )


def _rank(item: Item, seed: int) -> str:
    return hashlib.sha256(f"{seed}\0{item.example.id}".encode()).hexdigest()
