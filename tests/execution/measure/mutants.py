"""How many wrong variants of gold queries are caught: python tests/execution/measure/mutants.py DATA [ITEMS] [NEIGHBORS]

A mutant changes one thing of a gold query: operator, constant, join, aggregate, DISTINCT or order. It is caught when its answer
differs from the gold answer on the database, or on one of the neighbors. A mutant that 25 further neighbors do not tell from the gold
query either is counted apart: it most likely means the same.
"""

import asyncio
import json
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from attrs import evolve
from sqlglot import exp, parse_one

from understudy_knowledge.execution import Judge, Limits, Outcome, Result
from understudy_knowledge.execution.confined.table import plain
from understudy_knowledge.execution.perturbed import neighbors
from understudy_knowledge.execution.perturbed.aim import aim
from understudy_knowledge.execution.perturbed.hints import hints
from understudy_knowledge.execution.perturbed.perturb import redraw, thin
from understudy_knowledge.execution.perturbed.pools import STYLES
from understudy_knowledge.memory.records import DataSource

FURTHER = 25
SECONDS = 1.0


class Direct:
    """Runs trusted queries in this process: thousands of them, without a sandbox's cost."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Outcome] = {}

    async def run(self, sql: str, source: DataSource, limits: Limits | None = None) -> Outcome:
        key = (sql, str(source.path))
        if key not in self.kept:
            self.kept[key] = self._run(sql, source.path)
        return self.kept[key]

    def _run(self, sql: str, path: Path) -> Outcome:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            deadline = time.monotonic() + SECONDS
            connection.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
            try:
                cursor = connection.execute(sql)
                rows = tuple(tuple(plain(cell) for cell in row) for row in cursor.fetchmany(10_000))
            except (sqlite3.Error, sqlite3.Warning) as error:
                return Outcome("error", message=str(error))
            return Outcome("ok", Result(tuple(column[0] for column in cursor.description or ()), rows))


SWAPS = {
    exp.EQ: [exp.NEQ], exp.NEQ: [exp.EQ], exp.GT: [exp.GTE, exp.LT], exp.GTE: [exp.GT, exp.LTE],
    exp.LT: [exp.LTE, exp.GT], exp.LTE: [exp.LT, exp.GTE], exp.And: [exp.Or], exp.Or: [exp.And],
    exp.Add: [exp.Sub], exp.Sub: [exp.Add], exp.Mul: [exp.Div], exp.Div: [exp.Mul],
}  # fmt: skip
AGGREGATES = {exp.Sum: exp.Avg, exp.Avg: exp.Sum, exp.Max: exp.Min, exp.Min: exp.Max}


def mutants(gold: str) -> Iterator[tuple[str, str]]:
    """Kind and text of every mutant."""
    tree = parse_one(gold, read="sqlite")
    count = sum(1 for _ in tree.walk())
    for place in range(count):
        for number in range(3):
            copy = tree.copy()
            node = list(copy.walk())[place]
            kind = change(node, number)
            if kind is None:
                break
            text = copy.sql("sqlite")
            if text != tree.sql("sqlite"):
                yield kind, text


def change(node: exp.Expr, number: int) -> str | None:
    """Change one node in its number-th way; the kind of change, or None when there is no such way."""
    ways = SWAPS.get(type(node), [])
    if ways and not (
        isinstance(node, exp.EQ) and isinstance(node.right, exp.Column) and isinstance(node.left, exp.Column)
    ):
        if number < len(ways):
            node.replace(ways[number](this=node.this, expression=node.expression))
            return "operator"
        return None
    if (
        isinstance(node, exp.Literal)
        and number == 0
        and not isinstance(node.parent, (exp.Ordered, exp.Group, exp.Offset))
    ):
        if node.is_string:
            node.set("this", node.this + "x" if "%" not in node.this else node.this.replace("%", "", 1))
            return "constant"
        node.set("this", str(int(node.this) + 1) if node.is_int else node.this + "1")
        return "constant"
    if isinstance(node, exp.Join) and number == 0 and node.args.get("on") is not None:
        node.set("side", "" if node.side else "LEFT")
        return "join"
    if type(node) in AGGREGATES and number == 0:
        node.replace(AGGREGATES[type(node)](this=node.this))
        return "aggregate"
    if isinstance(node, exp.Count) and number == 0:
        inner = node.this
        if isinstance(inner, exp.Distinct):
            node.set("this", inner.expressions[0])
        elif isinstance(inner, exp.Column):
            node.set("this", exp.Distinct(expressions=[inner.copy()]))
        else:
            return None
        return "distinct"
    if isinstance(node, exp.Select) and number == 0:
        if node.args.get("order") and node.args.get("limit") and not node.args.get("distinct"):
            return None  # which row stands for its equals in the order is undefined
        node.set("distinct", None if node.args.get("distinct") else exp.Distinct())
        return "distinct"
    if isinstance(node, exp.Ordered) and number == 0 and (node.find_ancestor(exp.Window) is None):
        node.set("desc", not node.args.get("desc"))
        node.set("nulls_first", None)
        return "order"
    if isinstance(node, exp.Union) and number == 0:
        node.set("distinct", not node.args.get("distinct"))
        return "distinct"
    return None


async def main() -> None:
    data, most = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    items = [json.loads(line) for line in (data / "items.jsonl").read_text(encoding="utf-8").splitlines()]
    items = [item for item in items if item["task"] == "sql"]
    random.Random(1).shuffle(items)
    runner, total, shown = Direct(), Counter[str](), 0
    folder = Path(tempfile.mkdtemp())
    for item in items[:most]:
        source = DataSource((data / item["database"]).absolute(), steady=True)
        gold = item["gold_sql"]
        if (await runner.run(gold, source)).result is None:
            total["gold fails"] += 1
            continue
        near = await neighbors(runner, gold, source, count, folder)  # type: ignore[arg-type]
        judge = Judge(runner, gold, source)  # type: ignore[arg-type]
        further: list[DataSource] | None = None
        for kind, mutant in mutants(gold):
            outcome, verdict = await judge.verdict(mutant)
            if outcome.result is None:
                continue
            total[kind] += 1
            if not verdict.passed or verdict.weak:
                total[f"{kind} on one"] += not verdict.passed
            if not verdict.passed:
                total[f"{kind} on neighbors"] += 1
                continue
            if not (await evolve(judge, neighbors=near).verdict(mutant))[1].passed:
                total[f"{kind} on neighbors"] += 1
                continue
            if further is None:
                further = [made(source, gold, folder, seed) for seed in range(1000, 1000 + FURTHER)]
            if (await evolve(judge, neighbors=further).verdict(mutant))[1].passed:
                total[f"{kind} equal"] += 1
            elif shown < 12:
                shown += 1
                sys.stdout.write(f"missed ({kind}, {len(near)} neighbors): {gold}\n     as {mutant}\n")
        runner.kept.clear()
        shutil.rmtree(folder)
        folder.mkdir()
    sys.stdout.write(f"{'kind':12}{'mutants':>9}{'equal':>8}{'one database':>14}{'neighbors':>11}\n")
    kinds = ("operator", "constant", "join", "aggregate", "distinct", "order")
    for kind in (*kinds, "all"):
        chosen = kinds if kind == "all" else (kind,)
        n, equal, one, many = (
            sum(total[each + end] for each in chosen) for end in ("", " equal", " on one", " on neighbors")
        )
        real = max(1, n - equal)
        sys.stdout.write(
            f"{kind:12}{n:9}{equal:8}{one / real:14.1%}{many / real:11.1%}   raw {one / max(1, n):.1%} -> {many / max(1, n):.1%}\n"
        )
    sys.stdout.write(f"gold queries that fail: {total['gold fails']}\n")


def made(source: DataSource, gold: str, folder: Path, seed: int) -> DataSource:
    thinned, target = folder / f"thinned-{seed}.db", folder / f"further-{seed}.db"
    style = STYLES[seed % len(STYLES)]
    shutil.copyfile(source.path, thinned)
    thin(thinned, style, seed)
    shutil.copyfile(thinned, target)
    redraw(target, style, seed)
    aim(target, thinned, source.path, hints(gold), style, seed)
    thinned.unlink()
    return evolve(source, path=target)


if __name__ == "__main__":
    asyncio.run(main())
