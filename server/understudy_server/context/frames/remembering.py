"""What was made before of the same things: while one types, most of what stands above the cursor comes out the same."""

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

Made = TypeVar("Made")
Key = TypeVar("Key", bound=Hashable)
Kept = TypeVar("Kept")

MAX_KEPT = 512


class Recent(Generic[Key, Kept]):
    """What was asked for lately: at least the last `most`, at most twice as many."""

    __slots__ = ("_most", "_old", "_young")

    def __init__(self, most: int) -> None:
        self._most = most
        self._young: dict[Key, Kept] = {}
        self._old: dict[Key, Kept] = {}
        """What was not asked for since the young ones were last too many goes next."""

    def get(self, key: Key) -> Kept | None:
        """What is kept under the key."""
        kept = self._young.get(key)
        if kept is None and (kept := self._old.get(key)) is not None:
            self.keep(key, kept)
        return kept

    def keep(self, key: Key, kept: Kept) -> None:
        """Have it found under the key."""
        if len(self._young) >= self._most:
            self._young, self._old = {}, self._young
        self._young[key] = kept


_made: Recent[Hashable, tuple[tuple[object, ...], Any]] = Recent(MAX_KEPT)


def remembered(what: Hashable, of: tuple[object, ...], make: Callable[[], Made]) -> Made:
    """What `make` gives for these very objects, made once. `what` says what is made, apart from them.

    Keys hold identities, for comparing scopes of hundreds of names costs more than reading the line again; so the same
    input must always give the same object, or what is made of it is made anew.
    """
    key = (what, *map(id, of))
    known = _made.get(key)
    # An id may belong to another object by now.
    if known is None or not all(one is other for one, other in zip(known[0], of, strict=True)):
        known = (of, make())
        _made.keep(key, known)
    made: Made = known[1]
    return made
