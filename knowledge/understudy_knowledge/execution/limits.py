"""How much one run may take."""

from attrs import frozen

MEGABYTE = 1024 * 1024


@frozen
class Limits:
    """The first limit reached ends the run; there is no partial result.

    `seconds` is wall time in the engine; waiting for a free worker does not count. `rows` and `bytes` hold for the whole
    result, `row_bytes` for one row and for any one text or blob on the way to it. `memory` is bytes that a worker may use
    on top of what it needs to start; a worker is started for one `memory` and replaced when another is asked for.
    """

    seconds: float = 5.0
    rows: int = 10_000
    bytes: int = 16 * MEGABYTE
    row_bytes: int = MEGABYTE
    memory: int = 1024 * MEGABYTE
