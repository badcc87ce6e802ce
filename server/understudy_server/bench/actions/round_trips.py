"""Rewrites of queries inside of generated Python: the answer stays the same, and so does every byte that is not the query's.

Each query of the sample stands once in a Python file of a drawn form, and once in an SQL file. Each rewrite is asked for;
where it is not declined, the file must parse, all outside of the edited statement must be as it was, and the statement
must give, by execution on the query's own database, the answer of the query as it was. Extracting is followed by
inlining what was extracted, converting to another dialect by converting back. The query inside of another one that adds
nothing is optimized too.
"""

import asyncio
import random
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Literal

import sqlglot
from attrs import define, evolve, field, frozen
from sqlglot import exp
from sqlglot.errors import SqlglotError

from understudy_knowledge.execution import Executor, Judge, Limits
from understudy_knowledge.memory.records import DataSource
from understudy_server.actions.changes import applied, is_python
from understudy_server.actions.code_actions import code_actions
from understudy_server.actions.declined import DeclinedError
from understudy_server.actions.diagnose import Known
from understudy_server.actions.edits import Edit, Snapshot
from understudy_server.actions.proof import proof_on
from understudy_server.actions.rewrites import Proof, edits_for, statement_near
from understudy_server.bench.actions.generated_python import Written, value_of, write
from understudy_server.bench.actions.gold_items import GoldItem, train_items, unpack
from understudy_server.bench.part import Line, Part, Terms
from understudy_server.context.query_context import Span
from understudy_server.context.text.document import Document

QUERIES = 1_000
ACTIONS = ("qualify", "expand", "extract", "inline", "optimise", "duckdb and back", "postgres and back", "optimise nested")  # fmt: skip
_EXAMPLES = 20
_STAR = re.compile(r"(?:SELECT|,|\bDISTINCT|\.)\s*\*", re.IGNORECASE)
_SECONDS = 10.0


@frozen
class _Case:
    """A query in a file."""

    item: GoldItem
    written: Written
    language: Literal["sql", "python"]
    source: DataSource

    def snapshot(self, text: str, dialect: str) -> Snapshot:
        """The file with that text."""
        name = "a.py" if self.language == "python" else "a.sql"
        return Snapshot(Document(name, text), self.language, Known(self.item.catalog, dialect, live=True))

    def sql(self, text: str) -> str | None:
        """The query of the file with that text."""
        return value_of(text, self.written.values) if self.language == "python" else text


@define
class _Tally:
    counts: Counter[str] = field(factory=Counter)
    reasons: dict[str, Counter[str]] = field(factory=dict)
    wrong: list[dict[str, str]] = field(factory=list)


