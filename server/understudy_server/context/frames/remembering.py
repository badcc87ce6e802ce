"""What was made of the same objects before: while one types, most of what stands above the cursor comes out the same.

Keys hold identities, for comparing scopes of hundreds of names costs more than reading the line again; so the same input
must always give the same object, or what is made of it is made anew.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Made = TypeVar("Made")

MAX_KEPT = 2_048
_Made = dict[Hashable, tuple[tuple[object, ...], Any]]
_young: _Made = {}
_old: _Made = {}
"""What was not asked for since the young ones were last too many goes next."""


def remembered(what: Hashable, of: tuple[object, ...], make: Callable[[], Made]) -> Made:
    """What `make` gives for these very objects, made once. `what` says what is made, apart from them."""
    global _young, _old
    key = (what, *map(id, of))
    known = _young.get(key) or _old.get(key)
    # An id may belong to another object by now.
    if known is None or not all(one is other for one, other in zip(known[0], of, strict=True)):
        known = (of, make())
    if len(_young) >= MAX_KEPT:
        _young, _old = {}, _young
    _young[key] = known
    return known[1]  # type: ignore[no-any-return]
