"""Measure 1: cuts through gold queries, with what the engine says at each against what sqlglot says of the whole query.

At every third token (beginning with one that the seed draws) the query is cut twice: (a) the token is removed and the
rest kept, (b) everything from the token on is removed. In (a) the whole query's truth must be found, but for a relation
that the removed token itself helps to name: that one is not looked at, the others are. In (b) those relations are
expected whose FROM item is complete left of the cursor; one that the cut goes through is not looked at. CTEs that are in
scope and that no FROM names may be listed besides. A query on which sqlglot's tree and tokens disagree, or the truth and
sqlglot's qualified scopes, says nothing; those are counted as such.
"""

import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Literal

from attrs import define, field, frozen
from sqlglot.errors import SqlglotError

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.errors import NothingToDoError
from understudy_server.bench.context.gold_reading import UntrustedError
from understudy_server.bench.context.gold_scopes import hold_to_scopes
from understudy_server.bench.context.gold_truth import Columns, Source, Truth
from understudy_server.bench.part import Line, Part, Terms
from understudy_server.context.extract import extract
from understudy_server.context.text.document import Document

Mode = Literal["hole", "truncated"]
MODES: tuple[Mode, ...] = ("hole", "truncated")
EXAMPLES = 25
_SHARE = 400
_RIGHT, _CLAUSE = 0.98, 0.99


@frozen
class Failure:
    """One wrong answer. `kind` is crash, missing, extra, columns or clause; `text` marks the cursor with ⎸."""

    mode: Mode
    kind: str
    text: str
    expected: str
    got: str
    source: str = ""


@define
class Tally:
    """What was counted; adds up over processes."""

    counts: Counter[str] = field(factory=Counter)
    failures: list[Failure] = field(factory=list)

    def add(self, other: "Tally") -> None:
        """Take the other's counts, and its examples as far as there is room for their kind."""
        self.counts.update(other.counts)
        kept = Counter((failure.mode, failure.kind) for failure in self.failures)
        for failure in other.failures:
            if kept[failure.mode, failure.kind] < EXAMPLES:
                kept[failure.mode, failure.kind] += 1
                self.failures.append(failure)


def measure(terms: Terms) -> Part:
    """Over all queries of the training data, or `limit` of them drawn by the seed."""
    path = terms.data / "train" / "items.jsonl.gz" if terms.data else None
    if path is None or not path.exists():
        raise NothingToDoError(
            "The gold queries are not there: pass the folder that holds train/items.jsonl.gz with --data."
        )
    lines = _lines(path)
    draw = random.Random(terms.seed)  # noqa: S311  # a sample, not a secret
    if terms.limit is not None and terms.limit < len(lines):
        lines = draw.sample(lines, terms.limit)
    total = Tally()
    shares = [(lines[at : at + _SHARE], terms.seed + at) for at in range(0, len(lines), _SHARE)]
    if len(shares) == 1:
        total.add(_tally_lines(*shares[0]))
    else:
        with ProcessPoolExecutor() as pool:
            for done, tally in enumerate(pool.map(_tally_lines, *zip(*shares, strict=True)), start=1):
                total.add(tally)
                terms.say(f"{min(done * _SHARE, len(lines))} of {len(lines)} queries")
    return _part(total, len(lines))


def tally_query(
    sql: str, catalog: Catalog, dialect: str, *, first: int = 0, step: int = 3, source: str = ""
) -> Tally:
    """Cut one query at every `step`-th token from `first` on, both ways, and count what the engine gets right."""
    tally = Tally()
    tally.counts["queries"] += 1
    schema = {table.name.lower(): tuple(column.name for column in table.columns) for table in catalog.tables}
    try:
        truth = Truth(sql, schema, dialect)
        cuts = [
            (truth.tokens[at].start, truth.tokens[at].end + 1) for at in range(first, len(truth.tokens), step)
        ]
        expected = [(truth.visible_at(start), truth.clause_at(start)) for start, _ in cuts]
        tally.counts["qualified"] += hold_to_scopes(truth, schema, dialect)
    except (UntrustedError, SqlglotError) as error:
        tally.counts["untrusted"] += 1
        tally.counts[f"untrusted: {str(error)[:40]}"] += 1
        return tally
    for (start, end), (visible, clause) in zip(cuts, expected, strict=True):
        for mode in MODES:
            after = sql[end:] if mode == "hole" else ""
            text = f"{sql[:start]}⎸{after}"
            tally.counts[mode] += 1
            tally.counts[f"{mode} of {source}"] += 1
            try:
                document = Document("gold.sql", sql[:start] + after)
                context = extract(
                    document, len(sql[:start].encode()), language="sql", catalog=catalog, dialect=dialect
                )
            except Exception as error:  # a crash is what is counted here
                tally.counts[f"{mode} crashes"] += 1
                tally.failures.append(Failure(mode, "crash", text, "", repr(error), source))
                continue
            got_clause = context.clause if context else "none"
            if got_clause == clause:
                tally.counts[f"{mode} clause"] += 1
            else:
                tally.failures.append(Failure(mode, "clause", text, clause, got_clause, source))
            wanted, ignored = _wanted(visible, start, mode)
            found = (
                [(relation.name.lower(), _lower(relation.columns)) for relation in context.relations]
                if context
                else []
            )
            kind = _difference(wanted, found, ignored, truth.ctes_at(start))
            if ignored:
                tally.counts[f"{mode} through a name"] += 1
            else:
                tally.counts[f"{mode} apart from names right"] += kind is None
            if kind is None:
                tally.counts[f"{mode} right"] += 1
                tally.counts[f"{mode} right of {source}"] += 1
            else:
                tally.counts[f"{mode} {kind}"] += 1
                tally.failures.append(Failure(mode, kind, text, repr(wanted), repr(found), source))
    return tally


