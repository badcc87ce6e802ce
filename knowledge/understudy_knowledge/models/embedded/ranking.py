"""Which of several sketches answers the question best: what it explains, what it adds unasked, what running it shows."""

from understudy_knowledge.models.embedded.reading import Reading
from understudy_knowledge.models.embedded.sketch import Sketch
from understudy_knowledge.models.embedded.tokens import name_stems

_UNASKED = 0.18
_TABLE = 0.05
_TAKEN_WORD = 0.75
"""A word that merely names a joined table counts less than one that asks for a piece."""


TURNING = frozenset(
    name_stems(
        "without never nobody nothing except excluding instead share percent percentage ratio rate delete update insert drop"
    )
)
"""Words that turn a question around: a statement that does not account for them answers another one."""


FILLERS = frozenset(name_stems("far time now today current currently per across every only just"))
"""Words that may go unanswered."""


def ignored(sketch: Sketch, reading: Reading) -> float:
    """The share of the question's words that nothing in the sketch accounts for; 1.0 if one of them turns it around."""
    content = reading.links.content - reading.cues.used
    told = frozenset(word for piece in sketch.pieces() for word in piece.words)
    named = frozenset(word for table in (*sketch.tables, sketch.root or "") for word in name_stems(table))
    numbers = frozenset(token.stem for token in reading.links.tokens if token.number is not None)
    left = content - told - named - sketch.told - numbers - FILLERS
    if left & TURNING:
        return 1.0
    return len(left) / len(content) if content else 0.0


def score(sketch: Sketch, reading: Reading) -> float:
    """Share of the question's words that the sketch accounts for, minus what nobody asked for. Higher is better."""
    content = reading.links.content - reading.cues.used
    if not content:
        return 0.0
    asked = frozenset(word for piece in sketch.pieces() for word in piece.words) & content
    rooted = frozenset(name_stems(sketch.root or "")) & content
    named = frozenset(word for table in sketch.tables for word in name_stems(table)) & content
    explained = len(asked | rooted) + _TAKEN_WORD * len(named - asked - rooted)
    unasked = sum(
        1
        for piece in sketch.pieces()
        if piece.origin == "lesson" and piece.words and not piece.words & reading.links.content
    )
    return explained / len(content) - _UNASKED * unasked - _TABLE * len(sketch.tables)
