"""What a store has gained or lost since an index was made of it, found stretch by stretch without reading what stayed the same."""

from collections.abc import Mapping

from attrs import frozen

from understudy_knowledge.memory.store import Entry, KnowledgeStore
from understudy_knowledge.retrieval.rows import Rows, Stretch, digest, stamp


@frozen
class Difference:
    """One stretch of rows that is not what it was: the entries that are new or say something else, and the rows that are gone."""

    digest: str
    entries: tuple[Entry, ...]
    dead: tuple[int, ...]

    def __len__(self) -> int:
        return max(len(self.entries), len(self.dead))


Differences = Mapping[int, Difference]
"""By the first row of the stretch."""


def differences(store: KnowledgeStore, rows: Rows, known: Differences, most: int) -> Differences | None:
    """How the store differs from the rows; None where more than `most` do. `known` is what was found before: only what has
    changed since then is read."""
    found: dict[int, Difference] = {}
    count = 0
    for number, stretch in enumerate(rows.stretches()):
        now = digest(store.entry_texts(stretch.above, stretch.upto))
        if number < len(rows.digests) and now == rows.digests[number]:
            continue
        difference = known.get(stretch.rows.start)
        if difference is None or difference.digest != now:
            difference = _compared(store, rows, stretch, now, most)
        count += len(difference)
        if count > most:
            return None
        found[stretch.rows.start] = difference
    return found


def _compared(store: KnowledgeStore, rows: Rows, stretch: Stretch, now: str, most: int) -> Difference:
    """Stops reading above `most` changed entries."""
    gone = {rows.case_id(row): row for row in stretch.rows}
    changed: list[Entry] = []
    for entry in store.entries(stretch.above, stretch.upto):
        row = gone.get(entry.case_id)
        if row is not None and int(rows.stamps[row]) == stamp(entry.text):
            del gone[entry.case_id]
        else:
            changed.append(entry)
            if len(changed) > most:
                break
    return Difference(now, tuple(changed), tuple(gone.values()))
