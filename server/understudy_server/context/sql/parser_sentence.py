"""What sqlglot's parser says of broken SQL, without its own terms."""

import re
from collections.abc import Mapping
from typing import Any


def parser_sentence(details: Mapping[str, Any]) -> str:
    """A few words without a full stop; `details` is one entry of a ParseError's `errors`, empty where it has none."""
    said = str(details.get("description") or "this cannot be read as SQL").strip().rstrip(".")
    # "Required keyword: 'this' missing for <class '…query.Where'>" says it in the parser's own terms.
    if said.startswith("Required keyword"):
        after = details.get("highlight")
        return f"something is missing after {after}" if after else "something is missing"
    # "Expected table name but got <Token token_type: …>" prints the parser's own object; the place says where it is.
    return re.sub(r"(?: but got)?\s*<.*", "", said, flags=re.DOTALL) or "this cannot be read as SQL"
