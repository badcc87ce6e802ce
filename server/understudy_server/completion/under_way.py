"""What is being made for one document: at most one draft, ended by whatever makes it pointless. Knows nothing of LSP."""

import asyncio
import time

from attrs import define, field

from understudy_server.completion.cache import Circumstances
from understudy_server.completion.debounce import Debounce
from understudy_server.completion.on_screen import OnScreen
from understudy_server.completion.suggest import Toolbox, answered, circumstances_of, prepared, remembered
from understudy_server.completion.suggestion import Suggestion
from understudy_server.completion.worth_asking import is_worth_asking
from understudy_server.context.query_context import QueryContext

_GRACE_SECONDS = 0.1
"""How long a draft that is typed along with lives on unwanted: editors withdraw a request some time before they send the next."""
_LEAD_SECONDS = 0.03
"""So long before the student is asked its request is made: earlier, most of that work would be for texts that are typed on."""
_TICK_SECONDS = 0.001
"""What loops round their timers up by."""


@define(eq=False)
class Draft:
    """A suggestion that is not yet made. `written` is what the student wrote so far, `typed` what of it was typed since."""

    context: QueryContext
    circumstances: Circumstances
    task: "asyncio.Task[Suggestion | None]" = field(init=False)
    asked: bool = False
    """Whether nothing keeps the student from being asked; before, the draft waits for the next keystroke."""
    written: str = ""
    typed: str = ""
    waiting: int = 0

    @property
    def _legible(self) -> str:
        """What is written, as it would be shown: a blank that stands at the cursor is not written twice."""
        return self.written.lstrip(" \t") if self.context.prefix[-1:].isspace() else self.written

    def is_typed_along(self, offset: int, text: str) -> bool:
        """Whether `text`, put in at the byte `offset`, is what the student wrote for that place."""
        typed = self.typed + text
        place = self.context.offset + len(self.typed.encode("utf-8", "surrogatepass"))
        if not text or offset != place or not self._legible.startswith(typed):
            return False
        self.typed = typed
        return True

    def leads_to(self, context: QueryContext, circumstances: Circumstances) -> bool:
        """Whether what comes of it is of use at that place."""
        since = context.prefix.removeprefix(self.context.prefix)
        begins_so = self.context.prefix + since == context.prefix and self._legible.startswith(since)
        return begins_so and circumstances == self.circumstances


@define(eq=False)
class UnderWay:
    """One document's draft, and the rhythm in which the document is typed. Belongs to one event loop."""

    rhythm: Debounce = field(factory=Debounce)
    _draft: Draft | None = None
    _on_screen: OnScreen | None = None
    _newest: int = 0

    def edited(self, offset: int, deleted: int, text: str) -> None:
        """An edit: `text` in place of `deleted` bytes at the byte `offset`. Ends a draft that was for another text."""
        self.rhythm.typed(text, time.monotonic())
        if self._on_screen is not None and not self._on_screen.follows(offset, deleted, text):
            self._on_screen = None
        if self._draft is not None and (deleted or not self._draft.is_typed_along(offset, text)):
            self.cancel()

    def shows(self, suggestion: Suggestion, written: str, offset: int, tools: Toolbox) -> None:
        """The editor shows the suggestion at the byte offset, `written` as the place needs it."""
        # Where that is not its own text, what is typed does not tell how much of the suggestion is left.
        self._on_screen = OnScreen(suggestion, offset, tools) if written == suggestion.text else None

    def still_shown(self, offset: int, tools: Toolbox) -> Suggestion | None:
        """What is left of the suggestion that is shown, where nothing happened but that it was typed or deleted back."""
        left = self._on_screen.left_at(offset, tools) if self._on_screen is not None else None
        if left is not None:
            self._newest += 1
            self.cancel()
        return left

    async def suggestion(self, context: QueryContext, tools: Toolbox, *, explicit: bool) -> Suggestion | None:
        """The suggestion at a place; None also when a newer request has taken this one's place. Raises BackendError.

        What is remembered comes at once, and what is asked for explicitly is asked at once.
        """
        self._newest += 1
        turn = self._newest
        found = remembered(context, tools)
        if found is not None or not is_worth_asking(context, explicit=explicit):
            self.cancel()
            return found.suggestion if found else None
        draft = self._draft_for(context, tools, explicit=explicit)
        draft.waiting += 1
        try:
            # Not awaited itself: to cancel this request is not to cancel the draft, which a newer one may wait for.
            await asyncio.wait([draft.task])
        finally:
            draft.waiting -= 1
            self._leave(draft)
        if turn != self._newest or draft.task.cancelled():
            return None
        suggestion = draft.task.result()
        if context.prefix == draft.context.prefix:
            return suggestion
        found = remembered(context, tools)
        return found.suggestion if found else None

    def prefetch(self, context: QueryContext, tools: Toolbox) -> None:
        """Make the suggestion at a place before it is asked for. Anything newer ends it, except a request for that place."""
        if self._draft is not None and self._draft.waiting:
            return  # somebody waits already, for this place or for one that is newer
        self.cancel()
        if is_worth_asking(context, explicit=False) and remembered(context, tools) is None:
            self._begin(context, tools, 0.0)

    def cancel(self) -> None:
        """Nobody wants what is under way."""
        if self._draft is not None:
            self._draft.task.cancel()
            self._draft = None

    def _draft_for(self, context: QueryContext, tools: Toolbox, *, explicit: bool) -> Draft:
        draft = self._draft
        if (
            draft is not None
            and draft.leads_to(context, circumstances_of(context, tools))
            and (draft.asked or not explicit)
        ):
            return draft
        self.cancel()
        return self._begin(context, tools, 0.0 if explicit else self.rhythm.wait(time.monotonic()))

    def _begin(self, context: QueryContext, tools: Toolbox, delay: float) -> Draft:
        draft = self._draft = Draft(context, circumstances_of(context, tools))
        draft.task = asyncio.ensure_future(self._make(draft, tools, delay))
        draft.task.add_done_callback(lambda task: self._done(draft))
        return draft

    async def _make(self, draft: Draft, tools: Toolbox, delay: float) -> Suggestion | None:
        due = time.monotonic() + delay
        draft.asked = not delay
        if delay > _LEAD_SECONDS:
            await asyncio.sleep(delay - _LEAD_SECONDS)
        began = 0.0

        def hear(piece: str) -> None:
            if not draft.written:
                self.rhythm.answered(time.monotonic() - began)
            draft.written += piece

        ready = await prepared(draft.context, tools, hear)
        if (left := due - time.monotonic()) > 0:
            await asyncio.sleep(max(left - _TICK_SECONDS, 0.0))
        draft.asked = True
        began = time.monotonic()
        suggestion = await answered(ready)
        if not draft.written:
            self.rhythm.answered(time.monotonic() - began)
        return suggestion

    def _leave(self, draft: Draft) -> None:
        """One request less waits for the draft."""
        if draft.waiting or draft.task.done():
            return
        if not draft.typed:
            self._end(draft)
            return
        asyncio.get_running_loop().call_later(_GRACE_SECONDS, self._end, draft)

    def _end(self, draft: Draft) -> None:
        if not draft.waiting:
            draft.task.cancel()
            if self._draft is draft:
                self._draft = None

    def _done(self, draft: Draft) -> None:
        if self._draft is draft:
            self._draft = None
        if not draft.task.cancelled():
            draft.task.exception()  # one that nobody waited for is nobody's to report
