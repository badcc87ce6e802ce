"""Which part of the workspace a command names with `path` and `range`, in the words of the command line."""

from collections.abc import Mapping
from pathlib import Path

from attrs import frozen
from pygls.uris import to_fs_path

from understudy_server.lsp.session import Session


@frozen
class Part:
    """`argument` as `understudy distill` takes it, None for all of the workspace; or why there is none."""

    argument: str | None = None
    refused: str = ""


def part_of(session: Session, path: object, stretch: object) -> Part:
    """The file or folder of the URI `path`, which may be one of a notebook's cell; of it the lines of the range `stretch`.

    Lines are read from disk, so a document with changes that are not saved is refused. Reads that file.
    """
    if path is None:
        return Part()
    cell = session.notebooks.number(path) if isinstance(path, str) else None
    file, number = cell if cell is not None else (path, 0)
    if not isinstance(file, str) or not file.startswith("file:") or not (name := to_fs_path(file)):
        return Part(refused="teaching takes the URI of a file or folder on disk.")
    if stretch is None:
        return Part(name)
    lines = _lines(stretch)
    if lines is None:
        return Part(
            refused="the range to teach from has a start and an end, each with its line and character."
        )
    if not _is_saved(session, str(path), Path(name), number):
        return Part(refused="the document has changes that are not saved; save it to teach from it.")
    within = f"{number}:" if number else ""
    return Part(f"{name}:{within}{lines[0]}-{lines[1]}")


def _lines(stretch: object) -> tuple[int, int] | None:
    """The first and the last line, from 1; one of which nothing is selected but its beginning is left out."""
    if not isinstance(stretch, Mapping):
        return None
    numbers: list[int] = []
    for end in (stretch.get("start"), stretch.get("end")):
        for name in ("line", "character"):
            number = end.get(name) if isinstance(end, Mapping) else None
            if not isinstance(number, int) or number < 0:
                return None
            numbers.append(number)
    first, _, last, character = numbers
    return first + 1, max(first, last - (character == 0)) + 1


def _is_saved(session: Session, uri: str, file: Path, number: int) -> bool:
    """Whether the document, or the notebook's cell of that number, is on disk as it is in the editor; so is one that is not open."""
    from understudy_server.context.notebook.file import stored_cells

    found = session.find(uri)
    if found is None:
        return True
    text = found[0].slice().decode()
    try:
        raw = file.read_bytes().decode("utf-8-sig")
        return text == (stored_cells(raw)[number - 1].source if number else raw)
    except (OSError, ValueError, IndexError):
        return False
