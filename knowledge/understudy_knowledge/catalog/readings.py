"""What each source said when it was last read. A source that changed is read again, and only that one."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import define, evolve, field, frozen

from understudy_knowledge.catalog.merge import merge, resolve_keys
from understudy_knowledge.catalog.model import Catalog
from understudy_knowledge.catalog.source import Precedence, Source
from understudy_knowledge.errors import UnderstudyError

Stamp = tuple[int, int] | None
"""Modification time in nanoseconds and size in bytes; None for a file that is not there."""
_ROUNDS = 3
"""A view may stand before its tables, or on another view; what does not resolve after this many tries, will not."""


def stamp(path: Path) -> Stamp:
    """The stamp of a file; never raises."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size


@frozen
class _Reading:
    source: Source
    stamps: tuple[Stamp, ...]
    catalog: Catalog
    leans: bool
    """Whether it asked what the others say."""


@define
class Readings:
    """Not for two threads at once: whoever keeps the catalog asks for one thing after the other."""

    dialect: str = "sqlite"
    _kept: dict[tuple[Precedence, str], _Reading] = field(factory=dict, init=False)
    _first: tuple[str, ...] = field(default=(), init=False)
    """Versions of the catalogs that stood in front the last time."""

    def changed(self) -> bool:
        """Whether a file of a known source is not as it was when it was read. Only asks the file system."""
        return any(_stamps(kept.source) != kept.stamps for kept in self._kept.values())

    def read(self, sources: Iterable[Source], first: Sequence[Catalog] = ()) -> Catalog:
        """The merged catalog: `first` in front, then the sources by precedence; of those only what changed is read."""
        before, front = self._kept, merge(*first) if first else Catalog(dialect=self.dialect)
        self._kept = {}
        versions = tuple(catalog.version for catalog in first)
        anything_new, self._first = versions != self._first, versions
        for source in sorted(sources, key=lambda source: source.precedence):
            key = source.precedence, source.name
            kept = before.pop(key, None)
            if kept is not None and kept.stamps == _stamps(source):
                self._kept[key] = evolve(kept, source=source)
            else:
                self._kept[key] = _read(source, front, self.dialect)
                anything_new = True
        if anything_new or before:
            self._read_again_what_leans(front)
        return self._merged(front)

    def _read_again_what_leans(self, front: Catalog) -> None:
        for _ in range(_ROUNDS):
            leaning = [(key, kept) for key, kept in self._kept.items() if kept.leans]
            if not leaning:
                return
            everything = self._merged(front)
            for key, kept in leaning:
                self._kept[key] = _read(kept.source, everything, self.dialect)
            if all(self._kept[key].catalog == kept.catalog for key, kept in leaning):
                return

    def _merged(self, front: Catalog) -> Catalog:
        return resolve_keys(merge(front, *(kept.catalog for kept in self._kept.values())))


def _read(source: Source, everything: Catalog, dialect: str) -> _Reading:
    asked: list[None] = []

    def known() -> Catalog:
        asked.append(None)
        return everything

    stamps = _stamps(source)  # before reading, so that a change in between is seen the next time
    try:
        catalog = source.read(known)
    except UnderstudyError as error:
        catalog = Catalog(dialect=dialect, notes=(str(error),))
    except OSError as error:
        note = f"{source.name} cannot be read ({error.strerror or error})."
        catalog = Catalog(dialect=dialect, notes=(note,))
    return _Reading(source, stamps, catalog, bool(asked))


def _stamps(source: Source) -> tuple[Stamp, ...]:
    return tuple(stamp(path) for path in source.files)
