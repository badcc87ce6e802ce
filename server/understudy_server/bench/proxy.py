"""A proxy in front of OpenAI-compatible servers that counts calls and tokens by role and by whoever is at work.

Requests come to `/ROLE/…` and go on as `/…` to the role's server, streams as they come. A model named as `named` names it is asked
for as the server's own model and counted under its label: clients whose cache ignores the address get a name of their own each.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from attrs import define, evolve, field, frozen

_DROPPED = frozenset(
    ("host", "content-length", "connection", "transfer-encoding", "content-encoding", "accept-encoding")
)
_GENERATING = ("/completions",)
_UNDER = "@@"
"""A single one stands in names that models have."""
_AS = "#"


def named(model: str, label: str, role: str) -> str:
    """The model's name for a client that is to be counted under the label, another one for each role; a label has no `#`."""
    return f"{model}{_UNDER}{label}{_AS}{role}"


@frozen
class Calls:
    """What was asked and what it took. `cut_off` were ended by who asked: the server may have written a token more than it could say."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    failed: int = 0
    cut_off: int = 0
    untold: int = 0
    """Answers whose server said nothing of tokens."""
    refused: int = 0
    """Calls that were not sent on, for what their label may take was spent; they do not count among the calls."""
    seconds: float = 0.0
    sent: str = ""
    """A hash of all requests as they were sent on, in whatever order; those that were sent again count again."""

    @property
    def tokens(self) -> int:
        """Read and written."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: "Calls") -> "Calls":
        return Calls(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.failed + other.failed,
            self.cut_off + other.cut_off,
            self.untold + other.untold,
            self.refused + other.refused,
            round(self.seconds + other.seconds, 3),
            _both(self.sent, other.sent),
        )


class Asked(Protocol):
    """One request, told from others like it by how often the same one came before."""

    @property
    def answer(self) -> bytes | None:
        """What it was answered in an earlier run; it is not sent on then, and counts as that run says."""

    def keep(self, answer: bytes, calls: Calls) -> None:
        """Keep what it was answered."""


class Kept(Protocol):
    """Answers of earlier runs."""

    def asked(self, role: str, body: bytes) -> Asked:
        """The request that comes next."""


