"""What was made of the same objects before: while one types, most of what stands above the cursor comes out the same.

Keys hold identities, for comparing scopes of hundreds of names costs more than reading the line again; so the same input
must always give the same object, or what is made of it is made anew.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Made = TypeVar("Made")

MAX_KEPT = 8_192
_made: dict[Hashable, tuple[tuple[object, ...], Any]] = {}


def remembered(what: Hashable, of: tuple[object, ...], make: Callable[[], Made]) -> Made:
    """What `make` gives for these very objects, made once. `what` says what is made, apart from them."""
    key = (what, *map(id, of))
    known = _made.get(key)
    # An id may belong to another object by now.
    if known is not None and all(one is other for one, other in zip(known[0], of, strict=True)):
        return known[1]  # type: ignore[no-any-return]
    made = make()
    if len(_made) >= MAX_KEPT:
        _made.clear()
    _made[key] = (of, made)
    return made
