"""A grammar as data: pieces of text, choices and sequences, and rules by name. Knows neither SQL nor any server's syntax."""

from collections.abc import Mapping
from functools import lru_cache
from re import Pattern
from re import compile as compile_pattern

from attrs import frozen


@frozen
class Text:
    """Exactly this text."""

    value: str


@frozen
class Chars:
    """`least` to `most` characters of a class as regular expressions write it between brackets; `shown` is one of them."""

    members: str
    least: int
    most: int
    shown: str


@frozen
class Gap:
    """White space between two words; where it `breaks` it may be a new line."""

    breaks: bool = False


@frozen
class Ref:
    """What the rule of that name says."""

    name: str


@frozen(cache_hash=True)
class Seq:
    """One part after the other; without parts the empty text."""

    parts: "tuple[Node, ...]"


@frozen(cache_hash=True)
class Alt:
    """One of the options; without any, nothing at all fits."""

    options: "tuple[Node, ...]"


@frozen(cache_hash=True)
class Repeat:
    """The part `least` to `most` times."""

    part: "Node"
    least: int
    most: int


Node = Text | Chars | Gap | Ref | Seq | Alt | Repeat

EMPTY = Seq(())
NOTHING = Alt(())
GAP = Gap()
BREAK = Gap(breaks=True)


@frozen
class Grammar:
    """`root` is where a derivation begins. No rule leads back to itself, so every derivation ends."""

    root: Node
    rules: Mapping[str, Node]


def seq(*parts: Node) -> Node:
    """The parts one after the other, flat; nothing fits where one of them is nothing."""
    flat: list[Node] = []
    for part in parts:
        if part == NOTHING:
            return NOTHING
        flat.extend(part.parts if isinstance(part, Seq) else (part,))
    return flat[0] if len(flat) == 1 else Seq(tuple(flat))


def alt(*options: Node) -> Node:
    """One of the options, flat and each once."""
    flat: dict[Node, None] = {}
    for option in options:
        flat.update(dict.fromkeys(option.options if isinstance(option, Alt) else (option,)))
    return next(iter(flat)) if len(flat) == 1 else Alt(tuple(flat))


def maybe(part: Node) -> Node:
    """The part or nothing at all."""
    return EMPTY if part in (NOTHING, EMPTY) else Repeat(part, 0, 1)


def some(part: Node, least: int, most: int) -> Node:
    """The part several times; the empty text where there is none."""
    return EMPTY if part == NOTHING or most == 0 else Repeat(part, least, most)


@lru_cache(maxsize=64)
def class_of(members: str) -> "Pattern[str]":
    """The class of characters as a compiled expression of one character."""
    return compile_pattern(f"[{members}]")
