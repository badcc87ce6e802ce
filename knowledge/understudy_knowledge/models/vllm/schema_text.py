"""The catalog as a model reads it: compact DDL with comments and sample values, bounded by a token budget."""

import re
from collections.abc import Iterable

from attrs import frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.catalog.model import Column, Table, Value

_SHOWN_SAMPLES = 6
_LONGEST_SAMPLE = 32
_LONGEST_COMMENT = 120
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORD = re.compile(r"[a-z]+|[0-9]+")


def tokens_of(text: str) -> int:
    """An estimate that errs on the safe side: code has more than three characters a token with every model we name."""
    return len(text) // 3 + 1


@frozen
class _Forms:
    full: str
    brief: str
    words: frozenset[str]
    column_words: frozenset[str]


@frozen
class _Choice:
    """What was rendered last: the places of the tables that fit the budget, and their text."""

    budget: int
    places: frozenset[int]
    text: str


class SchemaText:
    """Renders catalogs; keeps the text of the last one, so that a keystroke pays only for choosing tables."""

    def __init__(self) -> None:
        self._catalog: Catalog | None = None
        self._forms: tuple[_Forms, ...] = ()
        self._last: _Choice | None = None

    def render(
        self, catalog: Catalog, *, about: str, visible: Iterable[str], budget: int, steady: bool = False
    ) -> str:
        """DDL of at most `budget` estimated tokens.

        Tables that are `visible` at the cursor or share words with the text `about` get their place first, then what
        these refer to, then the rest. What is chosen is written in the catalog's order: the same choice gives the same
        text, which the server has in its prefix cache. A `steady` choice is the last one again as long as it holds all
        that is visible or asked for: each table that comes or goes would cost the server the whole prompt.
        """
        if self._catalog is not catalog:
            self._forms = tuple(_forms(table) for table in catalog.tables)
            self._catalog, self._last = catalog, None
        ranked, wanted = self._by_relevance(catalog, about, visible)
        last = self._last
        if steady and last is not None and last.budget == budget and last.places >= wanted:
            return last.text
        chosen: dict[int, str] = {}
        left = budget - tokens_of(_and_more(len(self._forms)))
        for place in ranked:
            forms = self._forms[place]
            fitting = next((form for form in (forms.full, forms.brief) if tokens_of(form) <= left), None)
            if fitting is not None:
                chosen[place] = fitting
                left -= tokens_of(fitting)
        parts = [chosen[place] for place in sorted(chosen)]
        if len(chosen) < len(self._forms):
            parts.append(_and_more(len(self._forms) - len(chosen)))
        text = "\n".join(parts)
        self._last = _Choice(budget, frozenset(chosen), text)
        return text

    def _by_relevance(
        self, catalog: Catalog, about: str, visible: Iterable[str]
    ) -> tuple[list[int], frozenset[int]]:
        """The places of all tables, the most relevant first, and of those that are visible or named by a word."""
        asked, seen = words(about), {name.lower() for name in visible}
        scores = [
            100 * (table.name.lower() in seen)
            + 10 * len(forms.words & asked)
            + min(9, len(forms.column_words & asked))
            for table, forms in zip(catalog.tables, self._forms, strict=True)
        ]
        wanted = {
            key.ref_table.lower()
            for table, score in zip(catalog.tables, scores, strict=True)
            if score >= 10
            for key in table.foreign_keys
        }
        scores = [
            score + 5 * (table.name.lower() in wanted)
            for table, score in zip(catalog.tables, scores, strict=True)
        ]
        named = frozenset(place for place, score in enumerate(scores) if score >= 10)
        return sorted(range(len(scores)), key=lambda place: (-scores[place], place)), named


def words(text: str) -> frozenset[str]:
    """Lower-cased words without a plural s: `OrderItems`, `order_item` and "order items" have the same."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()
    return frozenset(
        word[:-1] if len(word) > 3 and word.endswith("s") else word for word in _WORD.findall(spaced)
    )


def _forms(table: Table) -> _Forms:
    return _Forms(
        full=_full(table),
        brief=f"CREATE TABLE {_name(table.name)} ({', '.join(_name(column.name) for column in table.columns)});",
        words=words(table.name),
        column_words=frozenset().union(*(words(column.name) for column in table.columns)),
    )


def _full(table: Table) -> str:
    lines = [f"CREATE {table.kind.upper()} {_name(table.name)} ({_remark(table.comment)}"]
    references = {
        key.columns[0].lower(): f" REFERENCES {_name(key.ref_table)}({_name(key.ref_columns[0])})"
        for key in table.foreign_keys
        if len(key.columns) == 1 and len(key.ref_columns) == 1
    }
    single_key = len(table.primary_key) == 1
    entries = [
        (
            f"  {_name(column.name)} {column.type}".rstrip()
            + (" PRIMARY KEY" if column.primary_key and single_key else "")
            + (" NOT NULL" if not column.nullable and not (column.primary_key and single_key) else "")
            + references.get(column.name.lower(), ""),
            _remark(column.comment, _samples(column)),
        )
        for column in table.columns
    ]
    if len(table.primary_key) > 1:
        entries.append((f"  PRIMARY KEY ({_names(table.primary_key)})", ""))
    entries += [
        (
            f"  FOREIGN KEY ({_names(key.columns)}) REFERENCES {_name(key.ref_table)}({_names(key.ref_columns)})",
            "",
        )
        for key in table.foreign_keys
        if len(key.columns) > 1
    ]
    lines += [
        f"{code}{',' if number < len(entries) else ''}{remark}"
        for number, (code, remark) in enumerate(entries, 1)
    ]
    return "\n".join([*lines, ");"])


def _remark(*texts: str) -> str:
    said = "; ".join(text for text in (_one_line(text) for text in texts) if text)
    return f"  -- {said}" if said else ""


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_COMMENT else line[: _LONGEST_COMMENT - 1] + "…"


def _samples(column: Column) -> str:
    # Numbers say little and change; words are what a question has to be matched with.
    if column.family not in ("text", "date") or column.primary_key:
        return ""
    shown = [_literal(sample) for sample in column.samples[:_SHOWN_SAMPLES]]
    if not shown or any(len(sample) > _LONGEST_SAMPLE for sample in shown):
        shown = shown[:1]
    if not shown or len(shown[0]) > _LONGEST_SAMPLE:
        return ""
    complete = column.samples_complete and len(shown) == len(column.samples)
    return ("one of " if complete else "e.g. ") + ", ".join(shown)


def _literal(value: Value) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def _name(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _names(names: Iterable[str]) -> str:
    return ", ".join(_name(name) for name in names)


def _and_more(count: int) -> str:
    return f"-- and {count} more tables"
