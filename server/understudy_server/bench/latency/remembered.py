"""Measure 2: what a suggestion takes that is remembered: the same place again, typing what is shown, and deleting it back.

In a file of 10,000 lines, in the session of a language server, from the edit to the rendered suggestion. What is shown is put into
the cache: a server that serves a tiny random model suggests nothing worth showing.
"""

import asyncio
import gc
import random
import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from attrs import define, field

from understudy_knowledge.models.vllm import ServerSettings
from understudy_server.bench.context.long_files import TABLES, sql_file
from understudy_server.bench.latency.desk import Desk, Position, desk
from understudy_server.bench.latency.metrics import GENERATED, metric, the_server
from understudy_server.bench.latency.quantiles import quantile
from understudy_server.bench.part import Line, Part, Terms
from understudy_server.completion.suggest import circumstances_of
from understudy_server.completion.suggestion import Suggestion

_P99_MS = 1.0
_KEYSTROKES = 3_000
_LINES = 10_000


@define
class Taken:
    """Seconds of each keystroke, on the wall and of the processor; and how many showed no suggestion."""

    wall: list[float] = field(factory=list)
    processor: list[float] = field(factory=list)
    lost: int = 0


def measure(terms: Terms) -> Part:
    """`limit` bounds the keystrokes."""
    server = the_server(terms.server)
    terms.say("typing what is shown, and deleting it")
    with tempfile.TemporaryDirectory() as name:
        ways, requests, tokens = asyncio.run(
            _type(Path(name), server, terms.limit or _KEYSTROKES, terms.seed)
        )
    lines = []
    figures: dict[str, Any] = {"requests": requests, "tokens": tokens}
    for way, taken in ways.items():
        p50, p99 = quantile(taken.wall, 0.5), quantile(taken.wall, 0.99)
        busy = [quantile(taken.processor, share) for share in (0.5, 0.99)]
        lines += [
            Line(
                f"{way}, {len(taken.wall)} times: p50, p99",
                f"{p50:.2f}, {p99:.2f} ms",
                f"p99 ≤ {_P99_MS:g} ms",
                p99 <= _P99_MS,
            ),
            Line(f"{way}: processor time alone (p50, p99)", f"{busy[0]:.2f}, {busy[1]:.2f} ms"),
            Line(f"{way}: keystrokes that lost the suggestion", str(taken.lost), "0", taken.lost == 0),
        ]
        figures[way] = {
            "keystrokes": len(taken.wall),
            "ms": {str(share): quantile(taken.wall, share) for share in (0.5, 0.9, 0.99, 1.0)},
            "processor_ms": {"0.5": busy[0], "0.99": busy[1]},
            "lost": taken.lost,
        }
    lines.append(
        Line(
            "requests at the server, tokens it generated",
            f"{requests}, {tokens}",
            "0, 0",
            not requests and not tokens,
        )
    )
    return Part("A suggestion that is remembered", tuple(lines), figures)


async def _type(
    root: Path, server: ServerSettings, keystrokes: int, seed: int
) -> tuple[dict[str, Taken], int, int]:
    """What each way took, and the requests and tokens that it cost the server."""
    ways = {name: Taken() for name in ("the same place", "typing through", "deleting back")}
    draw = random.Random(seed)  # noqa: S311
    text = sql_file(_LINES // 6, seed)
    lines = text.split("\n")
    # Between a list of columns and its FROM: what is shown there is a longer list.
    places = [
        (n, len(line))
        for n, line in enumerate(lines)
        if line.startswith("SELECT") and lines[n + 1].startswith("FROM")
    ]
    async with desk(root, "long.sql", text, server, 32) as at_desk:
        generated = await metric(server, GENERATED)
        gc.collect()
        gc.freeze()
        # No place twice: another suggestion than the one that is shown there would be put into the cache.
        for place in draw.sample(places, len(places)):
            await _at(at_desk, place, draw.choice(sorted(TABLES)), ways)
            if len(ways["typing through"].wall) >= keystrokes:
                break
        gc.unfreeze()
        return ways, at_desk.client.requests, await metric(server, GENERATED) - generated


async def _at(at_desk: Desk, place: Position, table: str, ways: dict[str, Taken]) -> None:
    """Show a suggestion at one place, ask for it again, type it to its last character and delete it."""
    context = await at_desk.context(place)
    if context is None:
        return
    tools = await at_desk.tools()
    text = f", {', '.join(TABLES[table])}"
    shown = Suggestion("shown", text, context.prefix + text + context.suffix, (), tools.student.name)
    tools.cache.keep(context, circumstances_of(context, tools), shown)
    await _take(at_desk, place, place, "", text, ways["the same place"])
    at = place
    for n, sign in enumerate(text[:-1], 1):
        await _take(at_desk, at, at, sign, text[n:], ways["typing through"])
        at = (at[0], at[1] + 1)
    for n in reversed(range(len(text) - 1)):
        before = (at[0], at[1] - 1)
        await _take(at_desk, before, at, "", text[n:], ways["deleting back"])
        at = before


async def _take(
    at_desk: Desk, start: Position, end: Position, typed: str, expected: str, taken: Taken
) -> None:
    """One edit, and the suggestion behind it."""
    used, began = process_time(), perf_counter()
    at_desk.edit(start, end, typed)
    found = await at_desk.ghost((start[0], start[1] + len(typed)))
    taken.wall.append(perf_counter() - began)
    taken.processor.append(process_time() - used)
    taken.lost += found != expected
