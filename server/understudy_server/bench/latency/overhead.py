"""Measure 1: what a suggestion takes beyond the raw request to the same server, which has the same prompt and the same answer.

Each keystroke is made in a file of 10,000 lines, in the session of a language server that knows 100,000 cases, from the edit to
the rendered suggestion, some keystrokes at each of many places. The request that it sends is then sent once more by aiohttp alone and read to the same event. Both
are made twice, the first time unmeasured, so that the server's prefix cache serves both alike; they take turns in going first.
"""

import asyncio
import gc
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

from attrs import define, field

from understudy_knowledge.models.vllm import ServerSettings
from understudy_server.bench.context.long_files import places_of_sql, python_file, sql_file
from understudy_server.bench.latency.desk import Desk, Position, desk
from understudy_server.bench.latency.many_cases import CASES, full_project
from understudy_server.bench.latency.metrics import the_server
from understudy_server.bench.latency.quantiles import quantile
from understudy_server.bench.part import Line, Part, Terms

if TYPE_CHECKING:
    import aiohttp

_P50_MS, _P99_MS = 1.5, 3.0
_KEYSTROKES = 300
_TOKENS = 8
_LINES = 10_000
_TYPED = " AND x.total_cents >"
"""Typed at each place."""
_SETTLED_SECONDS = 0.15
"""By then a server has noticed that an answer is no longer read."""


@define
class Pairs:
    """Seconds of ours and of the raw request, pair by pair; on the wall and of this process's processor."""

    ours: list[float] = field(factory=list)
    raw: list[float] = field(factory=list)
    ours_processor: list[float] = field(factory=list)
    raw_processor: list[float] = field(factory=list)


def measure(terms: Terms) -> Part:
    """`limit` bounds the keystrokes, and the cases to a hundred times as many."""
    server = the_server(terms.server)
    keystrokes = terms.limit or _KEYSTROKES
    cases = CASES if terms.limit is None else min(CASES, 100 * terms.limit)
    terms.say(f"writing {cases:,} cases")
    pairs = Pairs()
    root = full_project(cases, terms.seed)
    for name in ("long.sql", "long.py"):
        terms.say(f"typing in {name}")
        asyncio.run(_type(root, name, server, keystrokes // 2, terms.seed, pairs))
    return Part("A suggestion beside the raw request", _lines(pairs), _figures(pairs, cases))


async def _type(
    root: Path, name: str, server: ServerSettings, keystrokes: int, seed: int, pairs: Pairs
) -> None:
    import aiohttp

    text = python_file(_LINES, _LINES // 50, seed) if name.endswith(".py") else sql_file(_LINES // 6, seed)
    places = places_of_sql(text)
    draw = random.Random(seed)  # noqa: S311
    async with desk(root, name, text, server, _TOKENS) as at_desk, aiohttp.ClientSession() as raw:
        gc.collect()
        gc.freeze()
        measured = 0
        for _ in range(20 * keystrokes):
            offset = draw.choice(places)
            line = text.count("\n", 0, offset)
            at = (line, offset - text.rfind("\n", 0, offset) - 1)
            for n, sign in enumerate(_TYPED):
                if measured == keystrokes:
                    break
                measured += await _pair(at_desk, at, sign, raw, server, pairs, ours_first=n % 2 == 0)
                at = at_desk.type(at, sign)
        gc.unfreeze()


async def _pair(
    at_desk: Desk,
    at: Position,
    sign: str,
    raw: "aiohttp.ClientSession",
    server: ServerSettings,
    pairs: Pairs,
    *,
    ours_first: bool,
) -> bool:
    """Measure both at one place; whether there was anything to ask there."""
    before = at_desk.client.requests
    await _ours(at_desk, at, sign)
    if at_desk.client.requests == before:
        return False
    path, body, events = at_desk.client.path, at_desk.client.body, at_desk.client.events
    await asyncio.sleep(_SETTLED_SECONDS)
    for ours in (ours_first, not ours_first):
        if ours:
            wall, processor = await _ours(at_desk, at, sign)
            pairs.ours.append(wall)
            pairs.ours_processor.append(processor)
        else:
            wall, processor = await _raw(raw, server, path, body, events)
            pairs.raw.append(wall)
            pairs.raw_processor.append(processor)
        await asyncio.sleep(_SETTLED_SECONDS)
    return True


async def _ours(at_desk: Desk, at: Position, sign: str) -> tuple[float, float]:
    """Seconds and processor seconds from the keystroke to the suggestion; the keystroke is taken back, and nothing remembered."""
    used, began = process_time(), perf_counter()
    cursor = at_desk.type(at, sign)
    await at_desk.ghost(cursor, explicit=True)
    taken = perf_counter() - began, process_time() - used
    at_desk.edit(at, cursor, "")
    (await at_desk.tools()).cache.clear()
    return taken


async def _raw(
    session: "aiohttp.ClientSession",
    server: ServerSettings,
    path: str,
    body: Mapping[str, object],
    events: int,
) -> tuple[float, float]:
    """The same of the request alone, read to the same event."""
    key = server.api_key()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    sent = {**body, "stream": True}
    used, began = process_time(), perf_counter()
    seen = 0
    async with session.post(f"{server.base_url}/{path}", json=sent, headers=headers) as response:
        async for line in response.content:
            if line.startswith(b"data: {"):
                json.loads(line[6:])
                seen += 1
            if seen == events:
                break
        taken = perf_counter() - began, process_time() - used
        response.close()
    return taken


def _lines(pairs: Pairs) -> tuple[Line, ...]:
    over = _over(pairs.ours, pairs.raw)
    over_processor = _over(pairs.ours_processor, pairs.raw_processor)
    p50, p99 = (quantile(pairs.ours, share) - quantile(pairs.raw, share) for share in (0.5, 0.99))
    return (
        Line(
            f"ours, {len(pairs.ours)} keystrokes (p50, p99)",
            f"{quantile(pairs.ours, 0.5):.2f}, {quantile(pairs.ours, 0.99):.2f} ms",
        ),
        Line("raw (p50, p99)", f"{quantile(pairs.raw, 0.5):.2f}, {quantile(pairs.raw, 0.99):.2f} ms"),
        Line("overhead at p50", f"{p50:.2f} ms", f"≤ {_P50_MS} ms", p50 <= _P50_MS),
        Line("overhead at p99", f"{p99:.2f} ms", f"≤ {_P99_MS:g} ms", p99 <= _P99_MS),
        Line("overhead pair by pair (p50, p99)", f"{quantile(over, 0.5):.2f}, {quantile(over, 0.99):.2f} ms"),
        Line(
            "the same in processor time alone (p50, p99)",
            f"{quantile(over_processor, 0.5):.2f}, {quantile(over_processor, 0.99):.2f} ms",
        ),
    )


def _figures(pairs: Pairs, cases: int) -> dict[str, Any]:
    series = {
        "ours": pairs.ours,
        "raw": pairs.raw,
        "pairwise": _over(pairs.ours, pairs.raw),
        "pairwise_processor": _over(pairs.ours_processor, pairs.raw_processor),
    }
    shares = (0.5, 0.9, 0.99, 1.0)
    return {
        "keystrokes": len(pairs.ours),
        "cases": cases,
        **{name: {str(share): quantile(each, share) for share in shares} for name, each in series.items()},
    }


def _over(ours: Sequence[float], raw: Sequence[float]) -> list[float]:
    return [a - b for a, b in zip(ours, raw, strict=True)]
