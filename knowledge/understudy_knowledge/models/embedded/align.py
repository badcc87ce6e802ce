"""Which words of a question ask for which piece of its code: how a lesson knows what it is about."""

from collections.abc import Iterable

from attrs import evolve, frozen
from sqlglot import exp

from understudy_knowledge.models.embedded.cues import Cues
from understudy_knowledge.models.embedded.linking import Links
from understudy_knowledge.models.embedded.periods import is_period, units_in
from understudy_knowledge.models.embedded.reading import Reading
from understudy_knowledge.models.embedded.sketch import Piece, Sketch
from understudy_knowledge.models.embedded.tokens import name_stems

_FUNCTION_WORDS: dict[type[exp.Expr], str] = {
    exp.Count: "how many number count",
    exp.Avg: "average avg mean typical",
    exp.Sum: "total sum overall",
    exp.Max: "maximum max highest latest last most recent",
    exp.Min: "minimum min lowest first earliest",
}
_FORMAT_WORDS = {
    "%m": "month monthly",
    "%Y": "year yearly annual",
    "%d": "day daily",
    "%w": "weekday",
    "%H": "hour",
}
_UNIT_WORDS = {
    "MONTH": "month monthly",
    "YEAR": "year yearly annual",
    "DAY": "day daily",
    "WEEK": "week weekly",
    "QUARTER": "quarter quarterly",
    "HOUR": "hour",
}


def align(reading: Reading, sketch: Sketch) -> Sketch:
    """The sketch with each piece's `words`: the stems of the question that ask for it.

    A word goes to the pieces whose names, values or functions it resembles. Words that resemble nothing are what the
    company calls things: they go to the pieces that nothing else explains, the metric first, with the conditions that
    come with it.
    """
    content = reading.links.content
    signs = reading.cues.used
    if not any(
        "%" in literal.name for piece in sketch.outputs for literal in piece.code.find_all(exp.Literal)
    ):
        signs -= {reading.cues.bucket_word}  # no time is shown: the word is part of what something is called
    own = {id(piece): vocabulary(piece.code, reading.cues) & content for piece in sketch.pieces()}
    _count_words(sketch, reading.links, own)
    tables = {word for table in (*sketch.tables, sketch.root or "") for word in name_stems(table)}
    numbers = {token.stem for token in reading.links.tokens if token.number is not None}
    left = content - frozenset().union(*own.values()) - signs - tables - numbers if own else frozenset()
    unexplained = [
        piece
        for piece in sketch.pieces()
        if not own[id(piece)] and piece.role in {"metric", "condition", "having"}
    ]
    complex_metrics = [
        piece for piece in sketch.outputs if piece.role == "metric" and _is_compound(piece.code)
    ]
    owners = [piece for piece in unexplained if piece.role == "metric"] or complex_metrics
    groups = _groups(reading.links, left)
    if len(groups) >= len(owners) > 1:
        for piece, words in zip(
            owners, groups, strict=False
        ):  # "net revenue, orders and units": one after the other
            own[id(piece)] = own[id(piece)] | words
        owners, left = [], groups[0]
    if left:
        for piece in [*owners, *(piece for piece in unexplained if piece.role != "metric")]:
            own[id(piece)] = own[id(piece)] | left
    return _with_words(sketch, own)


def _groups(links: Links, words: frozenset[str]) -> list[frozenset[str]]:
    """The words in the groups that they stand in, in the question's order."""
    groups: list[set[str]] = []
    apart = True
    for token in links.tokens:
        if token.stem in words and token.is_content:
            if apart:
                groups.append(set())
            groups[-1].add(token.stem)
            apart = False
        elif token.is_content or not token.is_word:
            apart = True
    return [frozenset(group) for group in groups]


def _count_words(sketch: Sketch, links: Links, own: dict[int, frozenset[str]]) -> None:
    """COUNT(*) counts the rows of the root: the root's name asks for it."""
    root = frozenset(name_stems(sketch.root or "")) & links.content
    for piece in sketch.outputs:
        if isinstance(piece.code, exp.Count) and not list(piece.code.find_all(exp.Column)):
            own[id(piece)] = own[id(piece)] | root


def _is_compound(code: exp.Expr) -> bool:
    """Whether a metric computes with more than one column: its columns' names do not say what it is."""
    return len({column.sql() for column in code.find_all(exp.Column)}) > 1


def _with_words(sketch: Sketch, own: dict[int, frozenset[str]]) -> Sketch:
    def put(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
        return tuple(evolve(piece, words=own.get(id(piece), piece.words)) for piece in pieces)

    shown = {piece.key: own[id(piece)] for piece in sketch.outputs}
    groups = tuple(
        evolve(piece, words=shown.get(piece.key, own.get(id(piece), piece.words))) for piece in sketch.groups
    )
    return evolve(
        sketch,
        outputs=put(sketch.outputs),
        conditions=put(sketch.conditions),
        groups=groups,
        having=put(sketch.having),
        orders=put(sketch.orders),
        limit=evolve(sketch.limit, words=own[id(sketch.limit)]) if sketch.limit else None,
    )


def vocabulary(code: exp.Expr, cues: Cues) -> frozenset[str]:
    """Stems that would ask for this code: its columns' names, its literals, its functions, the period it covers."""
    found: set[str] = set()
    for column in code.find_all(exp.Column):
        found.update(name_stems(column.name))
        if isinstance(code, exp.Column):
            found.update(name_stems(column.table))  # "product name": the table's word belongs to the column
    for kind, text in _FUNCTION_WORDS.items():
        if code.find(kind):
            found.update(name_stems(text))
    for literal in code.find_all(exp.Literal):
        found.update(name_stems(literal.name))
        for mark, text in _FORMAT_WORDS.items():
            if mark in literal.name:
                found.update(name_stems(text))
    for unit in units_in(code):
        found.update(name_stems(_UNIT_WORDS.get(unit, unit)))
    for period in cues.periods:
        if is_period(code, period.span):
            found.update(token.stem for token in cues.tokens if period.first <= token.start < period.last)
    return frozenset(found)


@frozen(eq=False)
class Aligned:
    """A lesson as the student reads it: its question and its sketch with words."""

    reading: Reading
    sketch: Sketch
