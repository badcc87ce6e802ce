"""Conditions that a question implies: values it names, periods, comparisons with numbers."""

from sqlglot import exp

from understudy_knowledge.catalog import Table
from understudy_knowledge.models.embedded.columns import column_of, dates_of
from understudy_knowledge.models.embedded.linking import Mention
from understudy_knowledge.models.embedded.outputs import numeric_column
from understudy_knowledge.models.embedded.periods import condition
from understudy_knowledge.models.embedded.reading import Reading
from understudy_knowledge.models.embedded.sketch import Piece
from understudy_knowledge.models.embedded.tokens import name_stems

_OPERATORS = {">": exp.GT, "<": exp.LT, ">=": exp.GTE, "<=": exp.LTE, "=": exp.EQ}


def value_conditions(reading: Reading, tables: frozenset[str], spent: frozenset[str]) -> list[list[Piece]]:
    """Readings of the values that the question names: for each place the best column, and a second choice where it is close."""
    places: list[Mention] = []
    second: dict[int, Mention] = {}
    ranked = sorted(
        reading.links.of("value"),
        key=lambda m: (
            -(m.score + 0.1 * (m.last - m.first) + 0.15 * (m.table.lower() in tables)),
            m.first,
            m.table,
            m.column or "",
        ),
    )
    for mention in ranked:
        overlapping = [
            chosen for chosen in places if chosen.first <= mention.last and mention.first <= chosen.last
        ]
        if not overlapping:
            if mention.score >= 0.6 and not mention.words <= spent and _belongs(mention, tables, reading):
                places.append(mention)
        elif overlapping[0].words == mention.words:
            second.setdefault(overlapping[0].first, mention)
    first = [_equals(mention) for mention in places]
    choices = [_merged(first)]
    for at, other in second.items():
        choices.append(_merged([_equals(other if mention.first == at else mention) for mention in places]))
    if places:
        choices.append([])
    return choices[:4]


def _belongs(mention: Mention, tables: frozenset[str], reading: Reading) -> bool:
    """A common word that is also a value of some distant table names that value only if the table is named too."""
    if mention.table.lower() in tables or mention.last > mention.first:
        return True
    written = reading.links.tokens[mention.first].text
    return (written[:1].isupper() and mention.first > 0) or any(
        m.table == mention.table for m in reading.links.of("table")
    )


def _equals(mention: Mention) -> Piece:
    value = exp.Literal.string(str(mention.value))
    return Piece(
        "condition",
        exp.EQ(this=column_of(mention.table, mention.column or ""), expression=value),
        mention.words,
    )


def _merged(pieces: list[Piece]) -> list[Piece]:
    """Two values of one column mean either, not both."""
    by_column: dict[str, list[Piece]] = {}
    for piece in pieces:
        by_column.setdefault(piece.code.this.sql("sqlite").lower(), []).append(piece)
    merged = []
    for same in by_column.values():
        if len(same) == 1:
            merged.append(same[0])
        else:
            code = exp.In(
                this=same[0].code.this.copy(), expressions=[piece.code.expression.copy() for piece in same]
            )
            merged.append(Piece("condition", code, frozenset().union(*(piece.words for piece in same))))
    return merged


def period_conditions(reading: Reading, main: Table, dated: exp.Expr | None = None) -> list[list[Piece]]:
    """The question's period on `dated`, else on each date column of the main table; one empty choice without a period."""
    if not reading.cues.periods:
        return [[]]
    period = reading.cues.periods[0]
    words = frozenset(
        t.stem for t in reading.links.tokens if period.first <= t.start < period.last and t.is_content
    )
    if dated is not None:
        return [[Piece("condition", condition(dated, period), words)]]
    columns = dates_of(main)
    named = [column for column in columns if set(name_stems(column.name)) & reading.links.content]
    choices = [
        [Piece("condition", condition(column_of(main.name, column.name), period), words)]
        for column in (*named, *columns)[:2]
    ]
    return choices or [[]]


def compared(
    reading: Reading, main: Table, *, grouped: bool, metric: Piece | None = None
) -> tuple[list[Piece], list[Piece]]:
    """Comparisons with a number: on a figure or the count of a table's rows (HAVING), else on the column named nearby."""
    having, conditions = [], []
    for comparison in reading.cues.comparisons:
        span = (max(0, comparison.at - 4), comparison.at + 3)
        number = exp.Literal.number(
            int(comparison.number) if comparison.number == int(comparison.number) else comparison.number
        )
        operator = _OPERATORS[comparison.operator]
        if metric is not None and len(metric.words & comparison.words) * 2 > len(metric.words):
            having.append(Piece("having", operator(this=metric.code.copy(), expression=number), metric.words))
            continue
        after = (comparison.at + 1, comparison.at + 3)
        table, column = (
            reading.best_table(after),
            numeric_column(reading, span, frozenset({main.name.lower()})),
        )
        if column is not None and (table is None or column.score > table.score):
            code = operator(this=column_of(column.table, column.column or ""), expression=number)
            conditions.append(Piece("condition", code, column.words))
        elif table is not None and (grouped or table.table != main.name):
            having.append(
                Piece("having", operator(this=exp.Count(this=exp.Star()), expression=number), table.words)
            )
    return having, conditions
