"""What is needed to talk to one model server. Secrets stay in the environment; only the variable's name is kept here."""

import os
from typing import Literal, get_args
from urllib.parse import urlsplit

from attrs import field, frozen

from understudy_knowledge.errors import BackendError, ConfigurationError

TemplateChoice = Literal[
    "auto",
    "fim",
    "chat",
    "plain",
    "qwen",
    "deepseek",
    "starcoder",
    "codellama",
    "codestral",
    "granite",
    "codegemma",
]


def _normal_base_url(text: str) -> str:
    """The URL without a trailing slash; a bare host gets the `/v1` under which every such server listens."""
    url = text.strip().rstrip("/")
    try:
        return url if urlsplit(url).path else f"{url}/v1"
    except ValueError:
        return url


@frozen
class ServerSettings:
    """One model on one OpenAI-compatible server. Raises ConfigurationError when a value makes no sense."""

    base_url: str = field(converter=_normal_base_url)
    model: str | None = None
    """The id as the server lists it; None: the first one it lists."""
    api_key_env: str | None = None
    """Name of the environment variable that holds the key; never the key."""
    template: TemplateChoice = "auto"
    """How the student is asked; "auto" goes by the model's id, and a family's name means to fill in with that family's marks."""
    timeout: float = 30.0
    """Seconds a whole answer may take."""
    max_tokens: int = 1024
    """Most tokens of one answer, thinking included."""
    temperature: float = 0.0

    def __attrs_post_init__(self) -> None:
        _check_address(self.base_url)
        if self.template not in get_args(TemplateChoice):
            raise ConfigurationError(
                f"template is {self.template!r}; it must be one of {', '.join(get_args(TemplateChoice))}"
            )
        if not 0 < self.timeout <= 3600:
            raise ConfigurationError(
                f"timeout is {self.timeout}; it must be more than 0 and at most 3600 seconds"
            )
        if not 1 <= self.max_tokens <= 1_000_000:
            raise ConfigurationError(f"max_tokens is {self.max_tokens}; it must be between 1 and 1000000")
        if not 0 <= self.temperature <= 2:
            raise ConfigurationError(f"temperature is {self.temperature}; it must be between 0 and 2")

    def api_key(self) -> str | None:
        """The key from the environment, or None when none is configured. Raises BackendError when it is not usable."""
        if not self.api_key_env:
            return None
        key = os.environ.get(self.api_key_env, "").strip()
        if not key:
            raise BackendError(
                f"The environment variable {self.api_key_env} is not set; set it to the key of {self.base_url}, or remove api_key_env"
            )
        if not (key.isascii() and key.isprintable()):
            raise BackendError(
                f"The environment variable {self.api_key_env} holds characters that no key may have; set it again"
            )
        return key


def _check_address(url: str) -> None:
    # What stands before an @ may be a password, so it is never shown.
    shown = repr(url.rpartition("@")[2][:100])
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError(
            f"base_url {shown} is not the address of a server; write it like http://127.0.0.1:8000/v1"
        )
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ConfigurationError(
            "base_url holds a user name, password or query; keep secrets out of it and name an environment variable in api_key_env"
        )
