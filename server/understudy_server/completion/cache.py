"""Suggestions already made, for the place they were made at, and for those who type what they show or delete it again."""

from collections import OrderedDict
from itertools import islice
from threading import Lock

from attrs import evolve, frozen

from understudy_server.completion.suggestion import Suggestion
from understudy_server.completion.through_brackets import inside_brackets
from understudy_server.context.query_context import QueryContext

_SIZE = 256
_RECENT = 8
_FURTHEST_BACK = 64
"""Characters before its place up to which a suggestion is still offered; whoever deletes more wants something else."""


@frozen
class Circumstances:
    """All that a suggestion depends on besides the prefix; when any of it changes, an old suggestion is not found."""

    suffix: str
    question: str
    dialect: str
    catalog_version: str
    generation: int
    """Of the knowledge: it grows whenever a case enters or leaves."""
    model: str


@frozen
class Remembered:
    """What came of asking. Without a suggestion there was nothing worth showing, and asking again would bring no more."""

    suggestion: Suggestion | None
    unsaid: str = ""
    """Why there is none, as the end of a sentence; empty where nobody knows."""


class SuggestionCache:
    """At most a few hundred answers, the oldest forgotten first. Safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, Circumstances], Remembered] = OrderedDict()
        self._lock = Lock()

    def find(self, context: QueryContext, circumstances: Circumstances) -> Remembered | None:
        """What was made here, or what a suggestion made nearby is after the typing and deleting since; None: ask."""
        key = (context.prefix, circumstances)
        with self._lock:
            if found := self._kept.get(key):
                self._kept.move_to_end(key)
                return found
            shown = (
                (*key, remembered.suggestion)
                for key, remembered in reversed(self._kept.items())
                if remembered.suggestion is not None
            )
            recent = list(islice(shown, _RECENT))
        for prefix, then, suggestion in recent:
            text = _left(prefix, suggestion.text, context.prefix)
            if text and then != circumstances:
                text = inside_brackets(text, then.suffix, circumstances.suffix)
                then = evolve(then, suffix=circumstances.suffix)
            if text and then == circumstances:
                return Remembered(evolve(suggestion, text=text))
        return None

    def keep(
        self,
        context: QueryContext,
        circumstances: Circumstances,
        suggestion: Suggestion | None,
        unsaid: str = "",
    ) -> Suggestion | None:
        """Remembers what came of asking, and gives it back."""
        with self._lock:
            self._kept[context.prefix, circumstances] = Remembered(suggestion, unsaid)
            while len(self._kept) > _SIZE:
                self._kept.popitem(last=False)
        return suggestion

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()


def _left(then: str, text: str, now: str) -> str:
    """What `text`, suggested behind `then`, is behind `now`; empty where that is no beginning of both, or all of it."""
    if len(now) < len(then):
        deleted = then[len(now) :]
        return deleted + text if len(deleted) <= _FURTHEST_BACK and then.startswith(now) else ""
    typed = now[len(then) :]
    if len(typed) >= len(text) or not now.startswith(then):
        return ""
    # SQL does not tell `from` and `FROM` apart, and whoever types one need not be told the other anew.
    return text[len(typed) :] if text[: len(typed)].lower() == typed.lower() else ""
