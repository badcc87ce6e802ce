"""Measure 1: what a suggestion takes beyond the raw request to the same server, which has the same prompt and the same answer.

Each keystroke is made in a file of 10,000 lines, in the session of a language server that knows 100,000 cases, from the edit to
the rendered suggestion, some keystrokes at each of many places. The request that it sends is then sent once more by aiohttp alone
and read to the same event. Each is made twice, the first time unmeasured, so that the server's prefix cache serves all alike; they
take turns in going first.

A suggestion is asked for in two ways. While somebody types it comes by itself: the rhythm of typing decides when the model may be
asked, and what is counted is the time from that moment on; what is done before it, while the next key might still be pressed,
shows in the processor time alone. One that is asked for explicitly has no such pause, and all of it counts.
"""

import asyncio
import gc
import json
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic, process_time
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
_REST_SECONDS = 0.05
_SETTLED_SECONDS = 0.15
"""By then a server has noticed that an answer is no longer read."""


_Taken = tuple[float, float]
"""Seconds on the wall, and of the processor."""


@define
class Pairs:
    """Seconds of ours and of the raw request, pair by pair; on the wall and of this process's processor."""

    ours: list[float] = field(factory=list)
    raw: list[float] = field(factory=list)
    ours_processor: list[float] = field(factory=list)
    raw_processor: list[float] = field(factory=list)

    def add(self, ours: "_Taken", raw: "_Taken") -> None:
        """One pair more."""
        self.ours.append(ours[0])
        self.raw.append(raw[0])
        self.ours_processor.append(ours[1])
        self.raw_processor.append(raw[1])


def measure(terms: Terms) -> Part:
    """`limit` bounds the keystrokes, and the cases to a hundred times as many."""
    server = the_server(terms.server)
    keystrokes = terms.limit or _KEYSTROKES
    cases = CASES if terms.limit is None else min(CASES, 100 * terms.limit)
    terms.say(f"writing {cases:,} cases")
    ways = {"while typing": Pairs(), "explicitly": Pairs()}
    root = full_project(cases, terms.seed)
    for name in ("long.sql", "long.py"):
        terms.say(f"typing in {name}")
        asyncio.run(_type(root, name, server, keystrokes // 2, terms.seed, ways))
    lines = [line for way, pairs in ways.items() for line in _lines(way, pairs)]
    figures: dict[str, Any] = {"cases": cases, **{way: _figures(pairs) for way, pairs in ways.items()}}
    return Part("A suggestion beside the raw request", tuple(lines), figures)


async def _type(
    root: Path, name: str, server: ServerSettings, keystrokes: int, seed: int, ways: Mapping[str, Pairs]
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
                measured += await _pairs(at_desk, at, sign, raw, server, ways, first=n % 3)
                at = at_desk.type(at, sign)
        gc.unfreeze()


async def _pairs(
    at_desk: Desk,
    at: Position,
    sign: str,
    session: "aiohttp.ClientSession",
    server: ServerSettings,
    ways: Mapping[str, Pairs],
    *,
    first: int,
) -> bool:
    """Measure all at one place, of three the one of that number first; whether anything is asked there while somebody types."""
    before = at_desk.client.requests
    await _ours(at_desk, at, sign, explicit=False)
    if at_desk.client.requests == before:
        return False
    path, body, events = at_desk.client.path, at_desk.client.body, at_desk.client.events
    await asyncio.sleep(_SETTLED_SECONDS)
    taken: dict[str, _Taken] = {}
    order = ("while typing", "raw", "explicitly")
    for way in (*order[first:], *order[:first]):
        if way == "raw":
            taken[way] = await _raw(session, server, path, body, events)
        else:
            taken[way] = await _ours(at_desk, at, sign, explicit=way == "explicitly")
        await asyncio.sleep(_SETTLED_SECONDS)
    for way, pairs in ways.items():
        pairs.add(taken[way], taken["raw"])
    return True


async def _ours(at_desk: Desk, at: Position, sign: str, *, explicit: bool) -> _Taken:
    """Of the keystroke's suggestion: explicitly from the keystroke on, else from when the student may be asked, or is.

    The processor's seconds are from the keystroke on. The keystroke is taken back, and nothing remembered.
    """
    used, began = process_time(), monotonic()
    cursor = at_desk.type(at, sign)
    await at_desk.ghost(cursor, explicit=explicit)
    ended, processor = monotonic(), process_time() - used
    at_desk.edit(at, cursor, "")
    (await at_desk.tools()).cache.clear()
    if not explicit:
        # A loop's timers are not exact: who asks a little early has gained nothing.
        began = max(began, min(at_desk.pauses.may_ask, at_desk.client.asked))
    return ended - began, processor


async def _raw(
    session: "aiohttp.ClientSession",
    server: ServerSettings,
    path: str,
    body: Mapping[str, object],
    events: int,
) -> _Taken:
    """The same of the request alone, read to the same event."""
    key = server.api_key()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    sent = {**body, "stream": True}
    used, began = process_time(), monotonic()
    seen = 0
    async with session.post(f"{server.base_url}/{path}", json=sent, headers=headers) as response:
        async for line in response.content:
            if line.startswith(b"data: {"):
                json.loads(line[6:])
                seen += 1
            if seen == events:
                break
        taken = monotonic() - began, process_time() - used
        # An answer that is complete leaves its connection to the next request, as ours does; one that is not is given up.
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(response.read(), _REST_SECONDS)
        if not response.content.at_eof():
            response.close()
    return taken


def _lines(way: str, pairs: Pairs) -> tuple[Line, ...]:
    over = _over(pairs.ours, pairs.raw)
    over_processor = _over(pairs.ours_processor, pairs.raw_processor)
    p50, p99 = (quantile(pairs.ours, share) - quantile(pairs.raw, share) for share in (0.5, 0.99))
    return (
        Line(
            f"{way}: ours, {len(pairs.ours)} keystrokes (p50, p99)",
            f"{quantile(pairs.ours, 0.5):.2f}, {quantile(pairs.ours, 0.99):.2f} ms",
        ),
        Line(
            f"{way}: raw (p50, p99)",
            f"{quantile(pairs.raw, 0.5):.2f}, {quantile(pairs.raw, 0.99):.2f} ms",
        ),
        Line(f"{way}: overhead at p50", f"{p50:.2f} ms", f"≤ {_P50_MS} ms", p50 <= _P50_MS),
        Line(f"{way}: overhead at p99", f"{p99:.2f} ms", f"≤ {_P99_MS:g} ms", p99 <= _P99_MS),
        Line(
            f"{way}: overhead pair by pair (p50, p99)",
            f"{quantile(over, 0.5):.2f}, {quantile(over, 0.99):.2f} ms",
        ),
        Line(
            f"{way}: the same in processor time alone, from the keystroke on (p50, p99)",
            f"{quantile(over_processor, 0.5):.2f}, {quantile(over_processor, 0.99):.2f} ms",
        ),
    )


def _figures(pairs: Pairs) -> dict[str, Any]:
    series = {
        "ours": pairs.ours,
        "raw": pairs.raw,
        "pairwise": _over(pairs.ours, pairs.raw),
        "pairwise_processor": _over(pairs.ours_processor, pairs.raw_processor),
    }
    shares = (0.5, 0.9, 0.99, 1.0)
    return {
        "keystrokes": len(pairs.ours),
        **{name: {str(share): quantile(each, share) for share in shares} for name, each in series.items()},
    }


def _over(ours: Sequence[float], raw: Sequence[float]) -> list[float]:
    return [a - b for a, b in zip(ours, raw, strict=True)]
