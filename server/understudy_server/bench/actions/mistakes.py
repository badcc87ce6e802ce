"""Diagnostics over gold queries: silent about each as it is, and not silent about a mistake that people make in it.

The mistakes, one at a time: a column with a letter lost, doubled, swapped or changed; a join left out that other clauses
need; a column behind the name of another relation of the query. What was meant is the column as it was, and the relation
as it was. A join that is left out has nothing that could be meant.
"""

import random
from collections import Counter
from collections.abc import Iterator

import sqlglot
from attrs import define, field, frozen
from sqlglot import exp
from sqlglot.errors import SqlglotError

from understudy_knowledge.catalog import Catalog
from understudy_server.actions.diagnose import Known, diagnose
from understudy_server.actions.problem import Problem
from understudy_server.bench.actions.gold_items import GoldItem, all_items
from understudy_server.bench.part import Line, Part, Terms

MUTATIONS = 2_000
MISSPELLED, NO_JOIN, WRONG_ALIAS = "misspelled column", "join left out", "wrong alias"
KINDS = (MISSPELLED, NO_JOIN, WRONG_ALIAS)
_FOUND, _MEANT = 0.95, 0.90
_EXAMPLES = 25


@frozen
class Mistake:
    """A query with one mistake. It shows at the characters of any of `places`; `meant` is empty where nothing can be."""

    kind: str
    sql: str
    places: tuple[tuple[int, int], ...]
    meant: str = ""


@define
class Tally:
    """What was counted, and examples of what went wrong."""

    counts: Counter[str] = field(factory=Counter)
    alarms: list[dict[str, str]] = field(factory=list)
    missed: list[dict[str, str]] = field(factory=list)
    misread: list[dict[str, str]] = field(factory=list)


def measure(terms: Terms) -> Part:
    """Over all gold queries, and 2,000 mistakes in them, or `limit` of either. Raises NothingToDoError without data."""
    items = all_items(terms)
    draw = random.Random(terms.seed)  # noqa: S311  # a sample, not a secret
    draw.shuffle(items)
    tally = Tally()
    wanted = terms.limit or MUTATIONS
    for done, item in enumerate(items[: terms.limit]):
        if done and done % 2_000 == 0:
            terms.say(f"{done} of {len(items)} queries")
        tally_query(item, draw, tally, wanted)
    return _part(tally)


def tally_query(item: GoldItem, draw: random.Random, tally: Tally, wanted: int) -> None:
    """Look at the query as it is, and with a mistake of each kind of which there are too few yet."""
    known = Known(item.catalog, item.dialect, live=True)
    tally.counts["queries"] += 1
    if problems := _problems(item.sql, known):
        tally.counts["alarms"] += 1
        tally.alarms.append({"sql": item.sql, "said": "; ".join(problem.message for problem in problems)})
        return
    try:
        tree = sqlglot.parse_one(item.sql, read=item.dialect)
    except SqlglotError:
        return
    for mistake in mistakes(item.sql, tree, item.catalog, draw):
        if (
            tally.counts[mistake.kind] < wanted // len(KINDS) + 1
            and sum(map(tally.counts.__getitem__, KINDS)) < wanted
        ):
            _tally_mistake(mistake, known, tally)


def _tally_mistake(mistake: Mistake, known: Known, tally: Tally) -> None:
    kind, counts = mistake.kind, tally.counts
    counts[kind] += 1
    found = [problem for problem in _problems(mistake.sql, known) if _shows(problem, mistake)]
    counts[f"{kind}: found"] += bool(found)
    shown = {"kind": kind, "sql": mistake.sql, "meant": mistake.meant}
    if not found and len(tally.missed) < _EXAMPLES * len(KINDS):
        tally.missed.append(shown)
    if mistake.meant:
        right = any((problem.meant or "").lower() == mistake.meant.lower() for problem in found)
        counts[f"{kind}: can be meant"] += 1
        counts[f"{kind}: meant"] += right
        if found and not right and len(tally.misread) < _EXAMPLES * len(KINDS):
            tally.misread.append({**shown, "said": found[0].message})


def mistakes(sql: str, tree: exp.Expr, catalog: Catalog, draw: random.Random) -> Iterator[Mistake]:
    """At most one of each kind."""
    columns = [column for column in tree.find_all(exp.Column) if _is_column(column, tree, catalog)]
    names = {name.name.lower() for name in tree.find_all(exp.Identifier)}
    known = {column.name.lower() for table in catalog.tables for column in table.columns} | names
    long = [column.this for column in columns if len(column.name) >= 4]
    if long:
        chosen = draw.choice(long)
        wrong = mistyped(chosen.name, draw)
        if wrong.lower() not in known:
            yield _with(MISSPELLED, sql, chosen, wrong, chosen.name)
    yield from _wrong_alias(sql, columns, catalog, draw)
    yield from _no_join(sql, tree, catalog, draw)


def mistyped(name: str, draw: random.Random) -> str:
    """The name with one letter lost, doubled, swapped or changed."""
    at = draw.randrange(1, len(name) - 1)
    return draw.choice(
        (
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
            name[:at] + draw.choice("aeiourstn") + name[at + 1 :],
        )
    )


