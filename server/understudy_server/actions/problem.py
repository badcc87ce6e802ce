"""What diagnostics say of one place."""

from typing import Literal

from attrs import frozen

from understudy_server.context.query_context import Span


@frozen
class Problem:
    """One finding. `span` is in bytes of the document; `meant` is the name that was probably meant, as the catalog has it."""

    span: Span
    message: str
    kind: Literal[
        "syntax",
        "unknown table",
        "unknown column",
        "ambiguous column",
        "misplaced aggregate",
        "ungrouped column",
        "type",
        "dialect",
        "gold suspect",
        "not known",
    ]
    meant: str | None = None
    changes: Span | None = None
    """What `meant` goes in place of, where that is not all that is underlined: of `a.total` the `a`."""
    instead: tuple[str, ...] = ()
    """What may stand there where several things may be meant, as SQL: of an ambiguous `total` `a.total` and `b.total`."""
