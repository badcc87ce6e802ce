"""Diagnostics of names over gold queries: silent about each as it is, and not silent about a name made wrong in it.

Three names are made wrong, one at a time: a table or column becomes a name that exists nowhere; a column becomes one of
a table that the query does not read; and, where there are several scopes, one of a table that only another scope reads.
What is in which scope sqlglot says, so that the truth is not our own. A query that it does not parse says nothing.
The schema check of suggestions is held to the same: it lets the end of a query through, and not with a wrong name in it.
"""

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlglot
from attrs import define, field, frozen
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, ScopeType, traverse_scope

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.errors import NothingToDoError
from understudy_server.actions.diagnose import Known, diagnose
from understudy_server.bench.context.names_suggested import cut_before, is_shown
from understudy_server.bench.part import Line, Part, Terms

_FOUND = 0.97
_LET_THROUGH = 0.99
_EXAMPLES = 25
_SEES_OUTER = (ScopeType.SUBQUERY, ScopeType.SET_OPERATION)
NOWHERE = "name that exists nowhere"
ELSEWHERE = "column of a table that the query does not read"
OUTSIDE = "column of a table of another scope"
KINDS = (NOWHERE, ELSEWHERE, OUTSIDE)
_RIGHT = "right suggestions"
_WRONG = "suggestions with a wrong name"


@frozen
class Wrong:
    """A query with one wrong name at characters `start` to `end`."""

    kind: str
    sql: str
    start: int
    end: int


@define
class Tally:
    """What was counted, and examples of what went wrong."""

    counts: Counter[str] = field(factory=Counter)
    alarms: list[dict[str, str]] = field(factory=list)
    missed: list[dict[str, str]] = field(factory=list)
    silenced: list[dict[str, str]] = field(factory=list)


def measure(terms: Terms) -> Part:
    """Over all gold queries of the training data, or `limit` of them drawn by the seed. Raises NothingToDoError without data."""
    lines = _lines(terms.data)
    draw = random.Random(terms.seed)  # noqa: S311  # a sample, not a secret
    if terms.limit is not None and terms.limit < len(lines):
        lines = draw.sample(lines, terms.limit)
    tally = Tally()
    for done, line in enumerate(lines):
        if done and done % 2_000 == 0:
            terms.say(f"{done} of {len(lines)} queries")
        item = json.loads(line)
        known = Known(catalog_of(item["schema"]), item["dialect"], live=True)
        tally_query(item["gold_sql"].rstrip().rstrip(";"), known, draw, tally)
    return _part(tally)


def tally_query(sql: str, known: Known, draw: random.Random, tally: Tally) -> None:
    """Look at the query as it is, and with each kind of wrong name."""
    tally.counts["queries"] += 1
    try:
        tree = sqlglot.parse_one(sql, read=known.dialect)
    except SqlglotError:
        tally.counts["not parsed"] += 1
        return
    if problems := diagnose(f"{sql}\n;".encode(), "sql", known):
        tally.counts["alarms"] += 1
        tally.alarms.append({"sql": sql, "said": "; ".join(problem.message for problem in problems)})
        return
    _tally_suggestion(sql, cut_before(sql, len(sql), draw), known, tally)
    for wrong in wrong_names(sql, tree, known.catalog, draw):
        tally.counts[_WRONG] += 1
        tally.counts[f"{_WRONG}: stopped"] += not is_shown(
            wrong.sql, cut_before(wrong.sql, wrong.start, draw), known
        )
        tally.counts[wrong.kind] += 1
        start, end = (len(wrong.sql[:at].encode()) for at in (wrong.start, wrong.end))
        found = any(
            problem.span.start < end and start < problem.span.end
            for problem in diagnose(f"{wrong.sql}\n;".encode(), "sql", known)
        )
        tally.counts[f"{wrong.kind}: found"] += found
        if not found and len(tally.missed) < _EXAMPLES * len(KINDS):
            name = wrong.sql[wrong.start : wrong.end]
            tally.missed.append({"kind": wrong.kind, "name": name, "sql": wrong.sql})


def _tally_suggestion(sql: str, cut: int, known: Known, tally: Tally) -> None:
    shown = is_shown(sql, cut, known)
    tally.counts[_RIGHT] += 1
    tally.counts[f"{_RIGHT}: shown"] += shown
    if not shown and len(tally.silenced) < _EXAMPLES:
        tally.silenced.append({"written": sql[:cut], "suggested": sql[cut:]})