def measure(terms: Terms) -> Part:
    """Over 1,000 queries of the training data, or `limit`, drawn by the seed. Raises NothingToDoError without data."""
    items = train_items(terms)
    draw = random.Random(terms.seed)  # noqa: S311
    # Most are short: of what only some rewrites have something to do in, there is to be enough.
    starred = [item for item in items if _STAR.search(item.sql)]
    nested = [item for item in items if item.sql.upper().count("SELECT") > 1]
    count = terms.limit or QUERIES
    chosen = [item for some in (starred, nested) for item in draw.sample(some, min(len(some), count // 4))]
    chosen += draw.sample(items, count - len(chosen))
    tally = _Tally()
    with tempfile.TemporaryDirectory() as folder:
        unpack(terms, (item.database for item in chosen), Path(folder))
        asyncio.run(_run(chosen, Path(folder), draw, tally, terms))
    return _part(tally, len(chosen))


async def _run(items: list[GoldItem], folder: Path, draw: random.Random, tally: _Tally, terms: Terms) -> None:
    async with Executor(limits=Limits(seconds=_SECONDS)) as executor:
        for done, item in enumerate(items):
            if done and done % 100 == 0:
                terms.say(f"{done} of {len(items)} queries")
            source = DataSource(folder / item.database, steady=True)
            written = write(item.sql, draw)
            plain = Written(item.sql, "sql", {})
            for case in (_Case(item, written, "python", source), _Case(item, plain, "sql", source)):
                proof = proof_on(source, executor, executor.limits)
                for action in ACTIONS[:-1]:
                    await _try(action, case, proof, executor, tally)
            nested = _nested(item)
            if nested is not None:
                case = _Case(nested, write(nested.sql, draw), "python", source)
                await _try(ACTIONS[-1], case, proof_on(source, executor, executor.limits), executor, tally)


def _nested(item: GoldItem) -> GoldItem | None:
    """The query inside of one that adds nothing: people's queries leave little to optimize."""
    try:
        query = sqlglot.parse_one(item.sql, read=item.dialect)
    except SqlglotError:
        return None
    if not isinstance(query, exp.Query):
        return None
    around = exp.select("*").from_(query.subquery("given")).where("1 = 1")
    return evolve(item, sql=around.sql(dialect=item.dialect))


async def _try(action: str, case: _Case, proof: Proof, executor: Executor, tally: _Tally) -> None:
    text = case.written.source
    counted = f"{action}, {case.language}"
    try:
        after = await _rewritten(action, case, text, proof)
    except DeclinedError as error:
        tally.counts[f"{counted}: declined"] += 1
        tally.reasons.setdefault(action, Counter())[str(error)] += 1
        return
    if after is None or after == text:
        tally.counts[f"{counted}: not offered"] += 1
        return
    tally.counts[f"{counted}: done"] += 1
    wrong = await _wrong(case, text, after, executor)
    tally.counts[f"{counted}: right"] += not wrong
    if wrong and len(tally.wrong) < _EXAMPLES:
        tally.wrong.append(
            {"action": counted, "form": case.written.form, "wrong": wrong, "before": text, "after": after}
        )


async def _rewritten(action: str, case: _Case, text: str, proof: Proof) -> str | None:
    """The file after the rewrite; None where there is nothing to rewrite."""
    snapshot = case.snapshot(text, case.item.dialect)
    statement = statement_near(snapshot, _whole(text))
    if statement is None:
        return None
    start = statement.span.start
    if action in ("qualify", "optimise", "optimise nested"):
        here = Span(start, start)
        return _after(text, await edits_for(action.split()[0], snapshot, here, proof))
    if action == "expand":
        star = next((start + token.start for token in statement.tokens if token.text == "*"), None)
        found = code_actions(snapshot, Span(star, star)) if star is not None else []
        return next((_after(text, each.edits) for each in found if each.kind == "rewrite"), None)
    if action.endswith("and back"):
        target, here = action.partition(" ")[0], Span(start, start)
        there = _after(text, await edits_for(f"transpile:{target}", snapshot, here, proof))
        return _after(
            there, await edits_for(f"transpile:{case.item.dialect}", case.snapshot(there, target), here, None)
        )
    inner = [
        token for before, token in zip(statement.tokens, statement.tokens[1:], strict=False)
        if token.keyword == "SELECT" and before.text == "("
    ]  # fmt: skip
    if not inner:
        return None
    place = Span(start + inner[-1].start, start + inner[-1].start)
    extracted = _after(text, await edits_for("extract", snapshot, place, proof))
    if action == "extract":
        return extracted
    again = case.snapshot(extracted, case.item.dialect)
    changed = statement_near(again, Span(start, start))
    assert changed is not None, "what was extracted begins with its WITH"
    name = start + changed.tokens[1].start
    return _after(extracted, await edits_for("inline", again, Span(name, name), proof))


async def _wrong(case: _Case, before: str, after: str, executor: Executor) -> str:
    """What is wrong with the file after a rewrite; empty where nothing is."""
    if case.language == "python" and not is_python(after.encode()):
        return "the file does not parse"
    statement = statement_near(case.snapshot(before, case.item.dialect), _whole(before))
    assert statement is not None, "something was rewritten"
    head, tail = before.encode()[: statement.span.start], before.encode()[statement.span.end :]
    if before.encode()[statement.span.end - 1 : statement.span.end] == b"\\":
        tail = tail[1:]  # the last quote of the statement is written `\\'`
    if not (after.encode().startswith(head) and after.encode().endswith(tail)):
        return "bytes outside of the statement changed"
    sql, former = case.sql(after), case.sql(before)
    if sql is None or former is None:
        return "the string is no longer one string"
    outcome, verdict = await Judge(executor, former, case.source, limits=executor.limits).verdict(sql)
    return "" if verdict.passed else verdict.reason or outcome.message


def _after(text: str, edits: tuple[Edit, ...]) -> str:
    return applied(text.encode(), edits).decode()


def _whole(text: str) -> Span:
    return Span(0, len(text.encode()))


def _part(tally: _Tally, queries: int) -> Part:
    counts = tally.counts
    lines = [Line("queries, each in Python and in an SQL file", f"{queries:,}")]
    for action in ACTIONS:
        done, right, declined, nothing = (
            sum(counts[f"{action}, {language}: {what}"] for language in ("python", "sql"))
            for what in ("done", "right", "declined", "not offered")
        )
        shown = f"{right:,} of {done:,} right, {declined:,} declined, {nothing:,} have nothing to rewrite"
        lines.append(Line(action, shown, "all that are done", right == done))
    figures = {
        "counts": dict(sorted(counts.items())),
        "declined": {action: dict(reasons.most_common()) for action, reasons in tally.reasons.items()},
        "wrong": tally.wrong,
    }
    return Part("Rewrites, by execution", tuple(lines), figures)
