"""Where an SQL file defines tables: CREATE, ALTER, DROP and SELECT INTO, found block by block and kept with the block."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from understudy_server.context.document import Document
from understudy_server.context.text_blocks import Block, Stretch

DefinitionKind = Literal["create", "alter", "drop", "into"]

_NAME = rb"(?:[\w$#\x80-\xff]+|\"[^\"\r\n]+\"|`[^`\r\n]+`|\[[^\]\r\n]+\])"
_PATH = rb"(?P<name>%b(?:[ \t]*\.[ \t]*%b)*)" % (_NAME, _NAME)
_DEFINES = re.compile(
    rb"""(?:^|;)[ \t]*(?:
          (?P<create>create\s+(?:or\s+replace\s+)?
              (?:(?:global|local|temp|temporary|unlogged|external|transient|volatile|materialized|recursive)\s+)*
              (?:table|view)\s+(?:if\s+not\s+exists\s+)?)
        | (?P<alter>alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?)
        | (?P<drop>drop\s+(?:materialized\s+)?(?:table|view)\s+(?:if\s+exists\s+)?)
      ) """
    + _PATH
    + rb"| (?P<into>(?<!\w)(?P<before>\w+|\S)\s+into\s+(?:temp(?:orary)?\s+|unlogged\s+)?(?:table\s+)?) "
    + _PATH.replace(b"?P<name>", b"?P<target>"),
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
# INSERT INTO defines nothing.
_CHANGES_ROWS = frozenset((b"insert", b"merge", b"replace", b"ignore", b"overwrite", b"fetch", b"copy"))
_PART = re.compile(_NAME)


class Definition(NamedTuple):
    """One place that defines. `path` is lower-case and without quotes; `start` counts from the block's start."""

    kind: DefinitionKind
    path: tuple[str, ...]
    start: int

    def means(self, path: tuple[str, ...]) -> bool:
        """Whether a lower-case path may mean what is defined here: the shorter of both decides."""
        shared = min(len(path), len(self.path))
        return path[-shared:] == self.path[-shared:]


class Place(NamedTuple):
    """A definition and where it stands in the document."""

    definition: Definition
    offset: int


def definitions_above(document: Document, offset: int, name: str) -> Iterator[Place]:
    """Definitions that may be of the name (a dotted path, any case), nearest first; costs no more in a longer file above."""
    path = tuple(part.lower() for part in name.split("."))
    base = len(document)
    for stretch in reversed(document.stretches()):
        end = base
        base -= stretch.offsets[-1]
        # The stretch at the cursor is another one after each key: its blocks are asked themselves.
        if base >= offset or (end <= offset and path[-1] not in _names(stretch)):
            continue
        for start, defined in reversed(_of_stretch(stretch)):
            for definition in reversed(defined.get(path[-1], ())):
                place = base + start + definition.start
                if place < offset and definition.means(path):
                    yield Place(definition, place)


def names_above(document: Document, offset: int) -> Iterator[str]:
    """The last parts, in lower case, of all names that are defined above the offset, nearest stretch first; some may repeat."""
    base = len(document)
    for stretch in reversed(document.stretches()):
        end = base
        base -= stretch.offsets[-1]
        if end <= offset:
            yield from sorted(_names(stretch))
        elif base < offset:
            for start, defined in reversed(_of_stretch(stretch)):
                places = ((name, one.start) for name, found in defined.items() for one in found)
                yield from (name for name, place in places if base + start + place < offset)


def defines(document: Document) -> bool:
    """Whether anything is defined in it at all."""
    for stretch in document.stretches():  # noqa: SIM110  # asked of every cell at each keystroke
        if _names(stretch):
            return True
    return False


def _names(stretch: Stretch) -> frozenset[str]:
    """The last parts of all names defined in it; kept with the stretch."""
    kept: frozenset[str] | None = stretch.notes.get(_names)
    if kept is None:
        kept = frozenset(name for _, defined in _of_stretch(stretch) for name in defined)
        stretch.notes[_names] = kept
    return kept


def _of_stretch(stretch: Stretch) -> list[tuple[int, dict[str, list[Definition]]]]:
    """Those of its blocks that define anything, each with its start in the stretch; kept with the stretch."""
    kept: list[tuple[int, dict[str, list[Definition]]]] | None = stretch.notes.get(_of_stretch)
    if kept is None:
        kept = stretch.notes[_of_stretch] = []
        for start, block in zip(stretch.offsets, stretch.blocks, strict=False):
            defined: dict[str, list[Definition]] | None = block.notes.get(_of_block)
            if defined is None:
                defined = _of_block(block)
            if defined:
                kept.append((start, defined))
    return kept


def _of_block(block: Block) -> dict[str, list[Definition]]:
    """Last part of the name -> definitions, in order; kept with the block."""
    kept: dict[str, list[Definition]] | None = block.notes.get(_of_block)
    if kept is None:
        kept = {}
        for definition in _found(block.text):
            kept.setdefault(definition.path[-1], []).append(definition)
        block.notes[_of_block] = kept
    return kept


def _found(text: bytes) -> Iterator[Definition]:
    # Most blocks define nothing, and looking for words costs a hundredth of the pattern.
    lower = text.lower()
    changes = b"create" in lower or b"alter" in lower or b"drop" in lower
    if not changes and lower.count(b"into") == lower.count(b"insert into"):
        return
    for match in _DEFINES.finditer(text):
        kind: DefinitionKind
        if match.group("into"):
            kind, group = "into", "target"
            if match.group("before").lower() in _CHANGES_ROWS:
                continue
        else:
            kind, group = (
                "create" if match.group("create") else "alter" if match.group("alter") else "drop",
                "name",
            )
        parts = (part.group().decode("utf-8", "replace") for part in _PART.finditer(match.group(group)))
        path = tuple(part.strip('"`[]').lower() for part in parts)
        yield Definition(kind, path, match.start(group))
