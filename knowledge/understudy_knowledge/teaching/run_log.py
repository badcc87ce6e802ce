"""The log of one run: what has been done is never done again. One JSON object a line, flushed before it counts."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from cattrs.errors import BaseValidationError
from cattrs.preconf.json import make_converter

from understudy_knowledge.errors import KnowledgeStoreError

_CONVERTER = make_converter()
_Record = TypeVar("_Record")


class RunLog:
    """Append-only. A line that a kill cut short is dropped when the log is opened again, and its work is done again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._entries: dict[tuple[str, str], Any] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            whole = self._read() if path.exists() else 0
            self._file = path.open("ab")
            self._file.truncate(whole)
        except OSError as error:
            raise KnowledgeStoreError(
                f"{path} cannot be written ({error.strerror}); make its folder writable and try again"
            ) from error

    def _read(self) -> int:
        """Load the entries; returns the length in bytes of the part that is whole."""
        whole = 0
        for line in self.path.read_bytes().splitlines(keepends=True):
            try:
                entry = json.loads(line) if line.endswith(b"\n") else None
            except (ValueError, RecursionError):
                entry = None
            if not isinstance(entry, dict) or "value" not in entry:
                break
            if not (isinstance(entry.get("kind"), str) and isinstance(entry.get("key"), str)):
                break
            self._entries[(entry["kind"], entry["key"])] = entry["value"]
            whole += len(line)
        return whole

    def find(self, kind: str, key: str, record: type[_Record]) -> _Record | None:
        """What was noted under that key; None where nothing was, or where its shape is of another version."""
        value = self._entries.get((kind, key))
        if value is None:
            return None
        try:
            return _CONVERTER.structure(value, record)
        except (BaseValidationError, KeyError, TypeError, ValueError):
            return None

    def note(self, kind: str, key: str, value: object) -> None:
        """Keep a record; it is on the disk when this returns."""
        plain = _CONVERTER.unstructure(value)
        self._entries[(kind, key)] = plain
        self._file.write(
            json.dumps({"kind": kind, "key": key, "value": plain}, separators=(",", ":")).encode() + b"\n"
        )
        self._file.flush()
        os.fsync(self._file.fileno())

    def keys(self, kind: str) -> Iterator[str]:
        """Keys of everything noted of that kind, oldest first."""
        return (key for noted, key in list(self._entries) if noted == kind)

    def close(self) -> None:
        """Close the file; the log stays."""
        self._file.close()
