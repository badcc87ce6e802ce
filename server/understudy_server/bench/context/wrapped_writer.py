"""Writes a query into Python source piece by piece, and notes where each character of it stands."""

import random
import unicodedata

from attrs import define, field, frozen


@frozen
class Unit:
    """One piece of the query at document offsets [start, end): a character, or what a hole will be filled with."""

    start: int
    end: int
    text: str
    hole: bool = False


@define
class Writer:
    """The source so far, and the pieces of the query in it."""

    out: bytearray = field(factory=bytearray)
    units: list[Unit] = field(factory=list)

    def code(self, text: str) -> None:
        """What is no part of the query."""
        self.out += text.encode()

    def unit(self, written: str, text: str, *, hole: bool = False) -> None:
        """A piece of the query, as it is written."""
        start = len(self.out)
        self.out += written.encode()
        self.units.append(Unit(start, len(self.out), text, hole))


def write_literal(
    writer: Writer, text: str, quote: str, draw: random.Random, *, prefix: str = "", doubled: str = ""
) -> None:
    """The text in one literal; characters of `doubled` are written twice."""
    writer.code(prefix + quote)
    write_content(writer, text, quote, draw, raw="r" in prefix.lower(), doubled=doubled)
    writer.code(quote)


def write_content(
    writer: Writer, text: str, quote: str, draw: random.Random, *, raw: bool = False, doubled: str = ""
) -> None:
    """The text between quotes; what the quote demands is escaped, and other characters now and then."""
    in_string = False
    for place, mark in enumerate(text):
        in_string ^= mark == "'"
        if raw:
            writer.unit(mark, mark)
        elif mark in doubled:
            writer.unit(mark * 2, mark)
        elif (
            mark == "\\"
            or (
                mark == quote[0]
                and (
                    len(quote) == 1
                    or draw.random() < 0.5
                    or place + 1 == len(text)
                    or text[place + 1] == mark
                )
            )
            or (mark == quote[0] and place > 0 and text[place - 1] == mark)
        ):
            writer.unit("\\" + mark, mark)
        elif mark == "\n" and len(quote) == 1:
            writer.unit("\\n", mark)
        elif mark == "\t":
            writer.unit(draw.choice(("\t", "\\t")), mark)
        else:
            if mark == " " and draw.random() < 0.01:
                writer.code("\\\n")
            free = in_string or ord(mark) > 127 or mark in " ,()=<>"
            escaped = draw.random() < (0.3 if ord(mark) > 127 else 0.03) and free
            writer.unit(_escape(mark, draw) if escaped else mark, mark)


def _escape(mark: str, draw: random.Random) -> str:
    code = ord(mark)
    ways = [f"\\U{code:08x}"]
    if code < 0x10000:
        ways.append(f"\\u{code:04X}")
    if code < 0x100:
        ways += [f"\\x{code:02x}", f"\\{code:03o}"]
    if name := unicodedata.name(mark, ""):
        ways.append(f"\\N{{{name}}}")
    return draw.choice(ways)
