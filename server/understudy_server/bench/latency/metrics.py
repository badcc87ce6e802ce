"""What vLLM counts, read from its /metrics page. Other servers have other counts or none."""

import asyncio
import urllib.request
from urllib.parse import urlsplit

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.models.vllm import ServerSettings

RUNNING = "vllm:num_requests_running"
GENERATED = "vllm:generation_tokens_total"
LOOKED_UP = "vllm:prefix_cache_queries_total"
FOUND = "vllm:prefix_cache_hits_total"


async def metric(server: ServerSettings, name: str) -> int:
    """The present value, over all engines. Raises NothingToDoError where the server does not count it."""
    return await asyncio.to_thread(_read, server, name)


def _read(server: ServerSettings, name: str) -> int:
    url = urlsplit(server.base_url)._replace(path="/metrics").geturl()
    lacking = NothingToDoError(f"{url} does not tell {name}; name a vLLM with --server")
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  # http(s), as the settings are checked
            lines = answer.read().decode().splitlines()
    except (OSError, ValueError) as error:
        raise lacking from error
    values = [line.split()[-1] for line in lines if line.startswith((f"{name}{{", f"{name} "))]
    if not values:
        raise lacking
    return int(sum(map(float, values)))


def the_server(server: ServerSettings | None) -> ServerSettings:
    """The server that was named. Raises NothingToDoError when none was."""
    if server is None:
        raise NothingToDoError(
            "this measurement needs a model server; name one with --server http://127.0.0.1:8000/v1"
        )
    return server
