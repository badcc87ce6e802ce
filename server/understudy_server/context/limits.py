"""How much of a document is looked at for one cursor: past that an answer would come too late for a keystroke."""

from understudy_knowledge.errors import UnderstudyError

MAX_REGION_BYTES = 64_000
"""The longest statement, or string that holds one, that is worked on."""


def too_long(name: str, what: str) -> UnderstudyError:
    """The error for a cursor in something too long; `what` names it: "statement", "string" or "line"."""
    return UnderstudyError(
        f"{name}: the {what} at the cursor is longer than {MAX_REGION_BYTES // 1000} KB; "
        "understudy leaves it alone, break it up to get suggestions."
    )
