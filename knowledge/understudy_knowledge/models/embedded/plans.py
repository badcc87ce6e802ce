"""A sketch as a functional plan, and a plan back as a sketch: the language that teacher and student share."""

import re
from collections.abc import Iterator

from attrs import evolve, frozen
from sqlglot import exp

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Hole, HoleKind, Plan, Step
from understudy_knowledge.models.embedded.dialects import carried_over
from understudy_knowledge.models.embedded.sketch import (
    Join,
    Piece,
    Sketch,
    has_aggregate,
    identifier,
    parse,
    with_kept_joins,
)

_PURPOSES = {
    "from": "Start from {root}, over the keys.",
    "dimension": "Show {what}, one row for each.",
    "metric": "Compute {what} for each row of the answer.",
    "condition": "Keep only the rows where {what}.",
    "having": "Keep only the groups where {what}.",
    "group": "Group by {what} too, without showing it.",
    "order": "Order by {what}.",
    "limit": "Stop after {what} rows.",
    "distinct": "Show each row once.",
    "with": "Prepare {what} first.",
    "whole": "Answer with one statement of this shape.",
}


_STATEMENT = re.compile(r"(?:SELECT|WITH)\b", re.IGNORECASE)


def purpose(clause: str, what: str) -> str:
    """One sentence in words for a step."""
    return _PURPOSES[clause].format(
        what=what or "what the question takes for granted",
        root=what or "the main table, joined with what the other steps need",
    )


@frozen(eq=False)
class StepPiece:
    """A step to be: its clause, its code, and the words that ask for it."""

    clause: str
    code: exp.Expr
    words: frozenset[str]
    said: str = ""
    """The same words as the question says them."""


def step_pieces(sketch: Sketch) -> Iterator[StepPiece]:
    """The sketch's pieces in the order a person would explain them: source, filters, groups, figures, order."""
    if sketch.prelude is not None:
        yield StepPiece("with", sketch.prelude, frozenset())
    yield StepPiece("from", from_clause(sketch), frozenset())
    for piece in sketch.conditions:
        yield StepPiece("condition", piece.code, piece.words)
    for piece in sketch.outputs:
        yield StepPiece(piece.role, piece.code, piece.words)
    shown = {piece.key for piece in sketch.outputs}
    for piece in sketch.groups:
        if piece.key not in shown:
            yield StepPiece("group", piece.code, piece.words)
    for piece in sketch.having:
        yield StepPiece("having", piece.code, piece.words)
    if sketch.distinct:
        yield StepPiece("distinct", exp.Var(this="DISTINCT"), frozenset())
    for piece in sketch.orders:
        yield StepPiece("order", piece.code, piece.words)
    if sketch.limit is not None:
        yield StepPiece("limit", sketch.limit.code, sketch.limit.words)


def from_clause(sketch: Sketch) -> exp.Expr:
    """`SELECT * FROM root JOIN …`, as the "from" step's code holds it."""
    tree = exp.select("*").from_(exp.Table(this=identifier(sketch.root or "nothing")))
    for join in sketch.joins:
        tree = tree.join(
            exp.Table(this=identifier(join.right)), on=join.on.copy(), join_type="left" if join.outer else ""
        )
    return tree


def joins_of(code: exp.Expr) -> tuple[str | None, tuple[Join, ...]]:
    """Root and joins of a "from" step's code; none where it is anything but tables joined by conditions."""
    source, listed = code.args.get("from_"), code.args.get("joins") or ()
    if source is None or not all(
        isinstance(part.this, exp.Table) and (part is source or part.args.get("on"))
        for part in (source, *listed)
    ):
        return None, ()
    root: str = source.this.name.lower()
    seen = {root}
    joins = []
    for join in listed:
        name = join.this.name.lower()
        left = next(
            (
                c.table.lower()
                for c in join.args["on"].find_all(exp.Column)
                if c.table.lower() in seen and c.table.lower() != name
            ),
            root,
        )
        joins.append(Join(left, name, join.args["on"].copy(), outer=join.side == "LEFT"))
        seen.add(name)
    return root, tuple(joins)


