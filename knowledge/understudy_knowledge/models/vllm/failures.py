"""From what went wrong with a model server to the one sentence that says how to mend it. Knows nothing of prompts."""

import asyncio
import json
import re
import socket

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.vllm.settings import ServerSettings

_LONGEST_QUOTE = 240
_TOO_LONG = re.compile(
    r"context length|context window|max_model_len|max_tokens|too long|input_tokens", re.IGNORECASE
)


class PromptTooLongError(BackendError):
    """Prompt and answer do not fit the model; a shorter prompt may."""


def from_status(settings: ServerSettings, status: int, said: str) -> BackendError:
    """The error for an answer whose status is not 200; `said` is what `server_words` made of its body."""
    where, quote = settings.base_url, f" (it says: {said})" if said else ""
    if 300 <= status < 400:
        return BackendError(
            f"The model server at {where} answers with a redirect ({status}), which is not followed; set base_url to the final address"
        )
    if status in (401, 403):
        mend = (
            f"set the environment variable {settings.api_key_env} to a key it accepts"
            if settings.api_key_env
            else "name the environment variable that holds its key in api_key_env"
        )
        return BackendError(f"The model server at {where} refused the key ({status}); {mend}")
    if status == 404 and "model" in said.lower():
        return BackendError(
            f"The model server at {where} does not serve {settings.model or 'that model'}{quote}; set model to one it lists"
        )
    if status == 404:
        return BackendError(
            f"There is no OpenAI-compatible interface at {where} (404); base_url usually ends in /v1"
        )
    if status in (400, 413, 422) and (status == 413 or _TOO_LONG.search(said)):
        return PromptTooLongError(
            f"The prompt and the answer do not fit the model at {where}{quote}; "
            "start the server with a larger --max-model-len or set max_tokens lower"
        )
    if status == 429:
        return BackendError(
            f"The model server at {where} has too many requests (429){quote}; wait a moment or run fewer at a time"
        )
    if status >= 500:
        return BackendError(f"The model server at {where} failed ({status}){quote}; look at its log")
    return BackendError(f"The model server at {where} rejected the request ({status}){quote}")


def from_event(settings: ServerSettings, event: dict[str, object], key: str | None) -> BackendError:
    """The error for an error that comes in the middle of a stream, whose status was already 200."""
    inner = event.get("error")
    status = inner.get("code") if isinstance(inner, dict) else None
    known = status if isinstance(status, int) and 400 <= status < 600 else 500
    return from_status(settings, known, quoted(_message_in(event), key))


def from_connection(settings: ServerSettings, error: Exception) -> BackendError:
    """The error for a request that got no answer at all, or only a part of one."""
    import aiohttp

    where = settings.base_url
    if isinstance(error, asyncio.TimeoutError):
        return timed_out(settings)
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, socket.gaierror):
        return BackendError(f"The host name in {where} is not known; correct base_url")
    if isinstance(error, (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError)):
        return BackendError(
            f"No secure connection to {where} could be made; correct base_url (http or https?) or the server's certificate"
        )
    if isinstance(error, aiohttp.ClientConnectorError):
        return BackendError(
            f"No model server listens at {where}; start it (with vLLM: vllm serve MODEL) or correct base_url"
        )
    if isinstance(
        error, aiohttp.ClientPayloadError | aiohttp.ServerDisconnectedError | aiohttp.ClientOSError
    ):
        return broken_off(settings)
    return BackendError(
        f"What listens at {where} does not speak HTTP as a model server does ({type(error).__name__}); correct base_url"
    )


def timed_out(settings: ServerSettings) -> BackendError:
    """The error for an answer that took too long."""
    return BackendError(
        f"The model server at {settings.base_url} did not finish within {settings.timeout:g} s; raise timeout or serve a smaller model"
    )


def broken_off(settings: ServerSettings) -> BackendError:
    """The error for an answer that ended in the middle."""
    return BackendError(
        f"The model server at {settings.base_url} broke off in the middle of an answer; look at its log and try again"
    )


def too_large(settings: ServerSettings, limit: int) -> BackendError:
    """The error for an answer of more than `limit` bytes."""
    return BackendError(
        f"The model server at {settings.base_url} sent more than {limit // 2**20} MiB for one answer, which is not read; check base_url and max_tokens"
    )


def wrong_content(settings: ServerSettings, expected: str, got: str) -> BackendError:
    """The error for an answer that is not of the kind asked for."""
    return BackendError(
        f"What listens at {settings.base_url} answered {_one_line(got) or 'no content type'} where {expected} was asked for; "
        "base_url must be an OpenAI-compatible server's and usually ends in /v1"
    )


def not_understood(settings: ServerSettings, what: str) -> BackendError:
    """The error for an answer of the right kind that makes no sense; `what` says what is wrong with it."""
    return BackendError(
        f"The model server at {settings.base_url} sent {what}; it must be OpenAI-compatible, as vLLM is"
    )


def server_words(body: bytes, key: str | None) -> str:
    """The message inside an error body, on one line, short, and without the key; "" when there is none."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return quoted(_message_in(parsed), key)


def quoted(message: object, key: str | None) -> str:
    """A server's text made fit for a sentence of ours: it is a stranger's and may even echo the key."""
    if not isinstance(message, str):
        return ""
    return _one_line(message.replace(key, "…") if key else message)


def names_field(error_message: str, name: str) -> bool:
    """Whether an error message speaks of the request's field `name`."""
    return re.search(rf"(?<![a-z]){re.escape(name)}(?![a-z])", error_message, re.IGNORECASE) is not None


def _message_in(parsed: object) -> object:
    # OpenAI and vLLM: {"error": {"message": …}}; FastAPI: {"detail": …}; others: {"message": …} or {"error": …}.
    for name in ("error", "message", "detail"):
        if isinstance(parsed, dict) and name in parsed:
            inner = parsed[name]
            return _message_in(inner) if isinstance(inner, dict) else inner
    return ""


def _one_line(text: str) -> str:
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text[:2000]).split())
    return line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 1] + "…"
