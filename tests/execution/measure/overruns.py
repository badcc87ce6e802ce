"""How far attacks on time and memory get beyond their limits: python tests/execution/measure/overruns.py

Memory is what the kernel counts as the job's own (RssAnon and shared memory) above what it had when it began to run.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from attrs import evolve

from understudy_knowledge.execution import Executor, Inputs, Limits, boundary

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent.parent / "attacks"
LIMITS = Limits(seconds=1, memory=256 << 20)


def below() -> list[int]:
    """The processes that this one's children forked: the jobs."""
    found = []
    for child in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split():
        try:
            found += [int(each) for each in Path(f"/proc/{child}/task/{child}/children").read_text().split()]
        except OSError:  # noqa: PERF203 - it ended while we looked
            continue
    return found


def own(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.startswith("Rss")}
    return sizes.get("RssAnon", 0) + sizes.get("RssShmem", 0)


async def main() -> None:
    attacks = tomllib.loads((HERE / "python.toml").read_text(encoding="utf-8"))["attack"]
    folder = Path(tempfile.mkdtemp())
    inputs = Inputs(folder)
    late, fat = [], []
    # Without bubblewrap, whose own processes would stand between a job and this one.
    async with Executor(workers=1, wall=evolve(boundary(), wrapped=False)) as executor:
        await executor.run_python("1", inputs)
        base = 0

        async def watch() -> None:
            nonlocal peak, base
            while True:
                for process in below():
                    peak = max(peak, own(process))
                await asyncio.sleep(0.002)

        for attack in attacks:
            if attack["kind"] not in {"time", "memory"}:
                continue
            peak = 0
            limits = LIMITS if attack["kind"] == "time" else evolve(LIMITS, seconds=5)
            watching = asyncio.ensure_future(watch())
            started = time.perf_counter()
            outcome = await executor.run_python(attack["code"], inputs, limits)
            spent = time.perf_counter() - started
            watching.cancel()
            if outcome.kind == "timeout":
                late.append((spent - limits.seconds, attack["name"]))
            fat.append((peak, attack["name"], outcome.kind))
        empty = 0
        for _ in range(20):
            peak = 0
            watching = asyncio.ensure_future(watch())
            await executor.run_python("import time\ntime.sleep(0.02)\n1", inputs)
            watching.cancel()
            empty = max(empty, peak)
    sys.stdout.write(f"latest beyond its deadline: {max(late)[0]:.2f} s ({max(late)[1]}), of {len(late)}\n")
    largest = max(fat)
    share = (largest[0] - empty) / LIMITS.memory
    sys.stdout.write(
        f"largest: {share:.0%} of its limit ({largest[1]}), of {len(fat)}; an empty job has {empty >> 20} MB\n"
    )


if __name__ == "__main__":
    asyncio.run(main())
