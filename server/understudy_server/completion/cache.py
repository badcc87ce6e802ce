"""Suggestions already made, for the place they were made at, and for those who go on typing what they show."""

from collections import OrderedDict
from threading import Lock

from attrs import evolve, frozen

from understudy_server.completion.suggestion import Suggestion
from understudy_server.context.query_context import QueryContext

_SIZE = 256
_RECENT = 8


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


class SuggestionCache:
    """At most a few hundred suggestions, the oldest forgotten first. Safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, Circumstances], Suggestion] = OrderedDict()
        self._lock = Lock()

    def find(self, context: QueryContext, circumstances: Circumstances) -> Suggestion | None:
        """The suggestion made here, or what is left of one whose beginning has been typed since."""
        key = (context.prefix, circumstances)
        with self._lock:
            if found := self._kept.get(key):
                self._kept.move_to_end(key)
                return found
            recent = list(self._kept.items())[-_RECENT:]
        for (prefix, then), suggestion in reversed(recent):
            typed = context.prefix[len(prefix) :]
            if then == circumstances and typed and context.prefix.startswith(prefix):
                rest = suggestion.text.removeprefix(typed)
                if rest and rest != suggestion.text:
                    return evolve(suggestion, text=rest)
        return None

    def keep(self, context: QueryContext, circumstances: Circumstances, suggestion: Suggestion) -> Suggestion:
        """Remembers the suggestion, and gives it back."""
        with self._lock:
            self._kept[context.prefix, circumstances] = suggestion
            while len(self._kept) > _SIZE:
                self._kept.popitem(last=False)
        return suggestion
