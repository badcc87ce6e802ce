"""A whole query for a question, sampled several times: what most samples agree on when they are run. Knows nothing of LSP.

Self-consistency after Wang et al. (2023), voting on results as execution-based reranking of SQL does, for instance MBR-Exec (Shi et al. 2022).
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence

from attrs import evolve, frozen

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.roles import Completion, Probe, ProbeResult
from understudy_server.completion.filters import clean
from understudy_server.completion.schema_check import verify
from understudy_server.completion.suggest import Toolbox, request_for
from understudy_server.context.query_context import QueryContext

SAMPLES = 5
_TEMPERATURE = 0.8


@frozen
class Generated:
    """The query, and how sure of it one may be: so many of the samples agree. `executed` says whether on results or on the text."""

    text: str
    agreeing: int
    sampled: int
    executed: bool

    @property
    def confidence(self) -> str:
        """In words."""
        if self.sampled == 1:
            return "the only candidate" + (", it runs" if self.executed else ", not run")
        on = "its result" if self.executed else "its text, nothing was run"
        return f"{self.agreeing} of {self.sampled} samples agree on {on}"


async def generate(context: QueryContext, tools: Toolbox, samples: int = SAMPLES) -> Generated | None:
    """The query that most samples agree on, the first of them in doubt; None where none stands. Raises BackendError.

    Samples that do not parse, name what is unknown or do not run are dropped, and count as disagreeing. They are run by
    `tools.probe`, read-only; without one, as in a workspace that is not trusted, the vote is on their text.
    """
    drawn = await _sample(context, tools, samples)
    texts = [_checked(completion.text, context, tools) for completion in drawn]
    standing = Counter(text for text in texts if text)
    results = await _run(list(standing), context, tools.probe)
    votes: defaultdict[str, int] = defaultdict(int)
    first: dict[str, str] = {}
    for text, times in standing.items():
        key = _key(text, results.get(text)) if tools.probe else _plain(text)
        if key is not None:
            votes[key] += times
            first.setdefault(key, text)
    if not votes:
        return None
    winner = max(votes, key=lambda key: votes[key])
    return Generated(first[winner], votes[winner], len(drawn), tools.probe is not None)


async def _sample(context: QueryContext, tools: Toolbox, samples: int) -> list[Completion]:
    """What the student says: once its likeliest answer, else drawn by chance; one answer of a student that leaves nothing to it.

    Together and not one after the other: a server reads their common prompt once. Cancelling the task stops them all.
    """
    request = evolve(request_for(context, tools), purpose="action")
    likeliest = await tools.student.complete(request)
    if not likeliest.can_vary:
        return [likeliest]
    varied = evolve(request, temperature=_TEMPERATURE)
    tasks = [asyncio.ensure_future(tools.student.complete(varied)) for _ in range(samples - 1)]
    try:
        found = await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        for task in tasks:
            task.cancel()
    for each in found:
        if isinstance(each, BaseException) and not isinstance(each, BackendError):
            raise each
    return [likeliest, *(each for each in found if isinstance(each, Completion))]


def _checked(text: str, context: QueryContext, tools: Toolbox) -> str | None:
    cleaned = clean(text, context)
    return verify(cleaned, context, tools.catalog) if cleaned else None


async def _run(texts: Sequence[str], context: QueryContext, probe: Probe | None) -> dict[str, ProbeResult]:
    """One after the other: each may take the database's whole attention."""
    if probe is None:
        return {}
    return {text: await probe.run(context.prefix + text + context.suffix) for text in texts}


def _key(text: str, result: ProbeResult | None) -> str | None:
    """What two samples have alike that answer alike: rows in whatever order; None for one that does not run."""
    if result is None or result.rows is None:
        return None
    return repr(sorted(map(repr, result.rows)))


def _plain(text: str) -> str:
    return " ".join(text.split()).lower()