def _wanted(
    levels: Iterable[Iterable[Source]], start: int, mode: Mode
) -> tuple[list[tuple[str, Columns]], list[str]]:
    """The relations that must be found, and the names of those that the cut goes through."""
    wanted: list[tuple[str, Columns]] = []
    ignored: list[str] = []
    for level in levels:
        nearer = {name for name, _ in wanted} | set(ignored)
        before: Source | None = None
        for source in level:
            name = source.name.lower()
            if name in nearer or (mode == "truncated" and start <= source.start):
                # One that is cut through may or may not hide the outer one of its name.
                ignored += [name] * (name in ignored)
                continue
            if source.start <= start < source.end:
                ignored.append(name)
                if (
                    mode == "hole"
                    and before is not None
                    and start < source.opens_after
                    and before.end <= start
                ):
                    # Without the comma or JOIN between them the next name reads as an alias of this one.
                    ignored.append(before.name.lower())
                    wanted = [one for one in wanted if one[0] != before.name.lower()]
            elif mode == "hole" or source.end <= start:
                wanted.append((name, _lower(source.columns)))
            before = source
    return wanted, ignored


def _difference(
    wanted: list[tuple[str, Columns]], found: list[tuple[str, Columns]], ignored: list[str], ctes: set[str]
) -> str | None:
    """The kind of the first difference, None when the two are equal."""
    names, have = Counter(name for name, _ in wanted), Counter(name for name, _ in found)
    if names - have:
        return "missing"
    surplus = have - names
    for name in list(surplus):
        if name in ctes:
            del surplus[name]
    if surplus.total() > len(ignored):
        return "extra"
    left = list(found)
    for one in wanted:
        if one not in left:
            return "columns"
        left.remove(one)
    return None


def _lower(columns: Columns) -> Columns:
    return tuple(column.lower() for column in columns) if columns is not None else None


def _tally_lines(lines: list[str], seed: int) -> Tally:
    draw = random.Random(seed)  # noqa: S311  # a sample, not a secret
    total = Tally()
    for line in lines:
        item = json.loads(line)
        total.add(
            tally_query(
                item["gold_sql"],
                _catalog(item["schema"]),
                item["dialect"],
                first=draw.randrange(3),
                source=item["source"].partition(" (")[0],
            )
        )
    return total


def _lines(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return file.readlines()


def _catalog(schema: Iterable[Mapping[str, Any]]) -> Catalog:
    return Catalog(
        tuple(
            Table(
                table["table"], tuple(Column(column["name"], column["type"]) for column in table["columns"])
            )
            for table in schema
        )
    )


def _part(total: Tally, queries: int) -> Part:
    counts = total.counts
    lines = list(_mode_lines(counts))
    clause_right = sum(counts[f"{mode} clause"] for mode in MODES)
    cuts = sum(counts[mode] for mode in MODES)
    crashes = sum(counts[f"{mode} crashes"] for mode in MODES)
    lines.append(_line("clause", clause_right, cuts, _CLAUSE))
    lines.append(Line("crashes", str(crashes), "0", crashes == 0))
    lines.append(
        Line("queries", f"{queries - counts['untrusted']:,} of {queries:,} that the truth speaks of")
    )
    lines.append(Line("    the same in sqlglot's qualified scopes", f"{counts['qualified']:,}"))
    examples: dict[str, list[dict[str, str]]] = defaultdict(list)
    for failure in total.failures:
        examples[f"{failure.mode}: {failure.kind}"].append(
            {"text": failure.text, "expected": failure.expected, "got": failure.got, "source": failure.source}
        )
    return Part(
        "Relations and clause at cuts through gold queries",
        tuple(lines),
        {"counts": dict(sorted(counts.items())), "failures": examples},
    )


def _mode_lines(counts: Mapping[str, int]) -> Iterator[Line]:
    said = {"hole": "(a) a hole, the rest kept", "truncated": "(b) nothing after the cursor"}
    for mode in MODES:
        yield _line(said[mode], counts.get(f"{mode} right", 0), counts.get(mode, 0), _RIGHT)
        through = counts.get(f"{mode} through a name", 0)
        right = counts.get(f"{mode} apart from names right", 0)
        yield _line("    where the cut goes through no name", right, counts.get(mode, 0) - through)
        for name in sorted(key for key in counts if key.startswith(f"{mode} of ")):
            source = name.removeprefix(f"{mode} of ")
            yield _line(f"    {source}", counts.get(f"{mode} right of {source}", 0), counts[name])


def _line(what: str, right: int, of: int, goal: float | None = None) -> Line:
    share = right / of if of else 0.0
    measured = f"{100 * share:.2f} % of {of:,} cuts"
    if goal is None:
        return Line(what, measured)
    return Line(what, measured, f"≥ {100 * goal:.0f} %", share >= goal)
