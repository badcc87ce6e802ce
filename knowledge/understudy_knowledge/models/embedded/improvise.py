"""Sketches from the question and the schema alone: what the student does where no lesson helps."""

from collections.abc import Sequence
from itertools import product

from attrs import evolve
from sqlglot import exp

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.memory.records import Definition
from understudy_knowledge.models.embedded.cues import Span
from understudy_knowledge.models.embedded.definitions import House, house
from understudy_knowledge.models.embedded.linking import Mention
from understudy_knowledge.models.embedded.periods import condition
from understudy_knowledge.models.embedded.reading import Reading
from understudy_knowledge.models.embedded.sketch import Piece, Sketch, with_conditions
from understudy_knowledge.models.embedded.tokens import name_stems

_FORMATS = {"month": "%Y-%m", "year": "%Y", "day": "%Y-%m-%d", "weekday": "%w"}
_LABELS = ("name", "title", "label", "description")
_OPERATORS = {">": exp.GT, "<": exp.LT, ">=": exp.GTE, "<=": exp.LTE, "=": exp.EQ}
_NO_WORDS: frozenset[str] = frozenset()


def improvise(reading: Reading, definitions: Sequence[Definition] = ()) -> list[Sketch]:
    """Plausible sketches, the likeliest first; empty where the question names nothing that is known.

    House definitions that the question uses take the place of what the schema's names alone would suggest.
    """
    sketches = []
    known = _house(reading, definitions)
    for main in _main_tables(reading)[:3]:
        outputs, orders = _outputs(reading, main, known)
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
            reading, main, grouped=any(piece.role == "dimension" for piece in outputs)
        )
        choices = value_conditions(reading, tables, _spent(plain))
        dates = period_conditions(reading, main, known.dated)
        for values, period in product(choices, dates):
            sketches.append(evolve(plain, conditions=(*values, *comparisons, *period), having=tuple(having)))
    return [with_conditions(sketch, *known.conditions) for sketch in sketches]


def _house(reading: Reading, definitions: Sequence[Definition]) -> House:
    """The definitions the question calls upon; a metric that it merely lists as a column is none."""
    known = house(definitions, reading.links.content)
    listed_words = frozenset(word for span in reading.cues.listed for word in reading.words(span))
    if known.metric is not None and known.metric.words <= listed_words and not reading.cues.groups:
        return House(conditions=known.conditions)
    return known


def _counted(reading: Reading, outputs: Sequence[Piece]) -> str | None:
    """The table whose rows a COUNT(*) counts: the one its words name."""
    for piece in outputs:
        if isinstance(piece.code, exp.Count) and isinstance(piece.code.this, exp.Star):
            named = [m for m in reading.links.of("table") if m.words & piece.words and m.score >= 0.9]
            return named[0].table.lower() if named else None
    return None


def _spent(sketch: Sketch) -> frozenset[str]:
    return frozenset(word for piece in sketch.pieces() for word in piece.words)


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
    return found or list(reading.catalog.tables[:1] if len(reading.catalog.tables) == 1 else ())


def label(table: Table) -> Column:
    """The column that tells a person which row it is."""
    for wanted in _LABELS:
        for column in table.columns:
            if wanted in name_stems(column.name) or column.name.lower().endswith(wanted):
                return column
    texts = [column for column in table.columns if column.family == "text" and not column.primary_key]
    return texts[0] if texts else table.columns[0]


def is_key(catalog: Catalog, table: str, column: Column) -> bool:
    """Whether a column only identifies rows, so that sums of it mean nothing."""
    known = catalog.table(table)
    keys = {name.lower() for key in known.foreign_keys for name in key.columns} if known else set()
    return column.primary_key or column.name.lower() in keys or name_stems(column.name)[-1:] == ("id",)


def column_of(table: str, name: str) -> exp.Column:
    """`table.column` as pieces write it."""
    return exp.column(name, table=table)


def dates_of(table: Table) -> list[Column]:
    """The table's date columns, those that say when the row came about first."""
    found = [column for column in table.columns if column.family == "date"]
    return sorted(found, key=lambda column: column.nullable)


def dimension(reading: Reading, span: Span, near: frozenset[str]) -> Piece | None:
    """What a "by X" groups by: the column X names, else the label of the table X names."""
    column, table = reading.best_column(span, near), reading.best_table(span)
    words = reading.words(span)
    if table is not None and (column is None or table.score >= column.score or table.score == 1):
        known = reading.catalog.table(table.table)
        if known is not None and (
            column is None or column.table != table.table or column.words <= table.words
        ):
            return Piece("dimension", column_of(known.name, label(known).name), words)
    return Piece("dimension", _shown(reading.catalog, column), words) if column else None


