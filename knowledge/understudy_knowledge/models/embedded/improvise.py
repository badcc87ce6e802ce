"""Sketches from the question and the schema alone: what the student does where no lesson helps."""

from collections.abc import Sequence
from itertools import product

from attrs import evolve
from sqlglot import exp

from understudy_knowledge.catalog import Table
from understudy_knowledge.memory.records import Definition
from understudy_knowledge.models.embedded.absences import absences
from understudy_knowledge.models.embedded.conditions import compared, period_conditions, value_conditions
from understudy_knowledge.models.embedded.definitions import House, house
from understudy_knowledge.models.embedded.outputs import outputs_of
from understudy_knowledge.models.embedded.reading import Reading
from understudy_knowledge.models.embedded.sketch import Piece, Sketch, with_conditions


def improvise(reading: Reading, definitions: Sequence[Definition] = ()) -> list[Sketch]:
    """Plausible sketches, the likeliest first; empty where the question names nothing that is known.

    House definitions that the question uses take the place of what the schema's names alone would suggest.
    """
    sketches = []
    known = _house(reading, definitions)
    for main in _main_tables(reading)[:3]:
        outputs, orders = outputs_of(reading, main, known)
        if not outputs:
            continue
        tables = frozenset({main.name.lower(), *(table for piece in outputs for table in piece.tables)})
        limit = reading.cues.limit
        plain = Sketch(
            outputs=tuple(outputs),
            orders=tuple(orders),
            limit=Piece("limit", exp.Literal.number(limit)) if limit else None,
            distinct=reading.cues.distinct and not any(piece.role == "metric" for piece in outputs),
            root=known.root if known.metric else _counted(reading, outputs) or main.name.lower(),
            joins=known.joins,
        )
        having, comparisons = compared(
            reading, main, grouped=any(piece.role == "dimension" for piece in outputs), metric=known.metric
        )
        if having and plain.root == main.name.lower():
            plain = evolve(plain, root=_counted(reading, having) or plain.root)
        choices = value_conditions(reading, tables, plain.words)
        dates = period_conditions(reading, main, known.dated)
        absent = absences(reading, main)
        for values, period in product(choices, dates):
            conditions = (*values, *comparisons, *period, *absent)
            sketches.append(evolve(plain, conditions=conditions, having=tuple(having)))
    return [with_conditions(sketch, *known.conditions) for sketch in sketches]


def _house(reading: Reading, definitions: Sequence[Definition]) -> House:
    """The definitions the question calls upon; a metric that it merely lists as a column is none."""
    known = house(definitions, reading.links.content)
    listed_words = frozenset(word for span in reading.cues.listed for word in reading.words(span))
    if known.metric is not None and known.metric.words <= listed_words and not reading.cues.groups:
        return House(conditions=known.conditions)
    return known


def _counted(reading: Reading, pieces: Sequence[Piece]) -> str | None:
    """The table whose rows a COUNT(*), or a comparison with one, counts: the one its words name."""
    for piece in pieces:
        if piece.counts_rows:
            named = [m for m in reading.links.of("table") if m.words & piece.words and m.score >= 0.9]
            return named[0].table.lower() if named else None
    return None


def _main_tables(reading: Reading) -> list[Table]:
    """Tables whose rows the answer may be about, the likeliest first."""
    scores: dict[str, float] = {}
    for span, weight in ((reading.cues.count_of, 2.0), (reading.cues.rank_of, 1.2)):
        if (mention := reading.best_table(span)) is not None:
            scores[mention.table] = max(scores.get(mention.table, 0), weight * mention.score)
    length = max(1, len(reading.links.tokens))
    for mention in reading.links.of("table"):
        early = 0.3 * (1 - mention.first / length)
        scores[mention.table] = max(scores.get(mention.table, 0), 0.7 * mention.score + early)
    for mention in reading.links.of("column")[:12]:
        scores[mention.table] = scores.get(mention.table, 0) + 0.15 * mention.score
    for mention in reading.links.of("value")[:8]:
        scores[mention.table] = scores.get(mention.table, 0) + 0.1 * mention.score
    ranked = sorted(scores, key=lambda name: (-scores[name], name))
    found = [table for name in ranked if (table := reading.catalog.table(name)) is not None]
    usable = [table for table in reading.catalog.tables if table.columns]
    return found or (usable if len(usable) == 1 else [])
