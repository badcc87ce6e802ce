"""A lesson's sketch made to answer another question: pieces the new question asks for stay, the others are replaced or go."""

from collections.abc import Sequence

from attrs import evolve
from sqlglot import exp

from understudy_knowledge.memory.records import Definition
from understudy_knowledge.models.embedded.adapt_conditions import (
    asked,
    conditions_for,
    default_date,
    with_values,
)
from understudy_knowledge.models.embedded.align import Aligned
from understudy_knowledge.models.embedded.columns import bucket_of, is_date
from understudy_knowledge.models.embedded.cues import Span
from understudy_knowledge.models.embedded.definitions import House, house
from understudy_knowledge.models.embedded.improvise import improvise
from understudy_knowledge.models.embedded.outputs import dimension, ordered
from understudy_knowledge.models.embedded.reading import Reading
from understudy_knowledge.models.embedded.sketch import Piece, Sketch, counts_rows, with_conditions
from understudy_knowledge.models.embedded.tokens import name_stems

_CUT = ("year", "month", "day")
"""Where a date that a lesson cuts off may be cut off instead."""


def adapt(lesson: Aligned, reading: Reading, definitions: Sequence[Definition] = ()) -> list[Sketch]:
    """Sketches for the question after the lesson's example, the closest to the lesson first."""
    source = _without_unasked_prelude(_marked(lesson.sketch), lesson, reading)
    own = next(iter(improvise(reading, definitions)), None)
    known = house(definitions, reading.links.content)
    lessons_own = {piece.key for piece in source.outputs if piece.role == "metric"}
    found = []
    for metrics, dimensions in _choices(source, reading, own, known):
        kept = bool(metrics) and {piece.key for piece in metrics} <= lessons_own
        outputs = _in_order(source, dimensions, metrics)
        if not outputs:
            continue
        sketch = evolve(
            source,
            outputs=tuple(outputs),
            told=lesson.reading.links.content & reading.links.content if kept else frozenset(),
            groups=_groups(source, dimensions, reading) if metrics else (),
            conditions=(),
            having=tuple(piece for piece in source.having if asked(piece, reading)),
            limit=Piece("limit", exp.Literal.number(reading.cues.limit)) if reading.cues.limit else None,
        )
        if (
            own is not None
            and own.root
            and any(piece in own.outputs and counts_rows(piece.code) for piece in metrics)
        ):
            sketch = evolve(sketch, root=own.root)  # what is counted is the question's own, not the lesson's
        sketch = evolve(sketch, orders=_orders(source, sketch, reading))
        if known.metric is not None and known.metric in metrics:
            sketch = evolve(sketch, joins=(*sketch.joins, *known.joins), root=known.root or sketch.root)
        sketch = with_conditions(conditions_for(source, sketch, reading, lesson), *known.conditions)
        found.extend(with_values(sketch, reading))
    return found


def _without_unasked_prelude(source: Sketch, lesson: Aligned, reading: Reading) -> Sketch:
    """A CTE whose name the lesson's question says and this question does not is no part of the answer."""
    if source.prelude is None:
        return source
    names = {cte.alias.lower() for cte in source.prelude.expressions}
    said = frozenset(word for name in names for word in name_stems(name)) & lesson.reading.links.content
    used = names & set(source.tables)
    if not said or said & reading.links.content or used or (source.root or "") in names:
        return source
    return evolve(source, prelude=None, joins=tuple(join for join in source.joins if join.right not in names))


def _choices(
    source: Sketch, reading: Reading, own: Sketch | None, known: House
) -> list[tuple[list[Piece], list[Piece]]]:
    """What the answer may show: the lesson's figures, or those that a definition has for the question's words."""
    metrics = [_metrics(source, reading, own)]
    if known.metric is not None and known.metric.key not in {piece.key for piece in metrics[0]}:
        metrics.append([known.metric])
    return [(choice, dims) for choice in metrics for dims in _dimension_choices(source, reading, choice, own)]


