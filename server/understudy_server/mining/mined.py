"""What mining finds: examples, and what could not become one with the reason."""

from attrs import field, frozen

from understudy_knowledge.memory.records import Example, Origin


@frozen
class Lines:
    """Lines of a file or, in a notebook, of one cell: both ends are included, and both count from 1."""

    path: str
    """Relative to the workspace, with forward slashes."""
    first: int
    last: int
    cell: int = 0
    """The number of the notebook's cell, from 1; 0 in other files."""

    def touch(self, other: "Lines") -> bool:
        """Whether some line is of both."""
        same = (self.path, self.cell) == (other.path, other.cell)
        return same and self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        cell = f"{self.cell}:" if self.cell else ""
        to = f"-{self.last}" if self.last != self.first else ""
        return f"{self.path}:{cell}{self.first}{to}"


@frozen
class Skipped:
    """A file or statement that gave no example; `reason` completes "skipped because …" in a few words."""

    origin: Origin
    reason: str
    cell: int = 0
    """The number of the notebook's cell that it stands in, from 1; 0 where it stands in none."""

    @property
    def place(self) -> str:
        """Where it is, as a person finds it: a line, or a notebook's cell."""
        return f"{self.origin.path}, cell {self.cell}" if self.cell else str(self.origin)


@frozen
class Mined:
    """All that one workspace gave, in the order of its files; no two examples ask the same and answer the same."""

    examples: tuple[Example, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    found: tuple[tuple[Lines, Example | Skipped], ...] = field(default=(), repr=False)
    """Every query, with lines that it or its question stands on; what stands in several places is one and the same example."""

    def at(self, lines: Lines) -> list[Example | Skipped]:
        """What stands on any of these lines, each once."""
        return list(dict.fromkeys(result for place, result in self.found if place.touch(lines)))


@frozen
class Candidate:
    """A statement as a file reader found it, not judged yet."""

    question: str
    """Empty when nothing near the statement asks one."""
    gold: str
    origin: Origin
    doubt: str = ""
    """Why the statement cannot be run as it stands, when its reader knows."""
    cell: int = 0
    """The number of the notebook's cell that it stands in, from 1."""
    lines: tuple[tuple[int, int], ...] = ()
    """The first and the last line of it, and those of its question, from 1; in a notebook those of the cell."""
