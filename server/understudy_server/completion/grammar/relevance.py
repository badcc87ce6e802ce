"""Which tables of a catalog a text most likely speaks of. Large catalogs are read once, not at every keystroke."""

import re
from collections import Counter, defaultdict

from understudy_knowledge.catalog.model import Catalog, Table

_WORD = re.compile(r"[a-z]+|[0-9]+")
_NAME, _COLUMN = 10, 1
_MOST_COLUMNS = 200
"""A table of more columns is left out: alone it would be a large grammar."""


class Relevance:
    """The words of one catalog's tables, and which tables refer to which."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._tables = tuple(
            table for table in catalog.tables if table.columns and len(table.columns) <= _MOST_COLUMNS
        )
        self._places: dict[str, Counter[int]] = defaultdict(Counter)
        self._near: dict[int, set[int]] = defaultdict(set)
        places = {id(table): at for at, table in enumerate(self._tables)}
        for at, table in enumerate(self._tables):
            for word in words(table.name):
                self._places[word][at] += _NAME
            for word in frozenset().union(*(words(column.name) for column in table.columns)):
                self._places[word][at] += _COLUMN
            for key in table.foreign_keys:
                other = places.get(id(catalog.table(key.ref_table)))
                if other is not None and other != at:
                    self._near[at].add(other)
                    self._near[other].add(at)

    def tables(self, text: str, named: frozenset[str], most: int) -> list[Table]:
        """At most `most` tables: those named, those that share words with the text, those a key links to these, the rest."""
        scores: Counter[int] = Counter()
        for word in words(text):
            scores.update(self._places.get(word, {}))
        for at in [at for at, table in enumerate(self._tables) if table.name.lower() in named]:
            scores[at] += 100
        for at, score in list(scores.items()):
            if score >= _NAME:
                for other in self._near.get(at, ()):
                    scores[other] += _NAME // 2
        first = sorted(scores, key=lambda at: (-scores[at], at))[:most]
        rest = (at for at in range(len(self._tables)) if at not in scores)
        return [
            self._tables[at]
            for at in (*first, *(at for at, _ in zip(rest, range(most - len(first)), strict=False)))
        ]


def words(text: str) -> frozenset[str]:
    """Lower-cased words without a plural s: `OrderItems`, `order_item` and "order items" have the same."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()
    return frozenset(
        word[:-1] if len(word) > 3 and word.endswith("s") else word for word in _WORD.findall(spaced)
    )
