"""Which of a lesson's conditions another question keeps, changes, drops or adds."""

from attrs import evolve
from sqlglot import exp

from understudy_knowledge.models.embedded.align import Aligned
from understudy_knowledge.models.embedded.columns import column_of, dates_of
from understudy_knowledge.models.embedded.conditions import compared, value_conditions
from understudy_knowledge.models.embedded.linking import Mention
from understudy_knowledge.models.embedded.periods import condition, is_period
from understudy_knowledge.models.embedded.reading import Reading
from understudy_knowledge.models.embedded.sketch import Piece, Sketch, with_conditions


def asked(piece: Piece, reading: Reading) -> bool:
    """Whether the question asks for the piece, or the piece is one that questions take for granted."""
    return not piece.words or 2 * len(piece.words & reading.links.content) >= len(piece.words)


def conditions_for(source: Sketch, sketch: Sketch, reading: Reading, lesson: Aligned) -> Sketch:
    """The lesson's conditions as far as the question asks for them or takes them for granted."""
    kept: list[Piece] = []
    periods = lesson.reading.cues.periods
    dated: exp.Expr | None = None
    for piece in source.conditions:
        if any(is_period(piece.code, period.span) for period in periods):
            dated = dated or _dated_column(piece.code, reading)
            if {p.span for p in periods} == {p.span for p in reading.cues.periods}:
                kept.append(piece)
        elif asked(piece, reading):
            kept.append(piece)
        elif (changed := _revalued(piece, reading)) is not None:
            kept.append(changed)
    if reading.cues.periods and not any(piece.words & _period_words(reading) for piece in kept):
        column = dated or default_date(source, reading)
        if column is not None:
            kept.append(
                Piece("condition", condition(column, reading.cues.periods[0]), _period_words(reading))
            )
    having: list[Piece] = []
    conditions: list[Piece] = []
    main = reading.catalog.table(source.root or "")
    if main is not None:
        metric = next((piece for piece in sketch.outputs if piece.role == "metric"), None)
        having, conditions = compared(reading, main, grouped=bool(sketch.groups), metric=metric)
    spoken = {word for piece in (*kept, *sketch.having) for word in piece.words}
    return with_conditions(
        evolve(sketch, having=(*sketch.having, *(piece for piece in having if not sketch.having))),
        *kept,
        *(piece for piece in conditions if not piece.words <= spoken),
    )


def _period_words(reading: Reading) -> frozenset[str]:
    return frozenset(
        token.stem
        for period in reading.cues.periods
        for token in reading.links.tokens
        if period.first <= token.start < period.last
    )


def _dated_column(code: exp.Expr, reading: Reading) -> exp.Expr | None:
    """The date column that a period condition compares."""
    return next((column for column in code.find_all(exp.Column)), None)


def default_date(source: Sketch, reading: Reading) -> exp.Expr | None:
    """The date column the lesson's outputs use, else one of the table its figures come from or that table's parents."""
    for piece in source.outputs:
        for column in piece.code.find_all(exp.Column):
            known = reading.catalog.column(column.table, column.name)
            if known is not None and known.family == "date":
                return column
    facts = [table for piece in source.outputs if piece.role == "metric" for table in sorted(piece.tables)]
    parents = [
        key.ref_table
        for name in facts
        if (owner := reading.catalog.table(name))
        for key in owner.foreign_keys
    ]
    joined = {source.root or "", *(join.right for join in source.joins)}
    near = [name for name in parents if name.lower() in joined]
    for name in (*facts, *near, source.root or "", *(join.right for join in source.joins)):
        table = reading.catalog.table(name)
        if table is not None and dates_of(table):
            return column_of(table.name, dates_of(table)[0].name)
    return None


def _revalued(piece: Piece, reading: Reading) -> Piece | None:
    """The condition with the value that the new question names for the same column; None where it names none."""
    columns = list(piece.code.find_all(exp.Column))
    literals = [literal for literal in piece.code.find_all(exp.Literal) if literal.is_string]
    if len(columns) == 1 and len(literals) == 1:
        for mention in reading.links.of("value"):
            if _same_column(mention, columns[0]):
                code = piece.code.copy()
                for literal in list(code.find_all(exp.Literal)):
                    literal.replace(exp.Literal.string(str(mention.value)))
                return evolve(piece, code=code, words=mention.words)
    numbers = [literal for literal in piece.code.find_all(exp.Literal) if not literal.is_string]
    if len(columns) >= 1 and len(numbers) == 1 and reading.cues.comparisons:
        wanted = reading.cues.comparisons[0]
        if piece.words & wanted.words:
            code = piece.code.copy()
            for literal in list(code.find_all(exp.Literal)):
                literal.replace(exp.Literal.number(wanted.number))
            return evolve(piece, code=code)
    return None


def _same_column(mention: Mention, column: exp.Column) -> bool:
    return (
        mention.table.lower() == column.table.lower()
        and (mention.column or "").lower() == column.name.lower()
    )


def with_values(sketch: Sketch, reading: Reading) -> list[Sketch]:
    """The sketch with the values the question names and no piece covers yet."""
    spent = frozenset(word for piece in sketch.pieces() for word in piece.words)
    tables = frozenset((*sketch.tables, sketch.root or "", *(join.right for join in sketch.joins)))
    covered = {
        column.sql("sqlite").lower()
        for piece in sketch.conditions
        for column in piece.code.find_all(exp.Column)
        if piece.words
    }
    found = []
    for choice in value_conditions(reading, tables, spent):
        new = [
            piece
            for piece in choice
            if not any(c.sql("sqlite").lower() in covered for c in piece.code.find_all(exp.Column))
        ]
        found.append(with_conditions(sketch, *new))
    return found
