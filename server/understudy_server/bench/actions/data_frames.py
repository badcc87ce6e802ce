"""SQL to pandas and back to SQL: both answer as the query does, by execution on its own database, or it is left alone.

The frames are the whole tables, as `pandas.read_sql` reads them.
"""

import ast
import asyncio
import random
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

from attrs import define, field

from understudy_knowledge.catalog.sqlite import read_sqlite
from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.execution import Executor, Limits, Result, compare, ordering
from understudy_knowledge.memory.records import DataSource
from understudy_server.actions.data_frames.from_pandas import from_pandas
from understudy_server.actions.data_frames.from_sql import from_sql
from understudy_server.actions.data_frames.steps import Steps
from understudy_server.actions.data_frames.to_pandas import to_pandas
from understudy_server.actions.data_frames.to_sql import to_sql
from understudy_server.actions.declined import DeclinedError
from understudy_server.bench.actions.gold_items import GoldItem, train_items, unpack
from understudy_server.bench.part import Line, Part, Terms

QUERIES = 1_000
_EXAMPLES = 20
_SECONDS = 10.0


@define
class _Tally:
    counts: Counter[str] = field(factory=Counter)
    declined: Counter[str] = field(factory=Counter)
    wrong: list[dict[str, str]] = field(factory=list)


def measure(terms: Terms) -> Part:
    """Over 1,000 queries of the training data, or `limit`, drawn by the seed. Raises NothingToDoError without data or pandas."""
    try:
        pandas = import_module("pandas")
    except ImportError as error:
        raise NothingToDoError('pandas is not installed; pip install "understudy[pandas]"') from error
    items = train_items(terms)
    chosen = random.Random(terms.seed).sample(items, terms.limit or QUERIES)  # noqa: S311
    tally = _Tally()
    with tempfile.TemporaryDirectory() as folder:
        unpack(terms, (item.database for item in chosen), Path(folder))
        asyncio.run(_run(chosen, Path(folder), pandas, tally, terms))
    return _part(tally, len(chosen))


async def _run(items: list[GoldItem], folder: Path, pandas: Any, tally: _Tally, terms: Terms) -> None:
    async with Executor(limits=Limits(seconds=_SECONDS)) as executor:
        for done, item in enumerate(items):
            if done and done % 100 == 0:
                terms.say(f"{done} of {len(items)} queries")
            await _try(item, folder / item.database, pandas, executor, tally)


async def _try(item: GoldItem, database: Path, pandas: Any, executor: Executor, tally: _Tally) -> None:
    try:
        # As in a project: with what the database says of its columns, samples included.
        steps = from_sql(item.sql, read_sqlite(database), item.dialect)
    except DeclinedError as error:
        tally.declined[str(error)] += 1
        return
    source = DataSource(database, steady=True)
    gold = (await executor.run(item.sql, source)).result
    if gold is None:
        tally.counts["not run"] += 1
        return
    code = "".join(to_pandas(steps))
    back = to_sql(from_pandas(ast.parse(code, mode="eval").body))
    answers = {
        "pandas": _evaluated(code, steps, database, pandas),
        "back": (await executor.run(back, source)).result,
    }
    for what, answer in answers.items():
        reason = _differs(answer, gold, item.sql)
        tally.counts[f"{what}: done"] += 1
        tally.counts[f"{what}: right"] += not reason
        if reason and len(tally.wrong) < _EXAMPLES:
            tally.wrong.append({"sql": item.sql, "pandas": code, "back": back, "what": what, "wrong": reason})


def _differs(answer: Result | None, gold: Result, sql: str) -> str:
    if answer is None:
        return "it does not run"
    if answer.columns != gold.columns:
        return f"the columns are {answer.columns}, not {gold.columns}"
    order = ordering(sql)
    # Ordered by what is not shown, rows that tie cannot be told from others.
    verdict = compare(answer, gold, ordered=order.keys is not None, ties=order.keys)
    return "" if verdict.passed else verdict.reason


def _evaluated(code: str, steps: Steps, database: Path, pandas: Any) -> Result | None:
    """What the expression is worth over the whole tables."""
    with closing(sqlite3.connect(database)) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        frames = {
            source.table: pandas.read_sql(f'SELECT * FROM "{source.table}"', connection)  # noqa: S608
            for source in steps.sources
        }
    try:
        # Written by our own rules, with the query's values as literals.
        frame = eval(code, {"pd": pandas}, frames)  # noqa: S307
    except Exception:
        return None
    rows = frame.astype(object).where(frame.notna(), None).values.tolist()
    return Result(tuple(map(str, frame.columns)), tuple(tuple(map(_plain, row)) for row in rows))


def _plain(value: Any) -> Any:
    """A number of the frame's as Python's."""
    value = value.item() if hasattr(value, "item") else value
    # A column with gaps holds its integers as floating-point numbers.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _part(tally: _Tally, queries: int) -> Part:
    counts = tally.counts
    lines = [Line("queries", f"{queries:,}"), Line("declined, with a reason", f"{tally.declined.total():,}")]
    for what, title in (("pandas", "SQL to pandas"), ("back", "and back to SQL")):
        done, right = counts[f"{what}: done"], counts[f"{what}: right"]
        lines.append(Line(title, f"{right:,} of {done:,} right", "all that are done", right == done))
    figures = {
        "counts": dict(sorted(counts.items())),
        "declined": dict(tally.declined.most_common()),
        "wrong": tally.wrong,
    }
    return Part("SQL and pandas, by execution", tuple(lines), figures)
