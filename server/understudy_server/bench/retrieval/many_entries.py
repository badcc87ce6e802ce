"""As many entries as one wants: real questions, and variations of them in which words and tables are other ones."""

import random
from collections.abc import Iterator, Sequence

from attrs import evolve

from understudy_knowledge.memory.store import Entry

_CHANGED = 0.3
"""Share of a question's words that are drawn anew, as often as they stand in the real ones."""


def many_entries(real: Sequence[Entry], first: int, count: int, seed: int) -> Iterator[Entry]:
    """The entries from number `first` on, in order of their case ids. The first ones are the real ones."""
    pool = [word for entry in real for word in entry.masked_question.split()]
    for number in range(first, first + count):
        entry, copy = real[number % len(real)], number // len(real)
        named = evolve(entry, case_id=f"case-{number:08}", example_id=f"example-{number:08}")
        yield _varied(named, copy, pool, random.Random(f"{seed} {number}")) if copy else named  # noqa: S311


def _varied(entry: Entry, copy: int, pool: Sequence[str], draw: random.Random) -> Entry:
    words = (
        draw.choice(pool) if draw.random() < _CHANGED else word for word in entry.masked_question.split()
    )
    return evolve(
        entry,
        masked_question=" ".join(words),
        tables=tuple(f"{table}_{copy}" for table in entry.tables),
        columns=tuple(column.replace(".", f"_{copy}.", 1) for column in entry.columns),
    )
