"""What an answer shows, read from the question alone: dimensions, a metric, or plain columns, and their order."""

from sqlglot import exp

from understudy_knowledge.catalog import Catalog, Table
from understudy_knowledge.models.embedded.columns import (
    bucket_of,
    column_of,
    dates_of,
    is_date,
    is_key,
    label,
)
from understudy_knowledge.models.embedded.cues import Span
from understudy_knowledge.models.embedded.definitions import House
from understudy_knowledge.models.embedded.linking import Mention
from understudy_knowledge.models.embedded.reading import Reading
from understudy_knowledge.models.embedded.sketch import Piece
from understudy_knowledge.models.embedded.tokens import name_stems

_NO_WORDS: frozenset[str] = frozenset()
_WHOLE = 0.99
"""The score of a column all of whose words are said."""
_KEY_ITSELF = frozenset(name_stems("id identifier key number code"))
"""Words by which a question asks for a key and not for the name of what it stands for."""


def dimension(reading: Reading, span: Span, near: frozenset[str]) -> Piece | None:
    """What a "by X" groups by: the column X names, else the label of the table X names."""
    column, table = reading.best_column(span, near), reading.best_table(span)
    if column is not None and table is not None and table.words < column.words and column.score >= _WHOLE:
        table = None  # "order id" says more than "order"
    if table is not None and (column is None or table.score >= column.score or table.score == 1):
        known = reading.catalog.table(table.table)
        if known is not None and (
            column is None or column.table != table.table or column.words <= table.words
        ):
            return Piece("dimension", column_of(known.name, label(known).name), table.words)
    return Piece("dimension", _shown(reading.catalog, column), column.words) if column else None


def _which(reading: Reading) -> Span | None:
    """The one or two words after an opening "which"."""
    tokens = reading.links.tokens
    if not tokens or tokens[0].text.lower() not in {"which", "what"} or len(tokens) < 3:
        return None
    return (1, 2 if tokens[2].is_content else 1)


def _shown(catalog: Catalog, mention: Mention) -> exp.Column:
    """The column a mention names; for a key that the word for its table names, or one of another table, that row's label, which is
    what a person means who does not ask for the id.
    """
    if mention.words & _KEY_ITSELF:
        return column_of(mention.table, mention.column or "")
    table = catalog.table(mention.table)
    if table is not None and mention.words <= frozenset(name_stems(table.name)):
        column = table.column(mention.column or "")
        if column is not None and column.primary_key:
            return column_of(table.name, label(table).name)
    for key in table.foreign_keys if table else ():
        other = catalog.table(key.ref_table)
        named = len(key.columns) == 1 and key.columns[0].lower() == (mention.column or "").lower()
        if named and other is not None and other.columns and other is not table:
            return column_of(other.name, label(other).name)
    return column_of(mention.table, mention.column or "")


def outputs_of(reading: Reading, main: Table, known: House) -> tuple[list[Piece], list[Piece]]:
    """What the answer shows, and its order, when it is about rows of `main`."""
    cues = reading.cues
    near = frozenset({main.name.lower()})
    groups = [piece for span in cues.groups if (piece := dimension(reading, span, near))]
    if (
        cues.rank_of is not None
        and cues.rank_by is not None
        and (piece := dimension(reading, cues.rank_of, near))
    ):
        groups.insert(0, piece)
    dated = known.dated if known.metric and known.dated is not None else None
    if dated is None and dates_of(main):
        dated = column_of(main.name, dates_of(main)[0].name)
    bucket = reading.bucket([known.metric] if known.metric else [])
    if bucket and dated is not None:
        groups.insert(0, Piece("dimension", bucket_of(dated, bucket), frozenset({bucket})))
    if known.metric is not None and not groups and (asked := _which(reading)) is not None:
        piece = dimension(reading, asked, near)
        groups += [piece] if piece else []
    metric = known.metric or _metric(reading, main, grouped=bool(groups))
    if metric is None and groups:
        metric = Piece(
            "metric", exp.Count(this=exp.Star()), frozenset(name_stems(main.name)) & reading.links.content
        )
    if metric is not None:
        if cues.listed and groups:
            groups = [*groups, *listed(reading, near, metric)]
        outputs = [*{piece.key: piece for piece in groups}.values(), metric]
        direction = cues.direction or ("ASC" if bucket else "DESC")
        by = groups[0] if groups and bucket and not cues.limit else metric
        orders = [ordered(by.code, direction)] if groups else []
        return outputs, orders
    return _plain_outputs(reading, main)


def _metric(reading: Reading, main: Table, *, grouped: bool) -> Piece | None:
    cues = reading.cues
    near = frozenset({main.name.lower()})
    if cues.count_of is not None:
        return Piece("metric", _count(reading, main, cues.count_of), reading.words(cues.count_of))
    if cues.aggregate_at is not None:
        start = cues.aggregate_at + 1
        span = (start, min(start + 4, len(reading.links.tokens) - 1))
        if (column := numeric_column(reading, span, near)) is not None:
            return Piece("metric", _aggregated(cues.aggregate or "SUM", column), column.words)
        if cues.aggregate == "SUM" and reading.best_table(span):
            return Piece("metric", exp.Count(this=exp.Star()), reading.words(span))
    before = (0, cues.groups[0][0] - 2) if cues.groups and cues.groups[0][0] > 1 else None
    for asked in (cues.rank_by, before):
        if asked is not None and grouped:
            column, table = numeric_column(reading, asked, near), reading.best_table(asked)
            if column is not None and (table is None or table.score < 0.9):
                return Piece("metric", _aggregated("SUM", column), column.words)
            if table is not None:
                return Piece("metric", exp.Count(this=exp.Star()), table.words)
    return None