def open_holes(
    code: exp.Expr, catalog: Catalog, number: int, phrase: str, *, coarse: bool
) -> tuple[exp.Expr, tuple[Hole, ...]]:
    """`code` with its project-specific parts replaced by holes; `coarse` leaves one hole where structure itself is the secret."""
    if coarse and _is_opaque(code):
        kind: HoleKind = "expression"
        hole = Hole(
            f"h{number}",
            kind,
            "a condition" if not has_aggregate(code) else "a figure computed per group",
            phrase,
        )
        return _placeholder(hole), (hole,)
    holes: list[Hole] = []
    code = code.copy()
    if isinstance(code, exp.Column):
        hole = Hole(f"h{number}", "column", _describe(code, catalog), phrase)
        return _placeholder(hole), (hole,)
    for node in [n for n in code.walk() if isinstance(n, (exp.Column, exp.Literal))]:
        if isinstance(node.this, exp.Star) or (isinstance(node, exp.Literal) and not _is_value(node)):
            continue
        column = isinstance(node, exp.Column)
        hint = _describe(node, catalog) if isinstance(node, exp.Column) else "a value that the question names"
        hole = Hole(f"h{number + len(holes)}", "column" if column else "value", hint, phrase)
        holes.append(hole)
        node.replace(_placeholder(hole))
    return code, tuple(holes)


def _is_value(literal: exp.Literal) -> bool:
    """Formats and scale factors are structure, not values."""
    if literal.is_string:
        return "%" not in literal.name
    return not isinstance(literal.parent, (exp.Div, exp.Mul, exp.Round, exp.Sub, exp.Add))


def _is_opaque(code: exp.Expr) -> bool:
    """Whether the shape of an expression says something that only the company knows."""
    columns = list(code.find_all(exp.Column))
    if has_aggregate(code):
        return len(columns) > 1 or bool(code.find(exp.Binary, exp.Case))
    return (
        isinstance(code, (exp.In, exp.Not, exp.Is, exp.Exists, exp.Or, exp.Paren, exp.Case))
        or len(columns) > 1
        or bool(code.find(exp.Func))
    )


def _describe(column: exp.Column, catalog: Catalog) -> str:
    known = catalog.column(column.table, column.name)
    family = known.family if known else "unknown"
    return {
        "date": "a date column",
        "text": "a text column",
        "integer": "a number column",
        "number": "a number column",
    }.get(family, "a column")


def _placeholder(hole: Hole) -> exp.Placeholder:
    return exp.Placeholder(this=hole.id)


def filled(step: Step, values: dict[str, exp.Expr]) -> exp.Expr | None:
    """The step's code with its holes filled: pinned code first, then `values`, then what a success had there."""
    code = parse_piece(step)
    if code is None:
        return None
    for node in list(code.find_all(exp.Placeholder)):
        hole = next((hole for hole in step.holes if hole.id == node.name), None)
        filler = _filler(hole, values) if hole else None
        if filler is None:
            return None
        if node is code:
            return filler
        node.replace(filler)
    return code


def _filler(hole: Hole, values: dict[str, exp.Expr]) -> exp.Expr | None:
    if hole.pinned is not None:
        return parse_code(hole.pinned)
    if hole.id in values:
        return values[hole.id].copy()
    return parse_code(hole.filled) if hole.filled is not None else None


def parse_code(code: str) -> exp.Expr | None:
    """An expression, an ORDER BY term or a whole SELECT, as steps hold them."""
    if _STATEMENT.match(code):
        return parse(code, "sqlite")
    tree = parse(
        f"SELECT 1 ORDER BY {code}", "sqlite"
    )  # the one place of the grammar that takes every expression
    if tree is None or tree.args.get("order") is None:
        return None
    term: exp.Expr = tree.args["order"].expressions[0]
    descending = term.args.get("desc")
    ordered = descending or code.upper().endswith((" ASC", " FIRST", " LAST"))
    found: exp.Expr = term if ordered else term.this
    return found.copy()  # a copy stands alone: no SELECT above it


def parse_piece(step: Step) -> exp.Expr | None:
    """A step's code as a tree with placeholders."""
    return parse_code(step.code)


