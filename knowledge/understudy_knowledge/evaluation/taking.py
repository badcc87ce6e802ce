"""What every reader of a layout does with a record: take the item, or refuse it by name, place and rule.

The rules: a record that is not JSON or of the wrong shape is `unreadable`; one that lacks a field, or the file it runs on, says so;
of records with one id the first is taken; a dialect, task or split that nothing here runs is named.
"""

import json
from collections.abc import Callable, Iterator
from json import JSONDecoder
from typing import Any

from attrs import define, field

from understudy_knowledge.evaluation.items import Item, Reader, Refused, Rule

_SPACE = " \t\r\n"
_DECODER = JSONDecoder()


class UnusableError(Exception):
    """Why a record cannot be used, and by which rule."""

    def __init__(self, reason: str, rule: Rule) -> None:
        super().__init__(reason)
        self.rule: Rule = rule


@define
class Taking:
    """Items and refusals of one dataset, in the order of its files."""

    reader: Reader
    items: list[Item] = field(factory=list)
    refused: list[Refused] = field(factory=list)
    _seen: set[str] = field(factory=set)

    def take(self, place: str, named: str, make: Callable[[], Item]) -> None:
        """Keep the item of that id, unless an earlier one has it or `make` raises UnusableError."""
        try:
            if named in self._seen:
                raise UnusableError("an earlier line has the same id", "duplicate-id")
            self._seen.add(named)
            item = make()
        except UnusableError as error:
            self.refuse(place, named, error)
            return
        if item.task in self.reader.tasks:
            self.items.append(item)

    def refuse(self, place: str, named: str, error: UnusableError) -> None:
        """Note why a record is not used."""
        self.refused.append(Refused(place, named, str(error), error.rule))


def record(line: bytes | str) -> dict[str, Any]:
    """The JSON object on the line. Raises UnusableError."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise UnusableError("the line is not JSON", "unreadable") from None
    return as_object(fields, "line")


def as_object(value: object, what: str = "record") -> dict[str, Any]:
    """The value where it is a JSON object. Raises UnusableError."""
    if not isinstance(value, dict):
        raise UnusableError(f"the {what} is not a JSON object", "unreadable")
    return value


def text_of(fields: dict[str, Any], name: str) -> str:
    """A field that must be there and say something. Raises UnusableError."""
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise UnusableError(f"it has no {name}", "missing-field")
    return value


def elements(text: str) -> Iterator[tuple[int, object]]:
    """Each element of a JSON array with the line that it begins on, from 1. Raises UnusableError from where it is no JSON on."""
    for line, _, value in _parts(text, "[", "]"):
        yield line, value


def members(text: str) -> Iterator[tuple[int, str, object]]:
    """Each member of a JSON object with its line and name. Raises UnusableError from where it is no JSON on."""
    yield from _parts(text, "{", "}")


def _parts(text: str, opened: str, closed: str) -> Iterator[tuple[int, str, object]]:
    at = _blank(text, 0)
    if text[at : at + 1] != opened:
        raise UnusableError(f"the file does not begin with {opened}", "unreadable")
    at = _blank(text, at + 1)
    line, counted = 1, 0
    while text[at : at + 1] != closed:
        line, counted = line + text.count("\n", counted, at), at
        name = ""
        try:
            if opened == "{":
                name, at = _DECODER.raw_decode(text, at)
                at = _blank(text, _blank(text, at) + 1)
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            raise UnusableError(f"from line {line} on the file is not JSON", "unreadable") from None
        yield line, str(name), value
        at = _blank(text, at)
        if text[at : at + 1] == ",":
            at = _blank(text, at + 1)


def _blank(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at
