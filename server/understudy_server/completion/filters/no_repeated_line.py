"""Small models loop: the same line, or the same few lines, over and over."""

from understudy_server.context.query_context import QueryContext

_LONGEST_LOOP = 6


def no_repeated_line(text: str, context: QueryContext) -> str:
    """The text up to the first lines that say again what the lines right before them said."""
    lines = text.split("\n")
    said = context.prefix.split("\n")[:-1][-_LONGEST_LOOP:]
    keys = [_key(line) for line in said + lines]
    for at in range(len(said) + (0 if _starts_line(context) else 1), len(keys)):
        for length in range(1, _LONGEST_LOOP + 1):
            block = keys[at : at + length]
            if at >= length and block == keys[at - length : at] and any(map(_says_something, block)):
                return "\n".join(lines[: at - len(said)]).rstrip()
    return text


def _starts_line(context: QueryContext) -> bool:
    return not context.prefix.rpartition("\n")[2].strip()


def _key(line: str) -> str:
    return " ".join(line.split()).rstrip(",").lower()


def _says_something(key: str) -> bool:
    """Closing signs and `END` may well stand on several lines in a row."""
    return len(key) > 4 and any(character.isalpha() for character in key)
