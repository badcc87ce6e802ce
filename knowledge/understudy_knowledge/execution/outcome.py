"""What came of running a piece of code, and what came of comparing it with the gold answer."""

from typing import Literal

from attrs import frozen

Cell = str | int | float | bool | None
Row = tuple[Cell, ...]
OutcomeKind = Literal[
    "ok",
    "syntax",
    "unknown-name",
    "type-error",
    "timeout",
    "memory",
    "rows",
    "bytes",
    "refused",
    "unavailable",
    "error",
]
VerdictKind = Literal["passed", "wrong-answer", "failed", "gold-suspect"]
Difference = Literal[
    "",
    "missing-rows",
    "extra-rows",
    "rows",
    "order",
    "columns",
    "column-order",
    "values",
    "types",
    "near-numbers",
]


@frozen
class Result:
    """Rows as they came, at most the limit's number; `columns` are the names the engine gave."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@frozen
class Outcome:
    """One run. `result` is there exactly when `kind` is "ok"; `message` says in one sentence what went wrong."""

    kind: OutcomeKind
    result: Result | None = None
    message: str = ""
    seconds: float = 0.0


@frozen
class Verdict:
    """An outcome held against the gold answer. `reason` is a sentence a teacher can use; `weak` marks empty = empty.

    `difference` is there when the answer is wrong, `failure` when there is none.
    """

    kind: VerdictKind
    difference: Difference = ""
    reason: str = ""
    weak: bool = False
    failure: OutcomeKind | None = None

    @property
    def label(self) -> str:
        """The verdict as one of a small number of classes, the sub-kind of a wrong answer included."""
        if self.kind == "passed":
            return "ok"
        if self.kind == "wrong-answer":
            return f"wrong-answer/{self.difference}"
        return self.failure or self.kind

    @property
    def passed(self) -> bool:
        """Whether the answer is the gold answer."""
        return self.kind == "passed"
