"""What a job costs beside the same work without a sandbox, in milliseconds: python tests/execution/measure/cost.py"""

import asyncio
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pandas as pd

from understudy_knowledge.execution import Executor, Inputs, Limits, snapshot
from understudy_knowledge.execution.boundary import boundary
from understudy_knowledge.execution.confined.python_engine import evaluate
from understudy_knowledge.execution.zygote import Zygote
from understudy_knowledge.memory.records import DataSource

RUNS = 100
SQL = "SELECT region, sum(amount) FROM sales GROUP BY region ORDER BY 2 DESC"
PROGRAM = "import pandas as pd\npd.read_csv('sales.csv').groupby('region').amount.sum().sort_values()"


async def timed(run: Callable[[int], Awaitable[object]]) -> list[float]:
    await run(-1)
    spent = []
    for number in range(RUNS):
        started = time.perf_counter()
        await run(number)
        spent.append((time.perf_counter() - started) * 1000)
    return spent


def show(name: str, spent: list[float]) -> float:
    middle = statistics.median(spent)
    sys.stdout.write(f"{name:38} p50 {middle:6.1f}  p99 {sorted(spent)[int(len(spent) * 0.99)]:6.1f} ms\n")
    return middle


async def main() -> None:
    folder = Path(tempfile.mkdtemp())
    frame = pd.DataFrame({"region": [f"r{n % 9}" for n in range(2000)], "amount": range(2000)})
    frame.to_csv(folder / "sales.csv", index=False)
    with closing(sqlite3.connect(folder / "sales.db")) as connection:
        frame.to_sql("sales", connection, index=False)
    with duckdb.connect(str(folder / "sales.duckdb")) as connection:
        connection.execute("CREATE TABLE sales AS SELECT * FROM frame")
    source = snapshot(DataSource(folder / "sales.db"), folder / "copies")
    duck = snapshot(DataSource(folder / "sales.duckdb", "duckdb"), folder / "copies")
    inputs = Inputs(folder, ("sales.csv",))
    figures: dict[str, float] = {}

    for engine in ("sqlite", "python"):
        ready = []
        for _ in range(5):
            started = time.perf_counter()
            zygote = await Zygote.start(engine, boundary())
            ready.append((time.perf_counter() - started) * 1000)
            await zygote.close()
        figures[f"zygote {engine} ready"] = show(f"zygote for {engine} ready", ready)

    async def bare_sqlite(number: int) -> object:
        with closing(sqlite3.connect(source.path)) as connection:
            return connection.execute(SQL).fetchall()

    async def bare_pandas(number: int) -> object:
        return evaluate(PROGRAM)

    async def bare_duckdb(number: int) -> object:
        with duckdb.connect(str(duck.path), read_only=True) as connection:
            return connection.execute(SQL).fetchall()

    os.chdir(folder)
    async with Executor() as executor:
        figures["sqlite bare"] = show("SQLite without a sandbox", await timed(bare_sqlite))
        figures["sqlite"] = show("SQLite", await timed(lambda n: executor.run(f"{SQL} -- {n}", source)))
        figures["pandas bare"] = show("pandas without a sandbox", await timed(bare_pandas))
        figures["pandas"] = show("pandas", await timed(lambda n: executor.run_python(PROGRAM, inputs)))
        figures["duckdb bare"] = show("DuckDB without a sandbox", await timed(bare_duckdb))
        figures["duckdb"] = show("DuckDB", await timed(lambda n: executor.run(f"{SQL} -- {n}", duck)))
        for name in ("sqlite", "pandas", "duckdb"):
            sys.stdout.write(f"{name}: {figures[name] - figures[name + ' bare']:.1f} ms on top\n")
    for workers in (2, 4):
        async with Executor(workers=workers, limits=Limits()) as executor:
            await executor.run("SELECT 0", source)
            started = time.perf_counter()
            await asyncio.gather(*(executor.run(f"{SQL} -- {n}", source) for n in range(400)))
            figures[f"sqlite jobs a second, {workers}"] = 400 / (time.perf_counter() - started)
            await executor.run_python("1", inputs)
            started = time.perf_counter()
            await asyncio.gather(*(executor.run_python(PROGRAM, inputs) for n in range(200)))
            figures[f"pandas jobs a second, {workers}"] = 200 / (time.perf_counter() - started)
    sys.stdout.write(json.dumps({name: round(value, 1) for name, value in figures.items()}) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
