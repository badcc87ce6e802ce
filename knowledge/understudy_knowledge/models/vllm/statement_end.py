"""Where a streamed SQL statement ends: at the first semicolon that is not inside a literal, a name or a comment."""

_CLOSERS = {"'": "'", '"': '"', "`": "`", "[": "]", "--": "\n", "/*": "*/"}


class StatementEnd:
    """Reads the text before the cursor first, then what the model writes, in pieces cut anywhere."""

    def __init__(self, before: str = "") -> None:
        self._closer = ""
        self._held = ""
        self.complete = False
        while before:
            # A semicolon before the cursor ended another statement.
            before = before[self._read(before) :]
        self.complete = False

    def feed(self, piece: str) -> str:
        """As much of the piece as belongs to the statement, its semicolon included."""
        if self.complete:
            return ""
        taken = self._read(piece)
        return piece[:taken]

    def finish(self) -> str:
        """Nothing is ever held back."""
        return ""

    def _read(self, piece: str) -> int:
        """Read the piece to the statement's end; how many characters of it were read."""
        for place, sign in enumerate(piece, 1):
            pair, self._held = self._held + sign, sign
            if self._closer:
                if self._closer in (sign, pair):
                    self._closer, self._held = "", ""
            elif pair in _CLOSERS:
                self._closer, self._held = _CLOSERS[pair], ""
            elif sign in _CLOSERS:
                self._closer, self._held = _CLOSERS[sign], ""
            elif sign == ";":
                self.complete = True
                return place
        return len(piece)