def sketch_of(plan: Plan, values: dict[str, exp.Expr]) -> Sketch | None:
    """The sketch a plan describes once its holes are filled; steps that stay unfilled are left out. None without outputs."""
    sketch = Sketch(outputs=())
    for step in plan.steps:
        if step.clause == "distinct":
            sketch = evolve(sketch, distinct=True)
            continue
        code = filled(step, values)
        if code is None:
            continue
        sketch = _with_step(sketch, step, code)
    return with_kept_joins(sketch) if sketch.outputs else None


def _with_step(sketch: Sketch, step: Step, code: exp.Expr) -> Sketch:
    words = frozenset(step.phrase.split())
    match step.clause:
        case "with":
            return evolve(sketch, prelude=code.args.get("with_"))
        case "from":
            if not isinstance(code, exp.Select):
                return sketch
            root, joins = joins_of(code)
            return evolve(sketch, root=root, joins=joins)
        case "condition":
            return evolve(sketch, conditions=(*sketch.conditions, Piece("condition", code, words)))
        case "having":
            return evolve(sketch, having=(*sketch.having, Piece("having", code, words)))
        case "dimension" | "metric" as role:
            piece = Piece(role, code, words)
            groups = (*sketch.groups, piece) if role == "dimension" else sketch.groups
            return evolve(sketch, outputs=(*sketch.outputs, piece), groups=groups)
        case "group":
            return evolve(sketch, groups=(*sketch.groups, Piece("dimension", code, words)))
        case "order":
            return evolve(sketch, orders=(*sketch.orders, Piece("order", code, words)))
        case "limit":
            return evolve(sketch, limit=Piece("limit", code, words))
    return sketch


def match(template: exp.Expr, code: exp.Expr) -> dict[str, exp.Expr] | None:
    """What stands in `code` where `template` has its placeholders; None where they differ in anything else."""
    if isinstance(template, exp.Placeholder):
        return {template.name: code}
    if type(template) is not type(code):
        return None
    found: dict[str, exp.Expr] = {}
    for name in template.args.keys() | code.args.keys():
        ours, theirs = template.args.get(name), code.args.get(name)
        left = ours if isinstance(ours, list) else [ours]
        right = theirs if isinstance(theirs, list) else [theirs]
        if len(left) != len(right):
            return None
        for a, b in zip(left, right, strict=True):
            if isinstance(a, exp.Expr) and isinstance(b, exp.Expr):
                inner = match(a, b)
                if inner is None:
                    return None
                found.update(inner)
            elif (a or None) != (b or None):
                return None
    return found


def skeleton_of(plan: Plan) -> str:
    """The whole statement that the steps make together, with its open holes."""
    by_clause: dict[str, list[exp.Expr]] = {}
    for step in plan.steps:
        open_values: dict[str, exp.Expr] = {hole.id: exp.Placeholder(this=hole.id) for hole in step.holes}
        code = filled(step, open_values)
        if code is not None:
            by_clause.setdefault(step.clause, []).append(code)
    if "whole" in by_clause:
        return carried_over(by_clause["whole"][0], "sqlite", plan.dialect).sql(dialect=plan.dialect)
    tree = exp.Select().select(*by_clause.get("dimension", ()), *by_clause.get("metric", ()))
    for code in by_clause.get("from", ()):
        tree.set("from_", code.args.get("from_") or exp.From(this=code))
        tree.set("joins", code.args.get("joins"))
    tree = tree.where(*by_clause.get("condition", ())).having(*by_clause.get("having", ()))
    if "metric" in by_clause:
        tree = tree.group_by(*by_clause.get("dimension", ()), *by_clause.get("group", ()))
    if "order" in by_clause:
        tree = tree.order_by(*by_clause["order"])
    for code in by_clause.get("limit", ()):
        tree = tree.limit(code)
    if any(step.clause == "distinct" for step in plan.steps):
        tree = tree.distinct()
    for code in by_clause.get("with", ()):
        tree.set("with_", code.args.get("with_"))
    return carried_over(tree, "sqlite", plan.dialect).sql(dialect=plan.dialect)
