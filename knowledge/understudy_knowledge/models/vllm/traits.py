"""What kind of server answers and what it can do, found out by asking: no server is believed to be what another one is."""

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

from attrs import frozen

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.vllm.client import Client

ServerKind = Literal["vLLM", "llama.cpp", "Ollama", "SGLang", "OpenAI-compatible"]

_LOOK_SECONDS = 3.0
"""Seconds one look may take; whoever has no such page usually says so at once."""
_OLLAMA_WINDOW = 4096
"""Ollama cuts a longer prompt without a word, from its beginning. What a loaded model has is in /api/ps; less is never given."""
_OWNERS: dict[str, ServerKind] = {
    "vllm": "vLLM",
    "llamacpp": "llama.cpp",
    "sglang": "SGLang",
    "library": "Ollama",
}


@frozen
class Traits:
    """What was seen of a server. `window` is the length of prompt and answer together, in tokens; None where nobody said."""

    kind: ServerKind = "OpenAI-compatible"
    version: str = ""
    window: int | None = None
    counts_tokens: bool = False
    """Whether it has a page that counts tokens (/tokenize)."""

    @property
    def writes_marks(self) -> bool:
        """Whether the server puts a prompt into the model's template itself, so that fill-in-the-middle goes through `suffix`."""
        return self.kind == "Ollama"


async def look_at(client: Client, model: str, owner: str = "") -> Traits:
    """The traits of the server that serves `model`; `owner` is what its list of models says of it. Never raises."""
    version, props, ollama, tokens = await asyncio.gather(
        _page(client, "/version"),
        _page(client, "/props"),
        _page(client, "/api/version"),
        count_tokens(client, model, "SELECT 1"),
    )
    counts = tokens is not None
    if "default_generation_settings" in props:
        generation = props["default_generation_settings"]
        window = generation.get("n_ctx") if isinstance(generation, dict) else None
        build = props.get("build_info")
        return Traits("llama.cpp", _text(build), _positive(window), counts)
    if _text(ollama.get("version")) and not version:
        return Traits("Ollama", _text(ollama["version"]), await _loaded_window(client, model), counts)
    kind = _OWNERS.get(owner, "OpenAI-compatible")
    return Traits(kind, _text(version.get("version")), None, counts)


async def count_tokens(client: Client, model: str, text: str) -> int | None:
    """How many tokens the server's tokenizer makes of the text, without any it would add; None where it does not say.

    One body for all: vLLM and SGLang read `prompt` and `add_special_tokens`, llama.cpp reads `content` and the other two.
    """
    body = {
        "model": model,
        "prompt": text,
        "add_special_tokens": False,
        "content": text,
        "add_special": False,
        "parse_special": True,
    }
    try:
        answer = await asyncio.wait_for(client.post("/tokenize", body), _LOOK_SECONDS)
    except (BackendError, asyncio.TimeoutError):
        return None
    count, tokens = answer.get("count"), answer.get("tokens")
    if isinstance(count, int):
        return count
    return len(tokens) if isinstance(tokens, list) else None


async def _loaded_window(client: Client, model: str) -> int:
    running = (await _page(client, "/api/ps")).get("models")
    for entry in running if isinstance(running, list) else ():
        if isinstance(entry, dict) and model in (entry.get("name"), entry.get("model")):
            return _positive(entry.get("context_length")) or _OLLAMA_WINDOW
    return _OLLAMA_WINDOW


async def _page(client: Client, path: str) -> Mapping[str, Any]:
    try:
        return await asyncio.wait_for(client.get(path), _LOOK_SECONDS)
    except (BackendError, asyncio.TimeoutError):
        return {}


def _text(value: object) -> str:
    return value[:80] if isinstance(value, str) and value.isprintable() else ""


def _positive(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None
