"""House definitions: what several cases agree a word stands for. The part of general instructions a symbolic student reads."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from attrs import evolve, frozen
from sqlglot import exp

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Case, Definition
from understudy_knowledge.memory.words import said, stems
from understudy_knowledge.models.embedded.periods import find_periods, is_period
from understudy_knowledge.models.embedded.plans import filled, joins_of, parse_code
from understudy_knowledge.models.embedded.sketch import Join, Piece, normal, outer_columns

_SUPPORT = 2
_PRECISION = {"metric": 0.5, "condition": 0.75}
"""Which share of the questions with these words must have the piece: metrics are written in several ways, and most wins."""
_BESIDE = 0.75
"""Which share of a metric's cases must have a condition for it to be the metric's own."""


@frozen(eq=False)
class _Use:
    """One piece in one case."""

    case: int
    words: frozenset[str]
    code: exp.Expr


@frozen(eq=False)
class House:
    """The definitions that one question calls upon, as pieces. Empty where it calls upon none."""

    metric: Piece | None = None
    conditions: tuple[Piece, ...] = ()
    root: str | None = None
    joins: tuple[Join, ...] = ()
    dated: exp.Expr | None = None


def define(cases: Sequence[Case], catalog: Catalog) -> tuple[Definition, ...]:
    """Metrics and conditions that cases of several families share, with the words all of these cases use for them.

    A word set is kept only if most questions that contain it really have the piece (association by precision, as in rule
    mining); otherwise the words mean something else too.
    """
    questions = [frozenset(stems(case.question)) for case in cases]
    clauses = [{clause for clause, _, _ in _pieces(case)} for case in cases]
    uses = _uses(cases)
    found = []
    for (kind, _), same in sorted(uses.items()):
        owners = sorted({use.case for use in same})
        if len({cases[owner].family for owner in owners}) < _SUPPORT:
            continue
        words = _common(use.words for use in same)
        asked = {n for n, question in enumerate(questions) if words <= question and kind in clauses[n]}
        if not words or len(asked & set(owners)) < _PRECISION[kind] * len(asked):
            continue
        phrase, code = " ".join(sorted(words)), same[0].code
        if kind == "metric":
            definition = _metric(phrase, code, [cases[owner] for owner in owners], catalog)
        else:
            definition = Definition(phrase, code.sql(dialect="sqlite"), "condition", len(owners))
        spoken = max((said(cases[owner].question, words) for owner in owners), key=len)
        found.append(evolve(definition, said=spoken, cases=tuple(cases[owner].id for owner in owners)))
    return tuple(found)


def _uses(cases: Sequence[Case]) -> dict[tuple[str, str], list[_Use]]:
    uses: dict[tuple[str, str], list[_Use]] = defaultdict(list)
    for number, case in enumerate(cases):
        for clause, code, words in _pieces(case):
            if clause in {"metric", "condition"}:
                uses[(clause, normal(code))].append(_Use(number, words, code))
    return uses


def _pieces(case: Case) -> Iterable[tuple[str, exp.Expr, frozenset[str]]]:
    """The case's steps as clause, code and words; numbers and dates are no words of a definition."""
    periods = find_periods(case.question)
    for step in case.plan.steps:
        code = filled(step, {})
        if code is not None and not any(is_period(code, period.span) for period in periods):
            yield step.clause, code, frozenset(word for word in step.phrase.split() if not word[0].isdigit())


def _common(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    """The words all uses share; else the one word that at least two of three do."""
    listed = list(sets)
    shared = frozenset.intersection(*listed)
    if shared:
        return shared
    counts = Counter(word for words in listed for word in words)
    best = max(sorted(counts), key=lambda word: counts[word], default="")
    return frozenset({best}) if best and 3 * counts[best] >= 2 * len(listed) else frozenset()


def _metric(phrase: str, code: exp.Expr, cases: Sequence[Case], catalog: Catalog) -> Definition:
    """The metric with what nearly all of its cases have beside it."""
    conditions: Counter[str] = Counter()
    dates: Counter[str] = Counter()
    for case in cases:
        pieces = list(_pieces(case))
        conditions.update(
            {piece.sql(dialect="sqlite") for clause, piece, _ in pieces if clause == "condition"}
        )
        dates.update(
            {
                date
                for clause, piece, _ in pieces
                if clause in {"condition", "dimension"}
                for date in _dates(piece, catalog)
            }
        )
    kept = tuple(
        sorted(condition for condition, count in conditions.items() if count >= _BESIDE * len(cases))
    )
    dated = dates.most_common(1)[0][0] if dates else ""
    tables = {
        column.table.lower() for text in (*kept, code.sql(dialect="sqlite")) for column in _columns(text)
    }
    source = next((text for case in cases if (text := _source(case, tables))), "")
    return Definition(phrase, code.sql(dialect="sqlite"), "metric", len(cases), kept, source, dated)


def _columns(code: str) -> list[exp.Column]:
    tree = parse_code(code)
    return list(outer_columns(tree)) if tree is not None else []


def _dates(code: exp.Expr, catalog: Catalog) -> set[str]:
    found = set()
    for column in outer_columns(code):
        known = catalog.column(column.table, column.name)
        if known is not None and known.family == "date":
            found.add(f"{column.table}.{column.name}")
    return found


def _source(case: Case, tables: set[str]) -> str:
    """The case's FROM clause without the joins that only its other pieces needed; empty where it cannot be told."""
    for clause, code, _ in _pieces(case):
        if clause == "from" and isinstance(code, exp.Select):
            root, joins = joins_of(code)
            if root in tables and tables <= {root, *(join.right for join in joins)}:
                code = code.copy()
                code.set(
                    "joins",
                    [join for join in code.args.get("joins") or () if join.this.name.lower() in tables],
                )
                return code.sql(dialect="sqlite")
    return ""


def house(definitions: Sequence[Definition], content: frozenset[str]) -> House:
    """What the definitions say about a question with these content words; of several metrics the one with the most words."""
    asked = [item for item in definitions if frozenset(item.phrase.split()) <= content]
    metrics = sorted(
        (item for item in asked if item.kind == "metric"),
        key=lambda item: (-len(item.phrase.split()), -item.support),
    )
    conditions = [
        piece
        for item in asked
        if item.kind == "condition" and (piece := _piece(item.code, item.phrase, "condition"))
    ]
    if not metrics:
        return House(conditions=tuple(conditions))
    best = metrics[0]
    more = [piece for text in best.conditions if (piece := _piece(text, best.phrase, "condition"))]
    keys = {piece.key for piece in more}
    source = parse_code(best.source) if best.source else None
    root, joins = joins_of(source) if source is not None else (None, ())
    return House(
        metric=_piece(best.code, best.phrase, "metric"),
        conditions=(*more, *(piece for piece in conditions if piece.key not in keys)),
        root=root,
        joins=joins,
        dated=parse_code(best.dated) if best.dated else None,
    )


def _piece(code: str, phrase: str, role: str) -> Piece | None:
    tree = parse_code(code)
    return (
        Piece(
            "metric" if role == "metric" else "condition",
            tree,
            frozenset(phrase.split()),
            origin="definition",
        )
        if tree is not None
        else None
    )
