"""Where a setting was written, so that a complaint can say it: file and line, or the editor's name for it."""

import re

from attrs import frozen

_HEADER = re.compile(r"^\s*\[\[?\s*(?P<path>[^\]]+?)\s*\]")
_KEY = re.compile(r"""^\s*(?P<path>(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")

Path = tuple[str, ...]


@frozen
class Place:
    """A source of settings. `text` is the file's; None for the editor. `table` is the table ours stand in."""

    name: str
    text: str | None = None
    table: Path = ()

    def of(self, path: Path) -> str:
        """`file:line` of the setting, or the source's name when it has no lines."""
        line = self.text is not None and _line_of(self.text, self.table + path)
        return f"{self.name}:{line}" if line else self.name


def _line_of(text: str, wanted: Path) -> int | None:
    """The 1-based line of the key, of the inline table it stands in, or None: the longest path found wins."""
    header: Path = ()
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if found := _HEADER.match(line):
            path = header = _parts(found["path"])
        elif found := _KEY.match(line):
            path = header + _parts(found["path"])
        else:
            continue
        if path == wanted[: len(path)] and (best is None or len(path) > best[0]):
            best = (len(path), number)
    return best[1] if best else None


def _parts(path: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(path))
