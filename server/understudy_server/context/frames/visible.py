"""The frames at a cursor: the state of the flow there, and the arguments of the calls of the function it is in."""

import re
from collections.abc import Sequence

from attrs import evolve, frozen

from understudy_knowledge.catalog import Catalog
from understudy_server.context.frames.arguments import names_with_arguments, state_before
from understudy_server.context.frames.blocks import OpenBlock
from understudy_server.context.frames.call import Ground
from understudy_server.context.frames.cells_above import cells_ahead, names_after
from understudy_server.context.frames.environment import Environment
from understudy_server.context.frames.flow import State, advance, settled
from understudy_server.context.frames.logical_lines import Begun
from understudy_server.context.frames.values import Frame, Origin
from understudy_server.context.query_context import Span
from understudy_server.context.text.checkpoints import Checkpoints
from understudy_server.context.text.document import Document

_NO_CATALOG = Catalog()


@frozen
class VisibleFrame:
    """A frame by the name it has at the cursor."""

    name: str
    frame: Frame


@frozen
class Scope:
    """What is known at a cursor. `begun` is the text of its statement left of the cursor, which begins at `start`."""

    names: Environment
    ground: Ground
    begun: bytes
    start: int
    indent: int
    function: OpenBlock | None = None
    """The innermost function around the cursor."""

    @property
    def frames(self) -> tuple[VisibleFrame, ...]:
        """The frames in scope, the one set last first."""
        return tuple(VisibleFrame(name, frame) for name, frame in reversed(self.names.frames.items()))


def visible_frames(
    source: bytes | Document, offset: int, catalog: Catalog | None = None, above: Sequence[Document] = ()
) -> tuple[VisibleFrame, ...]:
    """The frames that Python code may name at a byte offset, the one set last first.

    A keystroke costs the block of text at the cursor: what stands above is remembered with the document. Columns of files
    and tables come from the catalog; nothing is read from the disk. `above` are the notebook's cells of Python that ran before.
    """
    document = source if isinstance(source, Document) else Document("", source.decode("utf-8", "replace"))
    return scope_at(document, offset, catalog, above).frames


def scope_at(
    document: Document, offset: int, catalog: Catalog | None = None, above: Sequence[Document] = ()
) -> Scope:
    """What the names are worth at a byte offset, and the statement that is being written there."""
    ground = _ground(_NO_CATALOG if catalog is None else catalog)
    initial = State(ground, names_after(above, ground))
    line_start = document.line_start(document.line_at(offset))
    state = state_before(document, line_start, initial)
    line = document.slice(line_start, offset)
    if state.begun.text:
        whole = len(state.begun.text) == state.begun.size
        begun = state.begun.text + line if whole else line
        start = offset - len(begun)
        indent = state.begun.indent
    else:
        begun = line.lstrip()
        start = offset - len(begun)
        indent = len(line) - len(begun)
    state = settled(evolve(state, begun=Begun()), indent, _keyword(begun))
    names = state.names
    if (block := state.function) is not None:
        names = names_with_arguments(document, line_start, state, initial)
    return Scope(names, ground, begun, start, indent, block)


def frames_ahead(
    document: Document, catalog: Catalog, blocks: int, cells: Sequence[Document] | None = None
) -> bool:
    """Read at most that many blocks that are not known yet, from the top; whether all are known now.

    Of a notebook, whose `cells` of Python these are in order, so many cells: what each leaves is what the next begins with.
    """
    ground = _ground(catalog)
    if cells is not None:
        return cells_ahead(cells, ground, blocks)
    return Checkpoints(document, advance, State(ground)).proceed(blocks)


def span_of(origin: Origin, document: Document, before: int) -> Span | None:
    """Where a column was named: the place in the last statement of that text above an offset. Reads the text above."""
    text = document.slice(0, before)
    at = text.rfind(origin.statement)
    return Span(at + origin.start, at + origin.end) if at >= 0 else None


_grounds: list[Ground] = []


def _ground(catalog: Catalog) -> Ground:
    """The same ground for the same catalog, so that what is remembered of a document can be found again."""
    for ground in _grounds:
        if ground.catalog is catalog:
            return ground
    ground = Ground(catalog)
    _grounds.insert(0, ground)
    del _grounds[4:]
    return ground


def _keyword(statement: bytes) -> str:
    found = re.match(rb"(elif|else|except|finally|case)\b", statement)
    return found.group(1).decode() if found else ""
