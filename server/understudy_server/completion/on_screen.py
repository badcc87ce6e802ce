"""The suggestion that one document shows, while what it says is typed or deleted again: known without a look at the text around."""

from attrs import define, evolve, field

from understudy_server.completion.suggest import Toolbox
from understudy_server.completion.suggestion import Suggestion


@define(eq=False)
class OnScreen:
    """`suggestion` stands at the byte `offset` just as its text says. Any edit but typing it and deleting that ends this."""

    suggestion: Suggestion
    offset: int
    tools: Toolbox
    _model: str = field(init=False)
    _typed: str = ""

    def __attrs_post_init__(self) -> None:
        self._model = self.tools.student.name

    def follows(self, offset: int, deleted: int, text: str) -> bool:
        """Takes an edit in: `text` in place of `deleted` bytes at the byte `offset`. False where it is something else."""
        if deleted and not text and offset + deleted == self._cursor and offset >= self.offset:
            self._typed = _encoded(self._typed)[:-deleted].decode("utf-8", "ignore")
            return True
        typed = self._typed + text
        if deleted or offset != self._cursor or not self.suggestion.text.startswith(typed):
            return False
        self._typed = typed
        return True

    def left_at(self, offset: int, tools: Toolbox) -> Suggestion | None:
        """What is left of the suggestion for a cursor at the byte offset; None where it has to be looked for anew."""
        left = self.suggestion.text[len(self._typed) :]
        if not left or offset != self._cursor or tools is not self.tools or tools.student.name != self._model:
            return None
        return evolve(self.suggestion, text=left)

    @property
    def _cursor(self) -> int:
        return self.offset + len(_encoded(self._typed))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
