"""Measure 4: how much of its prompts a model server finds in its prefix cache while somebody types one statement.

At the end of a file of 10,000 lines, a hundred keystrokes, each with a request that is waited for; vLLM counts what it looked up and found.
"""

import asyncio
import random
import tempfile
from pathlib import Path

from attrs import define

from understudy_knowledge.models.vllm import ServerSettings
from understudy_server.bench.context.long_files import sql_file, statement
from understudy_server.bench.latency.desk import desk
from understudy_server.bench.latency.metrics import FOUND, LOOKED_UP, metric, the_server
from understudy_server.bench.part import Line, Part, Terms

_LEAST = 0.8
_KEYSTROKES = 100
_STATEMENTS = 5
_LINES = 10_000


@define
class Session:
    """Prompt tokens of one statement's keystrokes, and how many of them were in the cache."""

    keystrokes: int
    tokens: int
    cached: int


def measure(terms: Terms) -> Part:
    """`limit` bounds the statements."""
    server = the_server(terms.server)
    count = min(terms.limit or _STATEMENTS, _STATEMENTS)
    terms.say("typing statements")
    with tempfile.TemporaryDirectory() as name:
        sessions = asyncio.run(_type(Path(name), server, count, terms.seed))
    shares = [each.cached / each.tokens if each.tokens else 0.0 for each in sessions]
    tokens, keystrokes = sum(each.tokens for each in sessions), sum(each.keystrokes for each in sessions)
    lines = (
        Line(
            f"prompt tokens cached, {len(sessions)} statements of {_KEYSTROKES} keystrokes: worst, all",
            f"{min(shares):.1%}, {sum(each.cached for each in sessions) / tokens if tokens else 0.0:.1%}",
            f"≥ {_LEAST:.0%}",
            min(shares) >= _LEAST,
        ),
        Line("prompt tokens of one keystroke", f"{tokens / keystrokes if keystrokes else 0:.0f}"),
    )
    figures = {
        "sessions": [
            {"keystrokes": each.keystrokes, "tokens": each.tokens, "cached": each.cached} for each in sessions
        ]
    }
    return Part("Prompts in the server's prefix cache", lines, figures)


async def _type(root: Path, server: ServerSettings, count: int, seed: int) -> list[Session]:
    draw = random.Random(seed)  # noqa: S311
    sessions = []
    for number in range(count):
        text = sql_file(_LINES // 6, seed + number) + "\n-- Which of them matter most?\n"
        async with desk(root, f"long_{number}.sql", text, server, 4) as at_desk:
            before = [await metric(server, name) for name in (LOOKED_UP, FOUND)]
            at = (text.count("\n"), 0)
            typed = " ".join(statement(draw).split())[:_KEYSTROKES]
            for sign in typed:
                at = at_desk.type(at, sign)
                await at_desk.ghost(at, explicit=True)
            after = [await metric(server, name) for name in (LOOKED_UP, FOUND)]
            sessions.append(Session(len(typed), after[0] - before[0], after[1] - before[1]))
    return sessions