def _marked(sketch: Sketch) -> Sketch:
    def mark(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        return tuple(evolve(piece, origin="lesson") for piece in pieces)

    return evolve(
        sketch,
        outputs=mark(sketch.outputs),
        conditions=mark(sketch.conditions),
        groups=mark(sketch.groups),
        having=mark(sketch.having),
        orders=tuple(evolve(piece, words=frozenset()) for piece in mark(sketch.orders)),
    )


def _metrics(source: Sketch, reading: Reading, own: Sketch | None) -> list[Piece]:
    shown = [piece for piece in source.outputs if piece.role == "metric"]
    if reading.cues.listed and own is not None and not any(piece.role == "metric" for piece in own.outputs):
        listed = frozenset(word for span in reading.cues.listed for word in reading.words(span))
        shown = [
            piece
            for piece in shown
            if not {column.name for column in piece.code.find_all(exp.Column)} or not piece.words <= listed
        ]
    kept = [piece for piece in shown if asked(piece, reading)]
    if kept:
        return kept
    improvised = [piece for piece in own.outputs if piece.role == "metric" and piece.words] if own else []
    return improvised or shown


def _dimension_choices(
    source: Sketch, reading: Reading, metrics: list[Piece], own: Sketch | None
) -> list[list[Piece]]:
    cues = reading.cues
    shown = [piece for piece in source.outputs if piece.role == "dimension"]
    spans: list[Span] = [*cues.groups, *cues.listed]
    if cues.rank_of is not None and (cues.rank_by is not None or metrics):
        spans.insert(0, cues.rank_of)
    chosen: list[Piece] = []
    near = frozenset(source.tables) | {source.root or ""}
    if bucket := reading.bucket(metrics):
        chosen.append(Piece("dimension", _bucket(source, shown, reading), frozenset({bucket})))
    for span in spans:
        words = reading.words(span)
        if span in cues.listed and any(words <= metric.words for metric in metrics):
            continue
        same = [piece for piece in shown if piece.words & words]
        exact = [piece for piece in same if words == piece.words]
        piece = dimension(reading, span, near)
        if exact or piece is None:
            chosen.extend(exact or same)
        else:
            chosen.append(piece)
    chosen = list({piece.key: piece for piece in chosen}.values())
    if chosen:
        return [chosen]
    kept = [piece for piece in shown if asked(piece, reading)]
    choices = [kept] if metrics or kept else []
    if own is not None and not metrics:
        choices.append([piece for piece in own.outputs if piece.role == "dimension"])
    if len(kept) < len(shown):
        choices.append(shown)
    return choices


def _bucket(source: Sketch, shown: list[Piece], reading: Reading) -> exp.Expr:
    """The lesson's own way to write the bucket where it has one, else the date the lesson filters or groups by."""
    bucket = reading.cues.bucket or "month"
    dated = [
        column
        for piece in (*shown, *source.conditions)
        for column in piece.code.find_all(exp.Column)
        if (known := reading.catalog.column(column.table, column.name)) is not None and known.family == "date"
    ]
    for piece in shown:
        if bucket in piece.words:
            return piece.code.copy()
    cut = next((node for piece in shown for node in piece.code.find_all(exp.TimestampTrunc)), None)
    if cut is not None and bucket in _CUT:
        cut = cut.copy()
        cut.set("unit", exp.var(bucket.upper()))
        return cut
    if dated:
        return bucket_of(dated[0], bucket)
    if (column := default_date(source, reading)) is not None:
        return bucket_of(column, bucket)
    return shown[0].code.copy() if shown else exp.Literal.string(bucket)


def _in_order(source: Sketch, dimensions: list[Piece], metrics: list[Piece]) -> list[Piece]:
    """The lesson's order of outputs: dimensions before metrics unless it had them the other way round."""
    first = next((piece.role for piece in source.outputs), "dimension")
    return (
        [*metrics, *dimensions] if first == "metric" and len(source.outputs) > 1 else [*dimensions, *metrics]
    )


def _groups(source: Sketch, dimensions: list[Piece], reading: Reading) -> tuple[Piece, ...]:
    """The shown dimensions, and the keys the lesson grouped by beside a dimension that stayed.

    Where another dimension of the key's table went, the key went with it, unless the question says that table: revenue by
    customer and country is by the customer's key, revenue by country is not.
    """
    shown = {piece.key for piece in source.outputs}
    stayed = {piece.key for piece in dimensions} & shown
    went = {
        table
        for piece in source.outputs
        if piece.role == "dimension" and piece.key not in stayed
        for table in piece.tables
    }
    said = reading.links.content
    hidden = [
        piece
        for piece in source.groups
        if piece.key not in shown
        and all(table not in went or said & frozenset(name_stems(table)) for table in piece.tables)
    ]
    return (*(hidden if stayed else ()), *dimensions)


def _orders(source: Sketch, sketch: Sketch, reading: Reading) -> tuple[Piece, ...]:
    """The order the question asks for, else the lesson's with its terms replaced like its outputs."""
    cues = reading.cues
    figures = [piece for piece in sketch.outputs if piece.role == "metric"]
    metric = next(iter(figures), None)
    first = next((piece for piece in sketch.outputs if piece.role == "dimension"), None)
    if figures and first is None and not sketch.groups:
        return ()  # one row
    shown = {piece.key for piece in sketch.outputs}
    if reading.bucket(figures) and first is not None and not cues.limit:
        return (ordered(first.code, "ASC"),)
    kept = []
    for piece in source.orders:
        term = piece.code.this if isinstance(piece.code, exp.Ordered) else piece.code
        key = Piece("order", term).key
        known = key in shown or (not any(out.key == key for out in source.outputs) and metric is None)
        if known:
            kept.append(piece)
        elif any(out.key == key and out.role == "metric" for out in source.outputs) and metric is not None:
            kept.append(ordered(metric.code, "DESC" if piece.code.args.get("desc") else "ASC"))
    if cues.direction is not None and metric is not None:
        ranked = [piece for piece in kept if piece.code.this.find(exp.AggFunc)]
        return (ordered(metric.code, cues.direction), *(piece for piece in kept if piece not in ranked))
    if cues.direction is not None and cues.by_time:
        dated = next((piece for piece in sketch.outputs if is_date(piece.code, reading.catalog)), None)
        if dated is not None:
            return (
                ordered(dated.code, cues.direction),
                *(ordered(first.code, "ASC") for first in sketch.outputs[:1]),
            )
    if not kept and metric is not None and first is not None:
        return (ordered(metric.code, "DESC"),)
    return tuple(kept)
