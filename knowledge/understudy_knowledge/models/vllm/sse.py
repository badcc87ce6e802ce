"""Server-sent events: from bytes as they come to the data of each event. Knows nothing of what the data means."""

from collections.abc import Iterator


class EventReader:
    """Feed it chunks cut anywhere; it gives the `data` of every event that is complete.

    Lines end with \\n, \\r\\n or \\r as the standard says, and with nothing else: a U+2028 inside JSON is no line end.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The data of the events that this chunk completes."""
        text = self._rest + chunk
        # A \r at the very end may be half of \r\n; it waits for the next chunk.
        held = b"\r" if text.endswith(b"\r") else b""
        *lines, last = (
            text[: len(text) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        )
        self._rest = last + held
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[5:].removeprefix(b" "))
            elif not line and self._data:
                yield b"\n".join(self._data)
                self._data = []
