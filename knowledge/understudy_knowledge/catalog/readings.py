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


_Kept = dict[tuple[Precedence, str], _Reading]


@define
class Readings:
    """Read in one thread at a time; `changed` may be asked meanwhile in another."""

    dialect: str = "sqlite"
    _kept: _Kept = field(factory=dict, init=False)
    """Replaced as a whole."""
    _first: tuple[str, ...] = field(default=(), init=False)
    """Versions of the catalogs that stood in front the last time."""

    def changed(self) -> bool:
        """Whether a file of a known source is not as it was when it was read. Only asks the file system."""
        return any(_stamps(kept.source) != kept.stamps for kept in self._kept.values())

    def read(self, sources: Iterable[Source], first: Sequence[Catalog] = ()) -> Catalog:
        """The merged catalog: `first` in front, then the sources by precedence; of those only what changed is read."""
        before, front = dict(self._kept), merge(*first) if first else Catalog(dialect=self.dialect)
        versions = tuple(catalog.version for catalog in first)
        anything_new, self._first = versions != self._first, versions
        now: _Kept = {}
        for source in sorted(sources, key=lambda source: source.precedence):
            key = source.precedence, source.name
            kept = before.pop(key, None)
            if kept is not None and kept.stamps == _stamps(source):
                now[key] = evolve(kept, source=source)
            else:
                now[key] = _read(source, front, self.dialect)
                anything_new = True
        if anything_new or before:
            _read_again_what_leans(now, front, self.dialect)
        self._kept = now
        return _merged(now, front)


def _read_again_what_leans(now: _Kept, front: Catalog, dialect: str) -> None:
    for _ in range(_ROUNDS):
        leaning = [(key, kept) for key, kept in now.items() if kept.leans]
        if not leaning:
            return
        everything = _merged(now, front)
        for key, kept in leaning:
            now[key] = _read(kept.source, everything, dialect)
        if all(now[key].catalog == kept.catalog for key, kept in leaning):
            return


def _merged(now: _Kept, front: Catalog) -> Catalog:
    return resolve_keys(merge(front, *(kept.catalog for kept in now.values())))


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
    # Whatever a reader stumbles over in somebody's file, the other files still stand.
    except Exception as error:
        note = f"{source.name} is left out, because reading it failed ({type(error).__name__}: {error}); please report this."
        catalog = Catalog(dialect=dialect, notes=(note,))
    return _Reading(source, stamps, catalog, bool(asked))


def _stamps(source: Source) -> tuple[Stamp, ...]:
    return tuple(stamp(path) for path in source.files)