@define(eq=False)
class CountingProxy:
    """`servers` are base URLs by role. Use it as `async with`; `label` says under what the next calls count."""

    servers: Mapping[str, str]
    label: str = "before"
    bounds: dict[tuple[str, str], int] = field(factory=dict)
    """Most tokens by label and role: once so many are counted, a call is refused instead of sent on."""
    kept: dict[str, Kept] = field(factory=dict)
    """By label; answers under other labels are not kept."""
    counts: dict[tuple[str, str], Calls] = field(factory=dict, init=False)
    """By label and role."""
    _session: aiohttp.ClientSession = field(init=False)
    _runner: web.AppRunner = field(init=False)
    _address: str = field(default="", init=False)

    async def __aenter__(self) -> "CountingProxy":
        app = web.Application(client_max_size=64 << 20)
        app.router.add_route("*", "/{role}/{rest:.*}", self._forward)
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None), auto_decompress=True)
        # Whoever still waits for an answer when it ends has no use for it.
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._address = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._runner.cleanup()
        await self._session.close()

    def url(self, role: str) -> str:
        """The base URL that stands for the role's server."""
        return f"{self._address}/{role}{urlsplit(self.servers[role]).path}"

    def taken(self, label: str) -> dict[str, Calls]:
        """What was counted under the label, by role; it counts from nothing afterwards."""
        keys = [key for key in self.counts if key[0] == label]
        return {role: self.counts.pop((name, role)) for name, role in keys}

    def total(self) -> Calls:
        """Of all labels and roles, of what was not taken yet."""
        return sum(self.counts.values(), Calls())

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        role = request.match_info["role"]
        if role not in self.servers:
            raise web.HTTPNotFound(text=f"no server fills the role {role!r}")
        parts = urlsplit(self.servers[role])
        url = parts._replace(path=f"/{request.match_info['rest']}", query=request.query_string).geturl()
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _DROPPED}
        body, label = await request.read(), self.label
        if not (request.method == "POST" and url.partition("?")[0].endswith(_GENERATING)):
            async with self._session.request(request.method, url, data=body, headers=headers) as answer:
                kind = answer.headers.get("Content-Type", "text/plain")
                return web.Response(
                    body=await answer.read(), status=answer.status, headers={"Content-Type": kind}
                )
        body, label = _addressed(body, label)
        key = (label, role)
        asked = self.kept[label].asked(role, body) if label in self.kept else None
        if asked is not None and asked.answer is not None:
            return web.Response(body=asked.answer, headers={"Content-Type": "application/json"})
        if self._is_spent(key):
            self._add(key, Calls(refused=1))
            said = f"the {self.bounds[key]:,} tokens that {label} may take of the {role} are spent"
            # Not one of those that clients ask again after.
            return web.json_response({"error": {"message": said, "type": "spent"}}, status=403)
        return await self._counted(request, url, headers, body, key, asked)

    async def _counted(
        self,
        request: web.Request,
        url: str,
        headers: dict[str, str],
        body: bytes,
        key: tuple[str, str],
        asked: Asked | None,
    ) -> web.StreamResponse:
        made, began = Calls(calls=1, sent=hashlib.sha256(body).hexdigest()[:16]), time.perf_counter()
        usage: tuple[int, int] | None = None
        finished, whole = False, b""
        try:
            async with self._session.post(url, data=body, headers=headers) as answer:
                kind = answer.headers.get("Content-Type", "application/json")
                made = evolve(made, failed=int(answer.status >= 400))
                if not kind.startswith("text/event-stream"):
                    whole = await answer.read()
                    usage, finished = _usage_of(whole), True
                    return web.Response(body=whole, status=answer.status, headers={"Content-Type": kind})
                back = web.StreamResponse(status=answer.status, headers={"Content-Type": kind})
                await back.prepare(request)
                async for line in answer.content:
                    if line.startswith(b"data: {"):
                        usage = _usage_of(line[6:]) or usage
                    await back.write(line)
                finished = True
                await back.write_eof()
                return back
        finally:
            prompt, completion = usage or (0, 0)
            made = evolve(
                made,
                prompt_tokens=prompt,
                completion_tokens=completion,
                cut_off=int(not finished),
                untold=int(usage is None and finished and not made.failed),
                seconds=time.perf_counter() - began,
            )
            self._add(key, made)
            if asked is not None and whole and not made.failed:
                asked.keep(whole, made)

    def _add(self, key: tuple[str, str], calls: Calls) -> None:
        self.counts[key] = self.counts.get(key, Calls()) + calls

    def _is_spent(self, key: tuple[str, str]) -> bool:
        return key in self.bounds and self.counts.get(key, Calls()).tokens >= self.bounds[key]


def _addressed(body: bytes, label: str) -> tuple[bytes, str]:
    """The request for the server's own model, with its tokens told at the end of a stream; and what it counts under."""
    fields = _object(body)
    if not fields:
        return body, label
    model, _, said = str(fields.get("model", "")).partition(_UNDER)
    if said:
        fields["model"] = model
    if fields.get("stream"):
        fields["stream_options"] = {"include_usage": True, **(fields.get("stream_options") or {})}
    return json.dumps(fields).encode(), said.partition(_AS)[0] or label


def _both(one: str, other: str) -> str:
    """Sums of hashes hang on no order, as calls that overlap have none."""
    if not one or not other:
        return one or other
    return f"{(int(one, 16) + int(other, 16)) % 2**64:016x}"


def _usage_of(text: bytes) -> tuple[int, int] | None:
    usage = _object(text).get("usage")
    if not isinstance(usage, dict):
        return None
    return int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
