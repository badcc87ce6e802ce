"""The dialect of a whole document, for what looks at all of its statements at once."""

from collections.abc import Sequence
from typing import Literal

from understudy_server.context.dialect.code import HEAD_BYTES, dialect_of_code
from understudy_server.context.dialect.decision import DialectHints, decide_dialect
from understudy_server.context.dialect.markers import HEAD_BYTES as MARKER_BYTES

Source = tuple[bytes, Literal["sql", "python"]]


def dialect_of_document(hints: DialectHints, source: Source, name: str, beside: Sequence[Source] = ()) -> str:
    """What its statements are read as. `beside` are the other cells of its notebook, `name` is its path or URI.

    Python says it by what it imports and connects to, if that is one database only; SQL also by how its beginning is written.
    """
    if settled := hints.settled:
        return settled[0]
    text, language = source
    code = [other[:HEAD_BYTES] for other, written_in in beside if written_in == "python"]
    if language == "python":
        imported = dialect_of_code((*code, text[:HEAD_BYTES]))
        return decide_dialect(hints, b"", name=name, head=text[:MARKER_BYTES], imported=imported)[0]
    imported = dialect_of_code(code) if code else ""
    return decide_dialect(hints, text, name=name, head=text[:MARKER_BYTES], imported=imported)[0]
