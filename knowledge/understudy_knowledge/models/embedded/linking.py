"""Schema linking: which tables, columns and values the words of a question name. Deterministic, no model."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Literal

from attrs import frozen

from understudy_knowledge.catalog import Catalog, Column, Table, Value
from understudy_knowledge.memory.words import STOPWORDS
from understudy_knowledge.models.embedded.per_catalog import PerCatalog
from understudy_knowledge.models.embedded.tokens import Token, name_stems, tokenize

_LONGEST_VALUE = 6  # words; longer values are not named whole in questions
_LONGEST_NAME = 4
_GENERIC = frozenset(name_stems("id name code key type value number date at on is no nr"))
"""Words that many columns share; a match on nothing else names none of them."""
_FUNCTION_WORDS = STOPWORDS | frozenset(
    "not no never without only more most less least than other another any".split()
)
"""Words that shape a question and name nothing in it."""
_VIEW = 0.05
_COMMENT = 0.45
"""A column's comment says what it holds, but in passing."""
_COMMENTED = 2


@frozen
class Mention:
    """Tokens `first`..`last` (included) name something of the catalog; `score` in (0, 1]."""

    first: int
    last: int
    kind: Literal["table", "column", "value"]
    table: str
    column: str | None
    value: Value
    score: float
    words: frozenset[str]


@frozen
class Links:
    """A question's tokens and everything they may name, best first."""

    tokens: tuple[Token, ...]
    mentions: tuple[Mention, ...]

    def of(self, kind: str, first: int = 0, last: int = 10**6) -> tuple[Mention, ...]:
        """Mentions of one kind that lie within tokens `first`..`last`, best first."""
        return tuple(m for m in self.mentions if m.kind == kind and m.first >= first and m.last <= last)

    @property
    def content(self) -> frozenset[str]:
        """Stems of the words that carry meaning."""
        return frozenset(token.stem for token in self.tokens if token.is_content)


class Linker:
    """The names and sample values of one catalog, arranged for look-up by words."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._values: dict[tuple[str, ...], list[tuple[str, str, Value]]] = defaultdict(list)
        self._columns: dict[str, list[tuple[Table, Column, tuple[str, ...]]]] = defaultdict(list)
        self._tables: dict[str, list[tuple[Table, tuple[str, ...]]]] = defaultdict(list)
        frequency: Counter[str] = Counter()
        self._comments: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for table in catalog.tables:
            if not table.columns:
                continue  # nothing could be said about it
            names = name_stems(table.name)
            for word in set(names):
                self._tables[word].append((table, names))
            for column in table.columns:
                words = name_stems(column.name)
                frequency.update(set(words))
                for word in set(words):
                    self._columns[word].append((table, column, words))
                self._index_values(table, column)
                for word in set(name_stems(column.comment)) - set(words) - set(names):
                    self._comments[word].append((table.name, column.name))
        total = sum(len(table.columns) for table in catalog.tables) + 1
        self._weight = {word: math.log(1 + total / count) for word, count in frequency.items()}
        self._default_weight = math.log(1 + total)

    def _index_values(self, table: Table, column: Column) -> None:
        if column.family in {"date", "blob"}:
            return
        for sample in column.samples:
            if isinstance(sample, str) and len(sample) <= 60:
                words = name_stems(sample)
                if 0 < len(words) <= _LONGEST_VALUE:
                    self._values[words].append((table.name, column.name, sample))

    def link(self, question: str) -> Links:
        """Everything the question may name, best first; overlapping mentions are all kept."""
        tokens = tokenize(question)
        found: list[Mention] = []
        for first in range(len(tokens)):
            for last in range(first, min(first + _LONGEST_VALUE, len(tokens))):
                window = tokens[first : last + 1]
                if not (window[0].is_word or window[0].number is not None) or not window[-1].stem.strip():
                    continue
                self._find_values(window, first, last, found)
                if last - first < _LONGEST_NAME and all(token.is_word for token in window):
                    self._find_names(window, first, last, found)
                if last == first and window[0].is_content:
                    self._find_commented(window[0], first, found)
        found.sort(key=lambda m: (-m.score, m.first, m.kind, m.table, m.column or "", str(m.value)))
        return Links(tokens, tuple(found))

    def _find_values(self, window: tuple[Token, ...], first: int, last: int, found: list[Mention]) -> None:
        stems = tuple(word for token in window for word in name_stems(token.text))
        for table, column, value in self._values.get(stems, ()):
            text = " ".join(token.text for token in window)
            if (
                len(window) == 1
                and (window[0].text.lower() in _FUNCTION_WORDS or len(text) < 2)
                and text != value
            ):
                continue
            exact = text == value or text.lower() == str(value).lower()
            score = min(1.0, 0.7 + 0.05 * len(window) + (0.15 if exact else 0.0))
            if len(window) == 1 and (stems[0] in self._tables or stems[0] in self._columns) and text != value:
                score -= 0.3  # "coffee" the value, or coffee the table? the name is likelier
            found.append(Mention(first, last, "value", table, column, value, score, frozenset(stems)))

    def _find_names(self, window: tuple[Token, ...], first: int, last: int, found: list[Mention]) -> None:
        stems = tuple(token.stem for token in window)
        if any(token.text.lower() in _FUNCTION_WORDS for token in window):
            return
        inside = set(stems)
        for table, names in self._tables.get(stems[0], ()):
            if inside <= set(names):
                score = len(inside) / len(set(names)) - _VIEW * (table.kind == "view")
                found.append(Mention(first, last, "table", table.name, None, None, score, frozenset(inside)))
        for table, column, words in self._columns.get(stems[0], ()):
            if not inside <= set(words) | set(name_stems(table.name)):
                continue
            own = inside & set(words)
            if own <= _GENERIC and len(own) < len(set(words)):
                continue
            score = self._weight_of(own) / self._weight_of(set(words)) - _VIEW * (table.kind == "view")
            if inside - own:
                score = min(1.0, score + 0.1)  # "customer name": the table's word makes sure
            if score >= 0.3:
                found.append(
                    Mention(first, last, "column", table.name, column.name, None, score, frozenset(inside))
                )

    def _find_commented(self, token: Token, at: int, found: list[Mention]) -> None:
        """Words that the comments of one or two columns use and no name does."""
        word = token.stem
        places = self._comments.get(word, ())
        if (
            len(word) < 4
            or not 0 < len(places) <= _COMMENTED
            or word in self._columns
            or word in self._tables
        ):
            return
        for table, column in places:
            found.append(Mention(at, at, "column", table, column, None, _COMMENT, frozenset({word})))

    def _weight_of(self, words: Iterable[str]) -> float:
        """The same in whatever order a set gives them: what is a tie in one process must be one in the next."""
        return math.fsum(self._weight.get(word, self._default_weight) for word in words)


linker_for = PerCatalog(Linker)
"""The linker of a catalog."""
