"""A cursor over the pieces of one statement: words, names and parentheses; comments are not among them."""

import re
from collections.abc import Iterator, Sequence

from attrs import define

from understudy_knowledge.catalog.ddl_changes import Name
from understudy_knowledge.catalog.pieces import Piece, unquoted

_PART = re.compile(r'"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|\'[^\']*\'|[^.]+')


@define
class Reader:
    """Stands before `pieces[at]`; reading past the end gives empty answers, never an error."""

    pieces: Sequence[Piece]
    at: int = 0

    def __bool__(self) -> bool:
        return self.at < len(self.pieces)

    @property
    def piece(self) -> Piece | None:
        """The next piece, not taken."""
        return self.pieces[self.at] if self.at < len(self.pieces) else None

    def word(self, ahead: int = 0) -> str:
        """The piece `ahead` of the next one, upper-cased; empty where it is quoted or there is none."""
        place = self.at + ahead
        if place >= len(self.pieces) or self.pieces[place].kind == "quoted":
            return ""
        return self.pieces[place].text.upper()

    def take(self, *words: str) -> bool:
        """Step over these words if they come next, all of them."""
        if all(self.word(ahead) == word for ahead, word in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def name(self) -> Name | None:
        """The table name that comes next, None where there is none. A namespace stands before the last dot."""
        parts = self._parts()
        return Name(parts[-1], ".".join(parts[:-1])) if parts else None

    def column(self) -> str:
        """The column name that comes next; empty where there is none."""
        parts = self._parts()
        return parts[-1] if parts else ""

    def group(self) -> "Reader | None":
        """What stands in the parentheses that come next, without them; None where none do or they stay open."""
        if self.word() != "(":
            return None
        end = self._closing()
        if end is None:
            return None
        inner = Reader(self.pieces[self.at + 1 : end])
        self.at = end + 1
        return inner

    def columns(self) -> tuple[str, ...]:
        """The names listed in the parentheses that come next."""
        inner = self.group()
        return tuple(name for item in inner.items() if (name := item.column())) if inner else ()

    def items(self) -> Iterator["Reader"]:
        """What stands between the commas that are in no parentheses and in no `STRUCT<…>`."""
        depth = angles = 0
        begin = self.at
        for place in range(self.at, len(self.pieces)):
            piece = self.pieces[place]
            if piece.kind != "code":
                continue
            if piece.text == "(":
                depth += 1
            elif piece.text == ")":
                depth -= 1
            elif piece.text == "," and depth == 0 and angles == 0:
                if place > begin:
                    yield Reader(self.pieces[begin:place])
                begin = place + 1
            elif depth == 0 and (angles or "<" in piece.text):
                angles = max(angles + piece.text.count("<") - piece.text.count(">"), 0)
        if begin < len(self.pieces):
            yield Reader(self.pieces[begin:])

    def skip(self) -> None:
        """Step over one piece, or over a whole parenthesis; one that stays open reaches to the end."""
        if self.word() == "(":
            end = self._closing()
            self.at = len(self.pieces) if end is None else end + 1
        else:
            self.at += 1

    def text(self, begin: int, end: int) -> str:
        """The pieces from `begin` to before `end` as written, white space made one space."""
        words: list[str] = []
        for place in range(begin, min(end, len(self.pieces))):
            piece = self.pieces[place]
            if place > begin and self.pieces[place - 1].end != piece.start:
                words.append(" ")
            words.append(piece.text)
        return "".join(words)

    def string(self) -> str | None:
        """The string that comes next, unquoted, taken; None where none does."""
        piece = self.piece
        if piece is None or piece.kind != "quoted" or piece.text[0] not in "'\"$eE":
            return None
        self.at += 1
        if piece.text[0] == "$":
            tag = piece.text[: piece.text.index("$", 1) + 1]
            return piece.text.removeprefix(tag).removesuffix(tag)
        body = piece.text[1:] if piece.text[0] in "eE" else piece.text
        return body[1:-1].replace(body[0] * 2, body[0])

    def _closing(self) -> int | None:
        depth = 0
        for place in range(self.at, len(self.pieces)):
            text = self.pieces[place].text
            depth += (text == "(") - (text == ")")
            if depth == 0:
                return place
        return None

    def _parts(self) -> tuple[str, ...]:
        """The dotted name that comes next; its pieces touch each other, or a dot stands between them."""
        begin = self.at
        while (piece := self.piece) is not None and piece.text not in ("(", ")", ","):
            previous = self.pieces[self.at - 1] if self.at > begin else None
            touching = previous is None or previous.end == piece.start
            dotted = previous is not None and (previous.text[-1] == "." or piece.text[0] == ".")
            if not touching and not dotted:
                break
            self.at += 1
        written = "".join(piece.text for piece in self.pieces[begin : self.at])
        parts: list[str] = []
        for match in _PART.finditer(written):
            part = match[0].strip("'") if match[0][0] == "'" else unquoted(match[0])
            # BigQuery quotes a whole path at once.
            parts += part.split(".") if match[0][0] == "`" else [part]
        return tuple(part for part in parts if part)
