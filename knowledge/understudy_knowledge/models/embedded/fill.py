"""Carrying out a plan: each open hole is grounded in the question and the catalog, independently of the others."""

from sqlglot import exp

from understudy_knowledge.catalog import Table
from understudy_knowledge.memory.records import Hole, Plan, Step
from understudy_knowledge.models.embedded.columns import column_of, dates_of
from understudy_knowledge.models.embedded.conditions import compared, period_conditions, value_conditions
from understudy_knowledge.models.embedded.improvise import improvise
from understudy_knowledge.models.embedded.periods import Period
from understudy_knowledge.models.embedded.plans import from_clause, parse_piece, sketch_of
from understudy_knowledge.models.embedded.reading import Reading
from understudy_knowledge.models.embedded.sketch import Piece, Sketch


def fill(plan: Plan, reading: Reading) -> list[Sketch]:
    """Sketches that follow the plan, one for each reading of the question, the likeliest first."""
    found = []
    readings: list[Sketch | None] = [*improvise(reading)[:6]]
    for own in readings or [None]:
        values: dict[str, exp.Expr] = {}
        main = reading.catalog.table(own.root or "") if own else None
        for step in plan.steps:
            values.update(_step_values(step, reading, own, main))
        sketch = sketch_of(plan, values)
        if sketch is not None:
            found.append(sketch)
    return found


def _step_values(step: Step, reading: Reading, own: Sketch | None, main: Table | None) -> dict[str, exp.Expr]:
    opened = [hole for hole in step.holes if hole.pinned is None]
    if not opened:
        return {}
    if len(opened) == 1 and opened[0].kind == "expression":
        code = _expression(step, reading, own, main)
        return {opened[0].id: code} if code is not None else {}
    values: dict[str, exp.Expr] = {}
    for hole in opened:
        code = _column(hole, reading, main) if hole.kind == "column" else _value(hole, step, reading)
        if code is not None:
            values[hole.id] = code
    return values


def _expression(step: Step, reading: Reading, own: Sketch | None, main: Table | None) -> exp.Expr | None:
    """What the student would write for the step by itself."""
    words = frozenset(step.phrase.split())
    if own is None:
        return None
    match step.clause:
        case "from":
            return from_clause(own)
        case "metric":
            return _first(own.outputs, "metric", words)
        case "dimension":
            return _first(own.outputs, "dimension", words)
        case "order":
            return own.orders[0].code.copy() if own.orders else None
        case "limit":
            return own.limit.code.copy() if own.limit else None
        case "having":
            return own.having[0].code.copy() if own.having else None
    if main is None:
        return None
    named = [
        piece
        for choice in value_conditions(reading, frozenset({main.name.lower()}), frozenset())[:1]
        for piece in choice
    ]
    numbers = compared(reading, main, grouped=False)[1]
    dated = [piece for choice in period_conditions(reading, main)[:1] for piece in choice]
    return next((piece.code.copy() for piece in (*named, *numbers, *dated) if piece.words & words), None)


def _first(pieces: tuple[Piece, ...], role: str, words: frozenset[str]) -> exp.Expr | None:
    same = [piece for piece in pieces if piece.role == role]
    return next(
        (piece.code.copy() for piece in same if piece.words & words or not words),
        same[0].code.copy() if same else None,
    )


def _column(hole: Hole, reading: Reading, main: Table | None) -> exp.Expr | None:
    words = frozenset(hole.phrase.split())
    dated = hole.hint == "a date column"
    best: tuple[float, exp.Expr] | None = None
    for mention in reading.links.of("column"):
        known = reading.catalog.column(mention.table, mention.column or "")
        if known is None or not mention.words & words or (known.family == "date") is not dated:
            continue
        near = main is not None and mention.table == main.name
        score = mention.score + 0.2 * near + 0.1 * len(mention.words & words)
        if best is None or score > best[0]:
            best = (score, column_of(mention.table, mention.column or ""))
    if best is not None:
        return best[1]
    if not dated:
        for mention in reading.links.of("value"):
            if mention.words & words:
                return column_of(mention.table, mention.column or "")
    if dated and main is not None and dates_of(main):
        return column_of(main.name, dates_of(main)[0].name)
    return None


def _value(hole: Hole, step: Step, reading: Reading) -> exp.Expr | None:
    words = frozenset(hole.phrase.split())
    code = parse_piece(step)
    place = (
        next((node for node in code.find_all(exp.Placeholder) if node.name == hole.id), None)
        if code is not None
        else None
    )
    for period in reading.cues.periods:
        stems = {token.stem for token in reading.links.tokens if period.first <= token.start < period.last}
        if place is not None and code is not None and stems & words:
            return _period_value(period, place, code)
    for mention in reading.links.of("value"):
        if mention.words & words:
            return exp.Literal.string(str(mention.value))
    for token in reading.links.tokens:
        if token.number is not None and (token.stem in words or not words):
            return exp.Literal.number(
                int(token.number) if token.number == int(token.number) else token.number
            )
    return None


def _period_value(period: Period, place: exp.Expr, code: exp.Expr) -> exp.Expr | None:
    """The end of the period that the comparison around the hole wants, in the format of its other side."""
    parent = place.parent
    text = period.start
    if isinstance(parent, (exp.LT, exp.LTE)) and parent.expression is place:
        text = period.end
    if text is None:
        return None
    formats = [literal.name for literal in code.find_all(exp.Literal) if "%" in literal.name]
    if formats == ["%Y"]:
        return exp.Literal.string(text[:4])
    return exp.Literal.string(text[:7] if formats == ["%Y-%m"] else text)
