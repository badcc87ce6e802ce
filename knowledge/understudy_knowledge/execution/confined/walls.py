"""What one job needs to live; everything else is refused."""


class Walls:
    """`readable`: files and folders. `files`: opening files at all; `threads`; `socket`: talking on that open descriptor.

    `memory` is bytes on top of what is used when the walls rise, `seconds` processor time.
    """

    def __init__(
        self,
        *,
        memory: int,
        seconds: float,
        readable: "list[str] | None" = None,
        files: bool = False,
        threads: bool = False,
        socket: "int | None" = None,
    ) -> None:
        self.memory = memory
        self.seconds = seconds
        self.readable = readable or []
        self.files = files
        self.threads = threads
        self.socket = socket