def _shown(catalog: Catalog, mention: Mention) -> exp.Column:
    """The column a mention names; for a key of another table that row's label, which is what a person means."""
    table = catalog.table(mention.table)
    for key in table.foreign_keys if table else ():
        other = catalog.table(key.ref_table)
        named = len(key.columns) == 1 and key.columns[0].lower() == (mention.column or "").lower()
        if named and other is not None and other is not table:
            return column_of(other.name, label(other).name)
    return column_of(mention.table, mention.column or "")


def is_date(code: exp.Expr, catalog: Catalog) -> bool:
    """Whether an output is a date column as it stands."""
    known = catalog.column(code.table, code.name) if isinstance(code, exp.Column) else None
    return known is not None and known.family == "date"


def bucket_of(column: exp.Expr, bucket: str) -> exp.Expr:
    """The part of a date that a "per month" groups by."""
    parsed: exp.Expr = exp.maybe_parse("STRFTIME('%Y', x)", dialect="sqlite")
    for literal in list(parsed.find_all(exp.Literal)):
        literal.replace(exp.Literal.string(_FORMATS[bucket]))
    for place in list(parsed.find_all(exp.Column)):
        place.replace(column.copy())
    return parsed


def _outputs(reading: Reading, main: Table, known: House) -> tuple[list[Piece], list[Piece]]:
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
    if cues.bucket and dated is not None:
        groups.insert(0, Piece("dimension", bucket_of(dated, cues.bucket), frozenset({cues.bucket})))
    metric = known.metric or _metric(reading, main, grouped=bool(groups))
    if metric is None and groups:
        metric = Piece(
            "metric", exp.Count(this=exp.Star()), frozenset(name_stems(main.name)) & reading.links.content
        )
    if metric is not None:
        if cues.listed and groups:
            groups = [*groups, *listed(reading, near, metric)]
        outputs = [*{piece.key: piece for piece in groups}.values(), metric]
        direction = cues.direction or ("ASC" if cues.bucket else "DESC")
        by = groups[0] if groups and cues.bucket and not cues.limit else metric
        orders = [_ordered(by.code, direction)] if groups else []
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
        if (column := _numeric(reading, span, near)) is not None:
            return Piece("metric", _aggregated(cues.aggregate or "SUM", column), column.words)
        if cues.aggregate == "SUM" and reading.best_table(span):
            return Piece("metric", exp.Count(this=exp.Star()), reading.words(span))
    before = (0, cues.groups[0][0] - 2) if cues.groups and cues.groups[0][0] > 1 else None
    for asked in (cues.rank_by, before):
        if asked is not None and grouped:
            column, table = _numeric(reading, asked, near), reading.best_table(asked)
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


def _numeric(reading: Reading, span: Span, near: frozenset[str]) -> Mention | None:
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
        return shown, [_ordered(piece.code, cues.direction or "DESC") for piece in dated[:1]]
    named: dict[tuple[str, str], Mention] = {}
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
        inside = mention.score >= 0.6 and (mention.table == main.name or mention.score >= 0.95)
        if (
            inside
            and mention.first < stop
            and mention.first not in values
            and not _overlaps(mention, named.values())
        ):
            named[(mention.table, mention.column or "")] = mention
    pieces = [
        Piece("dimension", column_of(table, column), mention.words)
        for (table, column), mention in named.items()
    ]
    orders: list[Piece] = []
    if cues.direction is not None:
        ranked = reading.best_column(
            cues.rank_by or cues.rank_of, frozenset({main.name.lower()})
        ) or _numeric(reading, (0, len(cues.tokens)), frozenset({main.name.lower()}))
        if ranked is not None:
            orders = [_ordered(column_of(ranked.table, ranked.column or ""), cues.direction, ranked.words)]
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


def _ordered(code: exp.Expr, direction: str, words: frozenset[str] = _NO_WORDS) -> Piece:
    return Piece(
        "order",
        exp.Ordered(this=code.copy(), desc=direction == "DESC", nulls_first=direction != "DESC"),
        words,
    )


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


def compared(reading: Reading, main: Table, *, grouped: bool) -> tuple[list[Piece], list[Piece]]:
    """Comparisons with a number: on the count of a table's rows (HAVING), else on the numeric column named nearby."""
    having, conditions = [], []
    for comparison in reading.cues.comparisons:
        span = (max(0, comparison.at - 4), comparison.at + 3)
        number = exp.Literal.number(
            int(comparison.number) if comparison.number == int(comparison.number) else comparison.number
        )
        operator = _OPERATORS[comparison.operator]
        after = (comparison.at + 1, comparison.at + 3)
        table, column = reading.best_table(after), _numeric(reading, span, frozenset({main.name.lower()}))
        if column is not None and (table is None or column.score > table.score):
            code = operator(this=column_of(column.table, column.column or ""), expression=number)
            conditions.append(Piece("condition", code, column.words))
        elif table is not None and (grouped or table.table != main.name):
            having.append(
                Piece("having", operator(this=exp.Count(this=exp.Star()), expression=number), table.words)
            )
    return having, conditions
