"""From what went wrong with a model server to the one sentence that says how to mend it. Knows nothing of prompts."""

import asyncio
import json
import re
import socket
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Literal

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.vllm.settings import ServerSettings

_LONGEST_QUOTE = 240
_LONGEST_WAIT = 600.0
_TOO_LONG = re.compile(
    r"context length|context window|max_model_len|max_tokens|too long|input_tokens", re.IGNORECASE
)


_UNKNOWN_FIELD = re.compile(
    r"extra (inputs|fields)|not permitted|unrecogni[sz]ed|unsupported param|unknown (field|param|argument|name)|unexpected (field|keyword)",
    re.IGNORECASE,
)

Kind = Literal["away", "busy", "broken", "slow", "unusable", "request"]
"""Away: nothing listens. Busy: it asks us to wait. Broken, slow: this answer failed, the next may not. Unusable: nothing
will work until a setting is changed. Request: the server is well and took exception to this request alone."""


class ServerError(BackendError):
    """What a model server did wrong, and of which kind that is; `retry_after` is in seconds, None where it did not say."""

    def __init__(self, sentence: str, kind: Kind, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.kind: Kind = kind
        self.retry_after = retry_after


class NotServedError(ServerError):
    """There is no such page, or no such model on it; another page may be there."""


class UnusableAnswerError(ServerError):
    """The server answered, and what its model wrote cannot be used; the tokens are spent."""

    def __init__(self, sentence: str, *, prompt_tokens: int, completion_tokens: int) -> None:
        super().__init__(sentence, "request")
        self.prompt_tokens, self.completion_tokens = prompt_tokens, completion_tokens


class PromptTooLongError(ServerError):
    """Prompt and answer do not fit the model; a shorter prompt may."""


def from_status(
    settings: ServerSettings, status: int, said: str, retry_after: float | None = None
) -> ServerError:
    """The error for an answer whose status is not 200; `said` is what `server_words` made of its body."""
    where, quote = settings.base_url, f" (it says: {said})" if said else ""
    if 300 <= status < 400:
        return ServerError(
            f"The model server at {where} answers with a redirect ({status}), which is not followed; set base_url to the final address",
            "unusable",
        )
    if status in (401, 403):
        mend = (
            f"set the environment variable {settings.api_key_env} to a key it accepts"
            if settings.api_key_env
            else "name the environment variable that holds its key in api_key_env"
        )
        return ServerError(f"The model server at {where} refused the key ({status}); {mend}", "unusable")
    if status == 404 and "model" in said.lower():
        return NotServedError(
            f"The model server at {where} does not serve {settings.model or 'that model'}{quote}; set model to one it lists",
            "unusable",
        )
    if status in (404, 405):
        return NotServedError(
            f"There is no OpenAI-compatible interface at {where} ({status}); base_url usually ends in /v1",
            "unusable",
        )
    if status in (400, 413, 422) and (status == 413 or _TOO_LONG.search(said)):
        return PromptTooLongError(
            f"The prompt and the answer do not fit the model at {where}{quote}; "
            "start the server with a larger --max-model-len or set max_tokens lower",
            "request",
        )
    if status == 429:
        return ServerError(
            f"The model server at {where} has too many requests (429){quote}; wait a moment or run fewer at a time",
            "busy",
            retry_after,
        )
    if status == 503 and retry_after is not None:
        return ServerError(
            f"The model server at {where} is not ready (503){quote}; it asks to be left alone for {retry_after:g} s",
            "busy",
            retry_after,
        )
    if status >= 500:
        # 503 is what a server says while it loads its model: nobody else need ask until it has.
        kind: Kind = "busy" if status == 503 else "broken"
        return ServerError(
            f"The model server at {where} failed ({status}){quote}; look at its log", kind, retry_after
        )
    return ServerError(f"The model server at {where} rejected the request ({status}){quote}", "request")


def seconds_to_wait(header: str | None) -> float | None:
    """What `Retry-After` asks for: seconds or a date, at most ten minutes; None where it makes no sense."""
    if not header:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _LONGEST_WAIT)
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=timezone.utc)
    return min(max(0.0, (then - datetime.now(timezone.utc)).total_seconds()), _LONGEST_WAIT)


def from_event(settings: ServerSettings, event: dict[str, object], key: str | None) -> ServerError:
    """The error for an error that comes in the middle of a stream, whose status was already 200."""
    inner = event.get("error")
    status = inner.get("code") if isinstance(inner, dict) else None
    known = status if isinstance(status, int) and 400 <= status < 600 else 500
    return from_status(settings, known, quoted(_message_in(event), key))


