"""A bug and its fix as memory keeps them, and what kind of bug a message speaks of. Knows no student and runs nothing."""

import re
from typing import Literal

from attrs import frozen

from understudy_knowledge.memory.records import Lineage
from understudy_knowledge.memory.tokens import masked_tokens

BugKind = Literal["table", "column", "ambiguous", "function", "grouping", "syntax", "answer"]
"""What is wrong: a name that is not there or means two things, a function, what is grouped, the grammar; or only the answer."""

_SAID: dict[BugKind, str] = {
    "ambiguous": r"\bambiguous\b",
    "function": r"no such function|unknown function|function .{0,80}does not exist|wrong number of arguments",
    "grouping": r"misuse of (aggregate|window)|GROUP BY|aggregate functions are not allowed",
    "column": r"no such column|unknown column|column .{0,80}(does not exist|not found)|has no column|no column\b",
    "table": r"no such (table|view)|unknown (table|relation)|(table|relation|view) .{0,80}(does not exist|not found)|no table\b",
    "syntax": r"syntax error|parse error|unterminated|incomplete input|unexpected",
}
_QUOTED = re.compile(r"[`'\"“]([\w.$ ]{1,80})[`'\"”]|:\s*([\w.$]{1,80})\s*$")
_WORD = re.compile(r"[^\W\d]\w*")


@frozen
class Repair:
    """A bug that the student wrote for a question, and the code that was proved right in its place."""

    id: str
    example_id: str
    question: str
    masked_question: str
    """With its values replaced by `_`, as retrieval sees it."""
    broken: str
    error: str
    """What was wrong with it, in one sentence: the database's words, or how the answer differed."""
    kind: BugKind
    symbols: tuple[str, ...]
    """The names that it went wrong over, lower-cased: those that the message says, and those that the fix takes out."""
    fixed: str
    skeleton: str
    """Of the broken code."""
    lineage: Lineage
    """What the fixed code touches."""
    dialect: str = "sqlite"
    student: str = ""
    created: str = ""
    """UTC, ISO 8601."""


def bug_kind(message: str) -> BugKind:
    """The kind of bug that a database's or a diagnostic's message speaks of; "answer" where it speaks of none."""
    return next(
        (kind for kind, pattern in _SAID.items() if re.search(pattern, message, re.IGNORECASE)), "answer"
    )


def symbols_said(message: str) -> frozenset[str]:
    """The names in a message, lower-cased and without what qualifies them."""
    found = (quoted or ended for quoted, ended in _QUOTED.findall(message))
    return frozenset(name.strip().lower().rpartition(".")[2] for name in found if name.strip())


def names_taken_out(broken: str, fixed: str) -> frozenset[str]:
    """Words of the broken code that the fixed one does not have, values left aside, lower-cased."""
    before, after = (
        frozenset(_WORD.findall(masked_tokens(code, keep_names=True).lower())) for code in (broken, fixed)
    )
    return before - after
