"""Characters that a reader cannot see but a database or an editor would act on."""

import re
import unicodedata

from understudy_server.context.query_context import QueryContext

_PLAIN = re.compile(r"[\n\t -~]*")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


def strip_hidden_characters(text: str, context: QueryContext) -> str:
    """Drops controls, zero-width and direction marks; every line break is a newline, every kind of blank a space."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_seen(character) for character in text)


def _seen(character: str) -> str:
    if character in "\n\t" or " " <= character <= "~":
        return character
    category = unicodedata.category(character)
    if category in _HIDDEN:
        return ""
    if category == "Zs":
        return " "
    return "\n" if category in {"Zl", "Zp"} else character