def event_words(event: dict[str, object], key: str | None) -> str:
    """What an error that comes in the middle of a stream says, as `server_words` has it."""
    return quoted(_message_in(event), key)


def from_connection(settings: ServerSettings, error: Exception, silence: float | None = None) -> ServerError:
    """The error for a request that got no answer at all, or only a part of one; `silence` is what was borne, in seconds."""
    import aiohttp

    where = settings.base_url
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return ServerError(
            f"Nothing answers at {where}; start the model server, or correct base_url or the network in between",
            "away",
        )
    if isinstance(error, aiohttp.SocketTimeoutError) and silence is not None:
        return ServerError(
            f"The model server at {where} sent nothing for {silence:g} s; serve a smaller model or look at its load",
            "slow",
        )
    if isinstance(error, asyncio.TimeoutError):
        return timed_out(settings)
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, socket.gaierror):
        return ServerError(f"The host name in {where} is not known; correct base_url", "away")
    if isinstance(error, (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError)):
        return ServerError(
            f"No secure connection to {where} could be made; correct base_url (http or https?) or the server's certificate",
            "unusable",
        )
    if isinstance(error, aiohttp.ClientConnectorError):
        return ServerError(
            f"No model server listens at {where}; start it (with vLLM: vllm serve MODEL) or correct base_url",
            "away",
        )
    if isinstance(
        error, aiohttp.ClientPayloadError | aiohttp.ServerDisconnectedError | aiohttp.ClientOSError
    ):
        return broken_off(settings)
    return ServerError(
        f"What listens at {where} does not speak HTTP as a model server does ({type(error).__name__}); correct base_url",
        "unusable",
    )


def timed_out(settings: ServerSettings) -> ServerError:
    """The error for an answer that took too long."""
    return ServerError(
        f"The model server at {settings.base_url} did not finish within {settings.timeout:g} s; raise timeout or serve a smaller model",
        "slow",
    )


def broken_off(settings: ServerSettings) -> ServerError:
    """The error for an answer that ended in the middle."""
    return ServerError(
        f"The model server at {settings.base_url} broke off in the middle of an answer; look at its log and try again",
        "broken",
    )


def too_large(settings: ServerSettings, limit: int) -> ServerError:
    """The error for an answer of more than `limit` bytes."""
    return ServerError(
        f"The model server at {settings.base_url} sent more than {limit // 2**20} MiB for one answer, which is not read; check base_url and max_tokens",
        "broken",
    )


def wrong_content(settings: ServerSettings, expected: str, got: str) -> ServerError:
    """The error for an answer that is not of the kind asked for."""
    return ServerError(
        f"What listens at {settings.base_url} answered {_one_line(got) or 'no content type'} where {expected} was asked for; "
        "base_url must be an OpenAI-compatible server's and usually ends in /v1",
        "unusable",
    )


def not_understood(settings: ServerSettings, what: str) -> ServerError:
    """The error for an answer of the right kind that makes no sense; `what` says what is wrong with it."""
    return ServerError(
        f"The model server at {settings.base_url} sent {what}; it must be OpenAI-compatible, as vLLM is",
        "broken",
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


def speaks_of_grammar(error_message: str) -> bool:
    """Whether an error message is about the grammar of a request, or about structured outputs at all."""
    return re.search(r"grammar|structured.output|guided", error_message, re.IGNORECASE) is not None


def names_field(error_message: str, name: str) -> bool:
    """Whether an error message speaks of the request's field `name`."""
    return re.search(rf"(?<![a-z]){re.escape(name)}(?![a-z])", error_message, re.IGNORECASE) is not None


def speaks_of_fields(error_message: str) -> bool:
    """Whether an error message complains of a field that it does not know, without our having to know which."""
    return _UNKNOWN_FIELD.search(error_message) is not None


def _message_in(parsed: object) -> object:
    # OpenAI and vLLM: {"error": {"message": …}}; FastAPI: {"detail": [{"loc": …, "msg": …}]}; others: {"message": …} or {"error": …}.
    if isinstance(parsed, list):
        return "; ".join(_complaint(entry) for entry in parsed[:4])
    for name in ("error", "message", "detail"):
        if isinstance(parsed, dict) and name in parsed:
            inner = parsed[name]
            return _message_in(inner) if isinstance(inner, dict | list) else inner
    return ""


def _complaint(entry: object) -> str:
    if not isinstance(entry, dict):
        return str(entry)[:_LONGEST_QUOTE]
    place = entry.get("loc")
    path = ".".join(str(part) for part in place[:6]) if isinstance(place, list) else ""
    return f"{path} {entry.get('msg', '')}".strip()


def _one_line(text: str) -> str:
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text[:2000]).split())
    return line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 1] + "…"
