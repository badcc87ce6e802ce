"""What mining finds: examples, and what could not become one with the reason."""

from attrs import frozen

from understudy_knowledge.memory.records import Example, Origin


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
