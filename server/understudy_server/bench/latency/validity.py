"""Measure 5: what a model that writes garbage is let show, and how much of its garbage a grammar makes valid.

Completions at cuts through the training data's queries, from a tiny random model at temperature 1. Each is asked for with the
grammar and without it. What is shown must stand in place as sqlglot sees it; a raw output passes unrepaired where no filter and
no repair changes anything of it. The cost is the time to the first event of the same prompt.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from time import perf_counter, process_time
from typing import Any

from attrs import define, evolve, field

from understudy_knowledge.models.roles import Completion, StudentRequest
from understudy_knowledge.models.vllm import ServerSettings, VllmStudent
from understudy_server.bench.latency.cut_queries import Cut, cuts
from understudy_server.bench.latency.desk import ListeningClient
from understudy_server.bench.latency.metrics import the_server
from understudy_server.bench.latency.quantiles import quantile
from understudy_server.bench.latency.stands import fault
from understudy_server.bench.part import Line, Part, Terms
from understudy_server.completion.filters import clean
from understudy_server.completion.grammar import Grammars
from understudy_server.completion.schema_check import verify
from understudy_server.completion.suggest import Toolbox, ask

_COMPLETIONS = 1_000
_TIMED = 100
_PASSING = 0.95
_AT_ONCE = 8
_MAX_TOKENS = 256
_EXAMPLES = 200
_WAYS = ("with a grammar", "without")


@define
class Counted:
    """What came of one way of asking. `shown` suggestions, `faults` of them; `whole` raw outputs passed unrepaired."""

    counts: Counter[str] = field(factory=Counter)
    faults: list[dict[str, str]] = field(factory=list)
    changed: list[dict[str, str]] = field(factory=list)


@define
class _Overheard:
    """A student of which the last completion is kept; with `locked` false it is never told the grammar."""

    student: VllmStudent
    locked: bool
    grammar: str | None = None
    raw: Completion | None = None

    @property
    def name(self) -> str:
        return self.student.name

    async def complete(self, request: StudentRequest) -> Completion:
        self.grammar = request.grammar
        self.raw = await self.student.complete(request if self.locked else evolve(request, grammar=None))
        return self.raw

    def stream(self, request: StudentRequest) -> AsyncIterator[str]:
        return self.student.stream(request)

    async def close(self) -> None:
        await self.student.close()


def measure(terms: Terms) -> Part:
    """`limit` bounds the completions of each way."""
    server = evolve(the_server(terms.server), temperature=1.0)
    places = list(cuts(terms.data, terms.seed, terms.limit or _COMPLETIONS))
    return asyncio.run(_measure(server, places, terms))


async def _measure(server: ServerSettings, places: Sequence[Cut], terms: Terms) -> Part:
    counted = {}
    for way in _WAYS:
        terms.say(f"{len(places)} completions {way}")
        counted[way] = await _ask_all(server, places, locked=way == _WAYS[0])
    terms.say("the time to the first token")
    waits = await _waits(server, places[:_TIMED])
    made, sizes = _made(places[: 4 * _TIMED])
    lines = [line for way, one in counted.items() for line in _lines(way, one, goal=way == _WAYS[0])]
    lines += [
        Line(f"time to the first event, {name} (p50, p90)", _times(seconds))
        for name, seconds in waits.items()
    ]
    lines += [
        Line(
            "making a grammar, processor time (p50, p90)",
            _times(made),
            "p50 ≤ 5 ms",
            quantile(made, 0.5) <= 5,
        ),
        Line("characters of a grammar (p50, largest)", f"{_middle(sizes):,}, {max(sizes, default=0):,}"),
    ]
    figures: dict[str, Any] = {
        way: {**dict(one.counts), "faults": one.faults, "changed": one.changed}
        for way, one in counted.items()
    }
    figures["first_event_ms"] = {
        name: {str(share): quantile(seconds, share) for share in (0.5, 0.9)}
        for name, seconds in waits.items()
    }
    figures["make_ms"] = {str(share): quantile(made, share) for share in (0.5, 0.9, 0.99)}
    figures["characters"] = {"p50": _middle(sizes), "largest": max(sizes, default=0)}
    return Part("Valid completions from a model that writes garbage", tuple(lines), figures)


async def _ask_all(server: ServerSettings, places: Sequence[Cut], *, locked: bool) -> Counted:
    counted, free = Counted(), asyncio.Semaphore(_AT_ONCE)
    student = VllmStudent(server, ListeningClient(server))
    await student.prepare()

    async def one(cut: Cut) -> None:
        async with free:
            overheard = _Overheard(student, locked)
            tools = Toolbox(overheard, cut.catalog, max_tokens=_MAX_TOKENS)
            shown = await ask(cut.context, tools)
        _count(counted, cut, overheard, shown.text if shown else "")

    try:
        await asyncio.gather(*(one(cut) for cut in places))
    finally:
        await student.close()
    return counted


def _count(counted: Counted, cut: Cut, overheard: _Overheard, shown: str) -> None:
    context, raw = cut.context, overheard.raw.text if overheard.raw else ""
    place = f"{context.prefix}├{raw}┤{context.suffix}"
    counts = counted.counts
    counts["completions"] += 1
    counts["tokens"] += overheard.raw.completion_tokens if overheard.raw else 0
    if shown:
        counts["shown"] += 1
        if wrong := fault(shown, cut):
            counts["faults"] += 1
            counted.faults.append({"place": place, "shown": shown, "fault": wrong})
    if overheard.grammar is None:
        counts["without a grammar"] += 1
        return
    counts["grammars"] += 1
    truncated = overheard.raw is not None and overheard.raw.completion_tokens >= _MAX_TOKENS
    counts["truncated"] += truncated
    cleaned = clean(raw, context)
    # Lines are indented as the place is, which repairs nothing.
    whole = cleaned.split() == raw.split() and verify(cleaned, context, cut.catalog) == cleaned
    counts["whole"] += whole
    if not whole and len(counted.changed) < _EXAMPLES:
        counted.changed.append(
            {"place": place, "shown": shown, "cleaned": cleaned, "truncated": str(truncated)}
        )


async def _waits(server: ServerSettings, places: Sequence[Cut]) -> dict[str, list[float]]:
    """Seconds to the first event. The prompt itself is in the server's prefix cache for all of them."""
    client = ListeningClient(server)
    student = VllmStudent(server, client)
    waits: dict[str, list[float]] = {"without": [], "grammar new": [], "grammar seen": []}
    try:
        for cut in places:
            overheard = _Overheard(student, locked=True)
            await ask(cut.context, Toolbox(overheard, cut.catalog, max_tokens=1))
            if overheard.grammar is None:
                continue
            locked = dict(client.body)
            bare = {name: value for name, value in locked.items() if name != "structured_outputs"}
            # A comment makes it a grammar that the server has not seen, and changes nothing else.
            new = {**locked, "structured_outputs": {"grammar": f"// {perf_counter()}\n{overheard.grammar}"}}
            for name, body in (("without", bare), ("grammar new", new), ("grammar seen", locked)):
                began = perf_counter()
                async with aclosing(client.stream(client.path, body)) as events:
                    async for _ in events:
                        waits[name].append(perf_counter() - began)
                        break
    finally:
        await student.close()
    return waits