def _wrong_alias(
    sql: str, columns: list[exp.Column], catalog: Catalog, draw: random.Random
) -> Iterator[Mistake]:
    """A column behind the name of another table of its query that has no such column."""
    places = []
    for column in columns:
        query = column.find_ancestor(exp.Select)
        for table in _tables(query) if query is not None and column.table else ():
            known = catalog.meant(table)
            other = table.alias_or_name
            if (
                known is not None
                and other.lower() != column.table.lower()
                and known.column(column.name) is None
            ):
                places.append((column, other))
    if places:
        column, other = draw.choice(places)
        qualifier = column.args["table"]
        start, end = qualifier.meta["start"], qualifier.meta["end"] + 1
        moved = len(other) - (end - start)
        name = (column.this.meta["start"] + moved, column.this.meta["end"] + 1 + moved)
        changed = sql[:start] + other + sql[end:]
        yield Mistake(WRONG_ALIAS, changed, ((start, start + len(other)), name), qualifier.name)


def _no_join(sql: str, tree: exp.Expr, catalog: Catalog, draw: random.Random) -> Iterator[Mistake]:
    """The query without a join whose columns it uses elsewhere, as sqlglot writes it."""
    if not isinstance(tree, exp.Query) or len(list(tree.find_all(exp.Select))) > 1:
        return
    joins = [join for join in tree.args.get("joins") or () if isinstance(join.this, exp.Table)]
    draw.shuffle(joins)
    for join in joins:
        without = tree.copy()
        same = next(each for each in without.args["joins"] if each == join)
        same.pop()
        text = without.sql(dialect="sqlite")
        again = sqlglot.parse_one(text, read="sqlite")
        gone, left = join.alias_or_name.lower(), list(_tables(again))
        places = []
        for column in again.find_all(exp.Column):
            bare = not column.table and not any(
                (known := catalog.meant(table)) is None or known.column(column.name) for table in left
            )
            lost = bare and (owner := catalog.meant(join.this)) is not None and owner.column(column.name)
            given = column.name.lower() in {name.lower() for name in getattr(again, "named_selects", ())}
            if column.table.lower() == gone or (lost and not (given and column.find_ancestor(exp.Order))):
                first = column.args.get("table") or column.this
                places.append((first.meta["start"], column.this.meta["end"] + 1))
        if places:
            yield Mistake(NO_JOIN, text, tuple(places))
            return


def _tables(query: exp.Expr | None) -> Iterator[exp.Table]:
    """The tables that a query itself reads from."""
    if query is None:
        return
    source = query.args.get("from_")
    for item in (*([source] if source is not None else ()), *(query.args.get("joins") or ())):
        if isinstance(item.this, exp.Table):
            yield item.this


def _is_column(column: exp.Column, tree: exp.Expr, catalog: Catalog) -> bool:
    """Whether it is one for certain: in quotes it may be a text."""
    name = column.this
    if not isinstance(name, exp.Identifier) or name.meta.get("start") is None or name.args.get("quoted"):
        return False
    return any(table.column(column.name) for table in catalog.tables)


def _with(kind: str, sql: str, name: exp.Identifier, wrong: str, meant: str) -> Mistake:
    start, end = name.meta["start"], name.meta["end"] + 1
    return Mistake(kind, sql[:start] + wrong + sql[end:], ((start, start + len(wrong)),), meant)


def _problems(sql: str, known: Known) -> list[Problem]:
    return diagnose(f"{sql}\n;".encode(), "sql", known)


def _shows(problem: Problem, mistake: Mistake) -> bool:
    places = (
        (len(mistake.sql[:start].encode()), len(mistake.sql[:end].encode())) for start, end in mistake.places
    )
    return any(problem.span.start < end and start < problem.span.end for start, end in places)


def _part(tally: Tally) -> Part:
    counts = tally.counts
    alarms = counts["alarms"]
    lines = [
        Line("alarms about gold queries as they are", f"{alarms:,} of {counts['queries']:,}", "0", not alarms)
    ]
    for what, goal in (("found", _FOUND), ("meant", _MEANT)):
        base = "" if what == "found" else ": can be meant"
        for kinds in (KINDS, *((kind,) for kind in KINDS)):
            right = sum(counts[f"{kind}: {what}"] for kind in kinds)
            of = sum(counts[f"{kind}{base}"] for kind in kinds)
            if not of:
                continue
            name = f"  {kinds[0]}" if len(kinds) == 1 else f"mistakes: {what}"
            met = right / of >= goal if len(kinds) > 1 else None
            lines.append(
                Line(name, f"{right / of:.2%} of {of:,}", f"≥ {goal:.0%}" if met is not None else "", met)
            )
    figures = {
        "counts": dict(sorted(counts.items())),
        "alarms": tally.alarms[:_EXAMPLES],
        "missed": tally.missed,
        "misread": tally.misread,
    }
    return Part("Diagnostics over gold queries", tuple(lines), figures)
