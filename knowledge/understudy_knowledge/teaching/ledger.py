"""The ledger of a run: every call of a model, what was sent where, and what it took. Append-only; written before and after.

A request is noted before it leaves, so that a kill leaves no trace of it out; how a line is read stands in `ledger_book`.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

from attrs import define, field, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.errors import KnowledgeStoreError
from understudy_knowledge.models.exchanges import Reply, heard_by
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.models.vllm.redaction import redact
from understudy_knowledge.teaching.masked_text import masked_text
from understudy_knowledge.teaching.price import Price

Role = Literal["student", "teacher"]
_FREE = Price()


@frozen
class Errand:
    """What a call is for: `purpose` in a word or two, `example` by its id (empty: for all of them)."""

    role: Role
    model: str
    purpose: str
    example: str = ""
    price: Price = _FREE
    most: Usage = field(factory=Usage)
    """What the call may take at most, where that is known before."""


@define
class Ledger:
    """One run's ledger; without a path nothing is written. `values` says whether prompts and answers keep theirs."""

    path: Path | None = None
    catalog: Catalog = field(factory=Catalog)
    values: bool = False
    student_price: Price = _FREE
    taken: dict[Role, Usage] = field(factory=lambda: {"student": Usage(), "teacher": Usage()})
    """Tokens so far by role, those of an earlier part of the run included where whoever opens the ledger says so."""
    number: int = 0
    """Of the last call."""
    _file: Any = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        if self.path is None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab")
            if self._file.tell() and not _ends_whole(self.path):
                self._file.write(b"\n")  # a line that a kill cut short stands alone, and is passed over
        except OSError as error:
            raise KnowledgeStoreError(
                f"{self.path} cannot be written ({error.strerror}); make its folder writable and try again"
            ) from error
        self._write({"event": "begun"})

    @contextmanager
    def call(self, errand: Errand) -> Iterator["Account"]:
        """A call of a model. What it sends is noted by itself; a call that sends nothing is one line when it is over."""
        account = Account(self, errand)
        with heard_by(account):
            yield account
        if not account.requests:
            self._write({"event": "here", **self._next(), **_what(errand)})

    def kept(self, errand: Errand) -> None:
        """An answer that was paid for before is used again."""
        self._write({"event": "kept", **self._next(), **_what(errand)})

    def close(self) -> None:
        """Close the file; it stays."""
        if self._file is not None:
            self._file.close()

    def _next(self) -> dict[str, int]:
        self.number += 1
        return {"call": self.number}

    def _text(self, text: str) -> str:
        return redact(text) if self.values else masked_text(text, self.catalog)

    def _write(self, line: Mapping[str, object], *, sync: bool = False) -> None:
        if self._file is None:
            return
        at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        self._file.write(json.dumps({"at": at, **line}, separators=(",", ":")).encode() + b"\n")
        # A kill loses nothing that was flushed; only what money was paid for is worth waiting for the disk.
        self._file.flush()
        if sync:
            os.fsync(self._file.fileno())


@define
class Account:
    """One call under way, as the wire tells of it (see `models.exchanges`)."""

    ledger: Ledger
    errand: Errand
    requests: int = 0

    def sent(self, url: str, body: Mapping[str, object]) -> int:
        """Note the request before it leaves."""
        self.requests += 1
        prompt, most = prompt_of(body), self.errand.most
        number = self.ledger._next()
        self.ledger._write(
            {
                "event": "sent",
                **number,
                **_what(self.errand),
                "request": self.requests,
                "most": [most.prompt, most.completion, self.errand.price.of(most)],
                "server": url,
                "prompt": self.ledger._text(prompt) if self.ledger.path is not None else "",
                "sha256": hashlib.sha256(prompt.encode("utf-8", "replace")).hexdigest(),
            }
        )
        return number["call"]

    def received(self, number: int, reply: Reply) -> None:
        """Note what came back, and what it took."""
        usage = reply.usage or Usage()
        role = self.errand.role
        self.ledger.taken[role] += usage
        line = {
            "event": "in doubt" if reply.in_doubt else "failed" if reply.failure else "answered",
            "call": number,
            "answer": self.ledger._text(reply.text) if self.ledger.path is not None else "",
            "prompt_tokens": usage.prompt,
            "completion_tokens": usage.completion,
            "money": self.errand.price.of(usage),
        }
        failure = {"failure": redact(reply.failure)} if reply.failure else {}
        self.ledger._write({**line, **failure}, sync=role == "teacher")


def prompt_of(body: Mapping[str, object]) -> str:
    """What the model reads, of a request's body: the prompt, or the messages one after another."""
    messages = body.get("messages")
    if isinstance(messages, list):
        return "\n\n".join(f"{message.get('role')}:\n{message.get('content')}" for message in messages)
    prompt = body.get("prompt")
    suffix = body.get("suffix")
    return f"{prompt if prompt is not None else json.dumps(dict(body))}" + (f"\n{suffix}" if suffix else "")


def _what(errand: Errand) -> dict[str, str]:
    return {
        "role": errand.role,
        "model": errand.model,
        "purpose": errand.purpose,
        "example": errand.example,
    }


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