def _made(places: Sequence[Cut]) -> tuple[list[float], list[int]]:
    """Seconds of the processor to make each grammar in an empty memory, with its probe; and their sizes."""
    seconds, sizes = [], []
    for cut in places:
        began = process_time()
        text = Grammars().text_for(cut.context, cut.catalog)
        if text is not None:
            seconds.append(process_time() - began)
            sizes.append(len(text))
    return seconds, sizes


def _lines(way: str, one: Counted, *, goal: bool) -> list[Line]:
    counts = one.counts
    share = counts["whole"] / counts["grammars"] if counts["grammars"] else 0.0
    lines = [
        Line(f"{way}: shown of {counts['completions']:,} completions", f"{counts['shown']:,}"),
        Line(
            f"{way}: shown that do not parse in place or name what is not there",
            str(counts["faults"]),
            "0",
            not counts["faults"],
        ),
        Line(
            f"{way}: raw outputs that pass unrepaired, where a grammar could be made",
            f"{100 * share:.1f} % of {counts['grammars']:,}",
            f"≥ {100 * _PASSING:.0f} %" if goal else "",
            share >= _PASSING if goal else None,
        ),
    ]
    if goal:
        lines.append(Line(f"{way}: cut off at {_MAX_TOKENS} tokens", f"{counts['truncated']:,}"))
    return lines


def _times(seconds: Sequence[float]) -> str:
    return f"{quantile(seconds, 0.5):.1f}, {quantile(seconds, 0.9):.1f} ms"


def _middle(sizes: Sequence[int]) -> int:
    return sorted(sizes)[len(sizes) // 2] if sizes else 0