def wrong_names(sql: str, tree: exp.Expr, catalog: Catalog, draw: random.Random) -> Iterator[Wrong]:
    """At most one of each kind."""
    columns = [column for column in tree.find_all(exp.Column) if _is_column(column, tree, catalog)]
    ctes = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    tables = [
        table.this
        for table in tree.find_all(exp.Table)
        if isinstance(table.this, exp.Identifier) and table.name.lower() not in ctes
    ]
    if names := [*(column.this for column in columns), *tables]:
        yield _with(NOWHERE, sql, draw.choice(names), "zq" + "".join(draw.choices("abcdefgh", k=6)))
    if not columns:
        return
    here = {name.name.lower() for name in tree.find_all(exp.Identifier)}
    read = [table for table in catalog.tables if table.name.lower() in here]
    taken = here | {column.name.lower() for table in read for column in table.columns}
    others = [column.name for table in catalog.tables for column in table.columns]
    if strange := sorted({name for name in others if name.lower() not in taken and name.isidentifier()}):
        yield _with(ELSEWHERE, sql, draw.choice(columns).this, draw.choice(strange))
    yield from _outside(sql, tree, columns, catalog, draw)


def _outside(
    sql: str, tree: exp.Expr, columns: list[exp.Column], catalog: Catalog, draw: random.Random
) -> Iterator[Wrong]:
    try:
        scopes = traverse_scope(tree)
    except SqlglotError:
        return
    known = [names for scope in scopes if (names := _visible(scope, catalog)) is not None]
    if len(scopes) < 2 or len(known) < len(scopes):
        return
    everything = set().union(*known)
    given = {name.lower() for select in tree.find_all(exp.Select) for name in select.named_selects}
    places = []
    for scope, visible in zip(scopes, known, strict=True):
        strange = sorted(name for name in everything - visible - given if name.isidentifier())
        mine = {id(column) for column in scope.columns if column.find_ancestor(exp.Query) is scope.expression}
        places += [(column, name) for column in columns if id(column) in mine for name in strange]
    if places:
        column, name = draw.choice(places)
        yield _with(OUTSIDE, sql, column.this, name)


def _visible(scope: Scope, catalog: Catalog) -> set[str] | None:
    """Lower-case names of the columns of everything that the scope and those it is correlated with read."""
    names: set[str] = set()
    around: Scope | None = scope
    while around is not None:
        for source in around.sources.values():
            if isinstance(source, exp.Table):
                table = catalog.meant(source)
                if table is None:
                    return None
                names |= {column.name.lower() for column in table.columns}
            elif isinstance(source.expression, exp.Query):
                names |= {name.lower() for name in source.expression.named_selects}
        around = around.parent if around.scope_type in _SEES_OUTER else None
    return None if "*" in names else names


def _is_column(column: exp.Column, tree: exp.Expr, catalog: Catalog) -> bool:
    """Whether it is one for certain: in quotes it may be a text, and some words of SQL read as columns."""
    if not isinstance(column.this, exp.Identifier) or column.this.meta.get("start") is None:
        return False
    name = column.name.lower()
    given = {alias.lower() for select in tree.find_all(exp.Select) for alias in select.named_selects}
    return name in given or any(table.column(name) for table in catalog.tables)


def _with(kind: str, sql: str, identifier: exp.Identifier, name: str) -> Wrong:
    start, end = identifier.meta["start"], identifier.meta["end"] + 1
    return Wrong(kind, sql[:start] + name + sql[end:], start, start + len(name))


def catalog_of(schema: list[dict[str, Any]]) -> Catalog:
    """The catalog of an item's schema."""
    return Catalog(
        tuple(
            Table(each["table"], tuple(Column(column["name"], column["type"]) for column in each["columns"]))
            for each in schema
        )
    )


def _lines(data: Path | None) -> list[str]:
    path = data / "train" / "items.jsonl.gz" if data else None
    if path is None or not path.is_file():
        raise NothingToDoError(
            "The gold queries are not there: pass the folder that holds train/items.jsonl.gz with --data."
        )
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return file.readlines()


def _part(tally: Tally) -> Part:
    counts = tally.counts
    alarms = counts["alarms"]
    lines = [
        Line("queries", f"{counts['queries']:,}, of which {counts['not parsed']:,} are not parsed"),
        Line("alarms about queries as they are", f"{alarms:,}", "0", alarms == 0),
    ]
    for kind in KINDS:
        found, of = counts[f"{kind}: found"], counts[kind]
        share = found / of if of else 1.0
        lines.append(Line(f"found: {kind}", f"{share:.2%} of {of:,}", "≥ 97 %", share >= _FOUND))
    shown, of = counts[f"{_RIGHT}: shown"], counts[_RIGHT]
    share = shown / of if of else 1.0
    lines.append(
        Line(f"shown as they are: {_RIGHT}", f"{share:.2%} of {of:,}", "≥ 99 %", share >= _LET_THROUGH)
    )
    stopped, of = counts[f"{_WRONG}: stopped"], counts[_WRONG]
    share = stopped / of if of else 1.0
    lines.append(Line(f"not shown so: {_WRONG}", f"{share:.2%} of {of:,}", "≥ 97 %", share >= _FOUND))
    figures = {
        "counts": dict(sorted(counts.items())),
        "alarms": tally.alarms[:_EXAMPLES],
        "missed": tally.missed,
        "silenced": tally.silenced,
    }
    return Part("Names in gold queries", tuple(lines), figures)
