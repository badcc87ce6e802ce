"""What a notebook's cells above give, kept from keystroke to keystroke: there may be hundreds of them, and they rarely change."""

from collections.abc import Hashable, Sequence
from weakref import WeakKeyDictionary

from attrs import define, field, frozen

from understudy_server.context.frames.call import Ground
from understudy_server.context.frames.environment import Environment
from understudy_server.context.frames.flow import State, advance, finished, settled
from understudy_server.context.frames.query_cells import as_python
from understudy_server.context.notebook.cells import Cell, is_python
from understudy_server.context.text.checkpoints import Checkpoints
from understudy_server.context.text.document import Document

_KEPT = 4


@frozen
class _Code:
    """Which of the cells are Python, and of what texts that is true."""

    cells: tuple[Cell, ...]
    texts: list[Hashable]
    documents: tuple[Document, ...]


@define
class _Names:
    """For each cell its text, and the names that it leaves."""

    ground: Ground
    texts: list[Hashable] = field(factory=list)
    names: list[Environment] = field(factory=list)


# By the first cell: what is known of a notebook goes with it.
_code: WeakKeyDictionary[Document, _Code] = WeakKeyDictionary()
_names: WeakKeyDictionary[Document, _Names] = WeakKeyDictionary()


def code_cells(cells: Sequence[Cell] | None) -> tuple[Document, ...]:
    """The cells of Python among those above, in order, and those of SQL whose result has a name."""
    if not cells:
        return ()
    cells, texts = tuple(cells), _texts([cell.document for cell in cells])
    known = _code.get(cells[0].document)
    if known is None or known.texts != texts or known.cells != cells:
        known = _Code(cells, texts, tuple(filter(None, map(_python_of, cells))))
        _code[cells[0].document] = known
    return known.documents


def names_after(cells: Sequence[Document], ground: Ground) -> Environment:
    """The names that cells of Python leave, run in this order. Cells below the first that changed are read anew."""
    if not cells:
        return Environment()
    known, texts = _known(cells, ground)
    _go_on(known, cells, texts, len(cells))
    return known.names[len(cells) - 1]


def cells_ahead(cells: Sequence[Document], ground: Ground, most: int) -> bool:
    """Read at most that many of the cells that are not known yet, from the top; whether all are known now."""
    if not cells:
        return True
    known, texts = _known(cells, ground)
    _go_on(known, cells, texts, min(len(known.names) + most, len(cells)))
    return len(known.names) >= len(cells)


def _known(cells: Sequence[Document], ground: Ground) -> tuple[_Names, list[Hashable]]:
    """(what is known of the first cells, which the cells are now)."""
    texts = _texts(cells)
    known = _names.get(cells[0])
    if known is None or known.ground is not ground:
        known = _names[cells[0]] = _Names(ground)
    if known.texts[: len(texts)] != texts:
        same = _alike(known.texts, texts)
        del known.texts[same:], known.names[same:]
    return known, texts


def _go_on(known: _Names, cells: Sequence[Document], texts: Sequence[Hashable], end: int) -> None:
    """Read the cells that are not known up to that one."""
    for place in range(len(known.names), end):
        before = known.names[-1] if known.names else Environment()
        known.names.append(_left_by(cells[place], State(known.ground, before)))
        known.texts.append(texts[place])


def _left_by(cell: Document, initial: State) -> Environment:
    """The names that a cell leaves, remembered with its last block."""
    _, block, state = next(Checkpoints(cell, advance, initial).upward(len(cell)))
    known: dict[State, Environment] = block.notes.setdefault(_left_by, {})
    if state not in known:
        if len(known) >= _KEPT:
            known.clear()
        known[state] = settled(finished(advance(block.text, state)), 0).names
    return known[state]


def _texts(cells: Sequence[Document]) -> list[Hashable]:
    """What is another object once a cell's text is another."""
    stretches = [cell.stretches() for cell in cells]
    return [each[0] if len(each) == 1 else tuple(each) for each in stretches]


def _alike(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """How many of the first ones are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (mine, theirs) in pairs if mine != theirs), min(len(one), len(other)))


def _python_of(cell: Cell) -> Document | None:
    """The cell where it is Python, or what one of SQL means to Python; None where neither says anything."""
    if cell.kind != "code" or cell.language != "python":
        return None
    return cell.document if is_python(cell.document) else as_python(cell)
