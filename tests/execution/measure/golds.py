"""Runs the gold code of data sets in the sandbox: python tests/execution/measure/golds.py DATA [SAMPLE]

DATA holds dev/ and train/. Every gold must run, must say what it says without a sandbox, and must equal itself.
"""

import asyncio
import gzip
import json
import os
import random
import sqlite3
import sys
import tarfile
import tempfile
import time
from collections import Counter
from contextlib import closing, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from understudy_knowledge.execution import Executor, Inputs, Limits, Outcome, Result, compare, judge, ordering
from understudy_knowledge.execution.confined.python_engine import evaluate
from understudy_knowledge.execution.confined.table import plain
from understudy_knowledge.execution.confined.values import table_of
from understudy_knowledge.memory.records import DataSource

LIMITS = Limits(seconds=20, rows=200_000, bytes=256 << 20, row_bytes=16 << 20)


def bare(sql: str, path: Path) -> Result:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        cursor = connection.execute(sql)
        rows = tuple(tuple(plain(cell) for cell in row) for row in cursor)
        return Result(tuple(column[0] for column in cursor.description), rows)


async def one(executor: Executor, item: dict[str, Any], base: Path, count: "Counter[str]") -> None:
    count["run"] += 1
    if item["task"] != "sql":
        names = (item["database"],) if item["database"] else ()
        program = f"{item.get('setup_code', '')}\n{item['gold_code']}"
        outcome = await executor.run_python(program, Inputs(base, names), LIMITS)
        note(item, outcome, bare_program(program, base), count)
        return
    path = (base / item["database"]).absolute()
    outcome = await executor.run(item["gold_sql"], DataSource(path, steady=True), LIMITS)
    note(item, outcome, bare(item["gold_sql"], path), count)


def bare_program(program: str, folder: Path) -> Result:
    os.chdir(folder)
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        value = evaluate(program)
    table = table_of(value, {"rows": LIMITS.rows, "bytes": LIMITS.bytes, "row_bytes": LIMITS.row_bytes})
    return Result(tuple(table.columns), tuple(map(tuple, table.rows)))


def note(item: dict[str, Any], outcome: Outcome, expected: Result, count: "Counter[str]") -> None:
    if outcome.result is None:
        count["failed"] += 1
        sys.stdout.write(f"{item['id']}: {outcome.kind} {outcome.message}\n")
        return
    order = ordering(item.get("gold_sql", ""))
    same = judge(outcome, outcome, ordered=order.ordered, ties=order.keys)
    count["equals itself"] += same.passed
    verdict = compare(outcome.result, expected, ordered=order.ordered, ties=order.keys)
    count["as without a sandbox"] += verdict.passed
    if not verdict.passed:
        sys.stdout.write(f"{item['id']}: {verdict.reason}\n   {item.get('gold_sql') or item['gold_code']}\n")


async def main() -> None:
    data, sample = Path(sys.argv[1]).absolute(), int(sys.argv[2]) if len(sys.argv) > 2 else 10**9
    with tempfile.TemporaryDirectory() as folder:
        for name in ("dev", "train"):
            base = data / name
            plain_items = base / "items.jsonl"
            if plain_items.exists():
                lines = [
                    line
                    for file in base.glob("items*.jsonl")
                    for line in file.read_text(encoding="utf-8").splitlines()
                ]
            else:
                lines = gzip.decompress((base / "items.jsonl.gz").read_bytes()).decode().splitlines()
                with tarfile.open(base / "db.tar.gz") as packed:
                    packed.extractall(folder, filter="data")
                base = Path(folder)
            items = [json.loads(line) for line in lines]
            random.Random(1).shuffle(items)
            count, started = Counter[str](), time.monotonic()
            async with Executor(workers=4) as executor:
                chosen = items[:sample]
                for start in range(0, len(chosen), 50):
                    await asyncio.gather(
                        *(one(executor, item, base, count) for item in chosen[start : start + 50])
                    )
            sys.stdout.write(f"{name}: {dict(count)} in {time.monotonic() - started:.0f} s\n")


if __name__ == "__main__":
    asyncio.run(main())
