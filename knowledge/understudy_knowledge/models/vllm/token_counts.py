"""How many tokens a text takes: counted by the server's tokenizer once, remembered by text; an estimate on the safe side until then.

Knows nothing of servers: who can count is handed in. Nothing is counted while someone waits.
"""

import math
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable

_REMEMBERED = 1024
_WANTED = 64
_SHORTEST_SAMPLE = 200
_WORD = re.compile(r"[A-Za-z_]+|\s+")

Counter = Callable[[str], Awaitable[int | None]]


def estimate(text: str) -> int:
    """Tokens, rather too many: three letters or blanks make one, a digit or another ASCII sign half of one, and any other
    sign as many as its bytes in UTF-8, which is what tokenizers fall back to."""
    if not text.isascii():
        plain = text.encode("ascii", "ignore").decode()
        return estimate(plain) + len(text.encode("utf-8", "replace")) - len(plain)
    wordlike = sum(len(run) for run in _WORD.findall(text))
    return math.ceil(wordlike / 3 + (len(text) - wordlike) / 2) + (1 if text else 0)


class TokenCounts:
    """Counts of texts that come again. Estimates of others are corrected by the worst that was seen of this tokenizer."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, int] = OrderedDict()
        self._wanted: dict[str, None] = {}
        self._density = 1.0
        self.version = 0
        """Grows whenever a count becomes known: what was cut by an estimate may then be cut anew."""

    def of(self, text: str, *, comes_again: bool = True) -> int:
        """Tokens of the text. One that `comes_again` is put on the list of what `learn` counts."""
        known = self._known.get(text)
        if known is not None:
            return known
        if comes_again and text and len(self._wanted) < _WANTED:
            self._wanted[text] = None
        return math.ceil(estimate(text) * self._density)

    @property
    def wanting(self) -> bool:
        """Whether texts wait to be counted."""
        return bool(self._wanted)

    async def learn(self, count: Counter) -> None:
        """Count what waits, one text after another; stops at the first one that cannot be counted."""
        while self._wanted:
            text = next(iter(self._wanted))
            tokens = await count(text)
            if tokens is None:
                self._wanted.clear()
                return
            self._wanted.pop(text, None)
            self._keep(text, tokens)

    def _keep(self, text: str, tokens: int) -> None:
        self._known[text] = tokens
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        if len(text) >= _SHORTEST_SAMPLE:
            # In steps, so that what is cut by an estimate does not move with every text that is counted.
            seen = math.ceil(8 * tokens / estimate(text)) / 8
            self._density = max(self._density, seen)
        self.version += 1
