"""Measure 3: how soon a model server stops writing what a newer keystroke made pointless, and how much of that it writes at all.

A request is under way when somebody types on: the edit reaches the session, and vLLM is asked how many requests it still works at.
Then come bursts of 200 keystrokes, one each 30 ms, each with the request that editors send and the withdrawal of the one before;
what the server wrote for all but the last request of a burst, nobody saw.
"""

import asyncio
import random
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from attrs import define, field

from understudy_knowledge.models.vllm import ServerSettings
from understudy_server.bench.context.long_files import sql_file
from understudy_server.bench.latency.desk import Desk, Position, desk
from understudy_server.bench.latency.metrics import GENERATED, RUNNING, metric, the_server
from understudy_server.bench.latency.quantiles import quantile
from understudy_server.bench.part import Line, Part, Terms

_STOPS_WITHIN_MS = 150.0
_MOST_UNSEEN = 0.05
_ROUNDS = 20
_BURSTS = 3
_BURST = 200
_INTERVAL_SECONDS = 0.03
_TOKENS = 256
_QUIET_SECONDS = 5.0
_TYPED = "SELECT customer_id, COUNT(*) AS n, SUM(total_cents) FROM orders AS o WHERE o.status = 'paid' AND (o.total_cents > 100) "


@define
class Burst:
    """Tokens that one burst made the server generate: all of them, and those before its last request was sent."""

    requests: int
    tokens: int
    unseen: int


@define
class Stops:
    """Seconds from a keystroke until nothing runs, of the rounds in which anything ran."""

    seconds: list[float] = field(factory=list)
    over_before: int = 0
    """Rounds in which the answer had ended by itself."""


def measure(terms: Terms) -> Part:
    """`limit` bounds the rounds and the bursts."""
    server = the_server(terms.server)
    rounds, bursts = min(terms.limit or _ROUNDS, _ROUNDS), min(terms.limit or _BURSTS, _BURSTS)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        terms.say("typing over answers that are under way")
        stops = asyncio.run(_stops(root, server, rounds, terms.seed))
        terms.say("typing fast")
        typed = asyncio.run(_bursts(root, server, bursts, terms.seed))
    worst = max(stops.seconds, default=0.0) * 1e3
    tokens, unseen = sum(each.tokens for each in typed), sum(each.unseen for each in typed)
    share = unseen / tokens if tokens else 0.0
    lines = (
        Line(
            f"until the older request runs no more, {len(stops.seconds)} times: p50, max",
            f"{quantile(stops.seconds, 0.5):.0f}, {worst:.0f} ms",
            f"≤ {_STOPS_WITHIN_MS:g} ms",
            worst <= _STOPS_WITHIN_MS if stops.seconds else None,
        ),
        Line("answers that had ended by themselves", str(stops.over_before)),
        Line(
            f"tokens for suggestions that nobody saw, {len(typed)} bursts of {_BURST} keystrokes",
            f"{unseen} of {tokens}, {share:.1%}",
            f"≤ {_MOST_UNSEEN:.0%}",
            share <= _MOST_UNSEEN if tokens else None,
        ),
        Line("requests in them", str(sum(each.requests for each in typed))),
    )
    figures: dict[str, Any] = {
        "stopped_ms": {str(share): quantile(stops.seconds, share) for share in (0.5, 0.9, 1.0)},
        "rounds": len(stops.seconds),
        "ended_by_themselves": stops.over_before,
        "tokens": tokens,
        "unseen_tokens": unseen,
        "requests": sum(each.requests for each in typed),
    }
    return Part("Suggestions that nobody waits for any more", lines, figures)


async def _stops(root: Path, server: ServerSettings, rounds: int, seed: int) -> Stops:
    stops = Stops()
    draw = random.Random(seed)  # noqa: S311
    text = sql_file(200, seed)
    places = [(n, len(line)) for n, line in enumerate(text.split("\n")) if line.startswith("SELECT")]
    async with desk(root, "a.sql", text, server, _TOKENS) as at_desk:
        for _ in range(5 * rounds):
            if len(stops.seconds) == rounds:
                break
            await _stop(at_desk, server, draw.choice(places), stops)
    return stops


async def _stop(at_desk: Desk, server: ServerSettings, place: Position, stops: Stops) -> None:
    """One request, and a keystroke once its answer is under way."""
    at_desk.client.answering.clear()
    (await at_desk.tools()).cache.clear()
    request = asyncio.ensure_future(at_desk.ghost(place, explicit=True))
    answering = asyncio.ensure_future(at_desk.client.answering.wait())
    await asyncio.wait([request, answering], return_when=asyncio.FIRST_COMPLETED)
    answering.cancel()
    running = await metric(server, RUNNING)
    if not running or request.done():
        stops.over_before += 1
        await request
        return
    began = perf_counter()
    cursor = at_desk.type(place, "\x7e")
    while running and perf_counter() - began < _QUIET_SECONDS:
        running = await metric(server, RUNNING)
    stops.seconds.append(perf_counter() - began)
    at_desk.edit(place, cursor, "")
    await request


async def _bursts(root: Path, server: ServerSettings, bursts: int, seed: int) -> list[Burst]:
    typed = []
    text = sql_file(200, seed)
    async with desk(root, "b.sql", text + "\n\n", server, _TOKENS) as at_desk:
        # The rhythm of somebody who has been typing for a moment, and a server that has answered before.
        await _burst(at_desk, server, text.count("\n") + 1, _BURST // 10)
        for _ in range(bursts):
            typed.append(await _burst(at_desk, server, text.count("\n") + 1, _BURST))  # noqa: PERF401 - one after the other
    return typed


async def _burst(at_desk: Desk, server: ServerSettings, line: int, keystrokes: int) -> Burst:
    """So many keystrokes on an empty line, and a pause in which the last request is answered."""
    (await at_desk.tools()).cache.clear()
    requests, generated = at_desk.client.requests, await metric(server, GENERATED)
    at, request = (line, 0), None
    due = perf_counter()
    for n in range(keystrokes):
        due += _INTERVAL_SECONDS
        await asyncio.sleep(max(due - perf_counter(), 0))
        at = at_desk.type(at, _TYPED[n % len(_TYPED)])
        if request is not None:
            request.cancel()
        request = asyncio.ensure_future(at_desk.ghost(at))
    # The last request still waits for a next keystroke, so all that was generated was for others.
    unseen = await metric(server, GENERATED) - generated
    if request is not None:
        await request
    for _ in range(100):
        if not await metric(server, RUNNING):
            break
        await asyncio.sleep(_INTERVAL_SECONDS)
    tokens = await metric(server, GENERATED) - generated
    asked = at_desk.client.requests - requests
    at_desk.edit((line, 0), at, "")
    return Burst(asked, tokens, unseen)