def _count(reading: Reading, main: Table, span: Span) -> exp.Expr:
    column = reading.best_column(span, frozenset({main.name.lower()}))
    if reading.cues.distinct and column is not None:
        return exp.Count(this=exp.Distinct(expressions=[column_of(column.table, column.column or "")]))
    return exp.Count(this=exp.Star())


def numeric_column(reading: Reading, span: Span, near: frozenset[str]) -> Mention | None:
    """The column in the span that a figure may be computed from; columns of the tables `near` are preferred."""
    found = []
    for mention in reading.links.of("column", *span):
        column = reading.catalog.column(mention.table, mention.column or "")
        table = reading.catalog.table(mention.table)
        derived = table is not None and table.kind == "view" and mention.table.lower() not in near
        if (
            column is not None
            and column.family in {"integer", "number"}
            and not (derived or is_key(reading.catalog, mention.table, column))
        ):
            found.append(mention)
    return max(found, key=lambda m: m.score + 0.2 * (m.table.lower() in near), default=None)


def _aggregated(name: str, mention: Mention) -> exp.Expr:
    kind = {"SUM": exp.Sum, "AVG": exp.Avg, "MIN": exp.Min, "MAX": exp.Max}[name]
    return kind(this=column_of(mention.table, mention.column or ""))


def _plain_outputs(reading: Reading, main: Table) -> tuple[list[Piece], list[Piece]]:
    """No metric: what is listed after a colon, else the columns the question names, else the label of the main table."""
    cues = reading.cues
    if cues.listed:
        shown = listed(reading, frozenset({main.name.lower()}))
        dated = [piece for piece in shown if cues.by_time and is_date(piece.code, reading.catalog)]
        return shown, [ordered(piece.code, cues.direction or "DESC") for piece in dated[:1]]
    named: dict[tuple[str, str], Mention] = {}
    own = frozenset(name_stems(main.name)).union(*(name_stems(column.name) for column in main.columns))
    values = {i for mention in reading.links.of("value")[:6] for i in range(mention.first, mention.last + 1)}
    stop = min(
        (
            i
            for i, token in enumerate(cues.tokens)
            if token.text.lower() in {"where", "with", "whose", "that", "who"} and i > 1
        ),
        default=10**6,
    )
    for mention in sorted(reading.links.of("column"), key=lambda m: (m.first, -(m.last - m.first), -m.score)):
        foreign = mention.table != main.name
        inside = mention.score >= (0.95 if foreign else 0.6) and not (foreign and mention.words <= own)
        if (
            inside
            and mention.first < stop
            and mention.first not in values
            and not _overlaps(mention, named.values())
        ):
            named[(mention.table, mention.column or "")] = mention
    pieces = [
        Piece("dimension", _shown(reading.catalog, mention), mention.words) for mention in named.values()
    ]
    orders: list[Piece] = []
    if cues.direction is not None:
        ranked = reading.best_column(
            cues.rank_by or cues.rank_of, frozenset({main.name.lower()})
        ) or numeric_column(reading, (0, len(cues.tokens)), frozenset({main.name.lower()}))
        if ranked is not None:
            orders = [ordered(column_of(ranked.table, ranked.column or ""), cues.direction, ranked.words)]
            if (
                cues.limit == 1
                and not cues.rank_by
                and [piece.key for piece in pieces] == [Piece("order", orders[0].code.this).key]
            ):
                kind = exp.Max if cues.direction == "DESC" else exp.Min
                return [Piece("metric", kind(this=pieces[0].code.copy()), pieces[0].words)], []
            if len(pieces) > 1 and cues.limit:
                pieces = [
                    piece for piece in pieces if piece.key != orders[0].code.this.sql("sqlite").lower()
                ] or pieces
    if not any(piece.tables == {main.name.lower()} for piece in pieces):
        pieces.insert(
            0,
            Piece(
                "dimension",
                column_of(main.name, label(main).name),
                frozenset(name_stems(main.name)) & reading.links.content,
            ),
        )
    return pieces, orders


def listed(reading: Reading, near: frozenset[str], metric: Piece | None = None) -> list[Piece]:
    """What the question lists after a colon, without the words that stand for the metric."""
    found = []
    for span in reading.cues.listed:
        words = reading.words(span)
        if metric is None or not words <= metric.words | reading.cues.used:
            piece = dimension(reading, span, near)
            found += [piece] if piece else []
    return found


def _overlaps(mention: Mention, others: object) -> bool:
    return any(m.first <= mention.last and mention.first <= m.last for m in others)  # type: ignore[attr-defined]


def ordered(code: exp.Expr, direction: str, words: frozenset[str] = _NO_WORDS) -> Piece:
    """An ORDER BY term; NULL comes last when the largest come first, and first otherwise."""
    return Piece(
        "order",
        exp.Ordered(this=code.copy(), desc=direction == "DESC", nulls_first=direction != "DESC"),
        words,
    )
