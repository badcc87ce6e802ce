"""A statement as normalized tokens: what is left to compare when it does not parse. Knows no grammar."""

import re
from functools import cache

_TOKEN = re.compile(
    r"""(?P<skip>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<value>'(?:[^']|'')*(?:'|\Z)|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|[:$@]\w+|%s|%\(\w+\)s|\?)
    |(?P<name>"(?:[^"]|"")*(?:"|\Z)|`[^`]*(?:`|\Z)|\[[^\]\s]*\])
    |(?P<word>[^\W\d]\w*)
    |(?P<sign><>|!=|<=|>=|\|\||::|.)""",
    re.VERBOSE | re.DOTALL,
)
_MOST_CHARACTERS = 100_000
_MOST_NESTING = 150


def too_deep(sql: str) -> bool:
    """Whether a recursive parser should not be given this: too long, or nested deeper than people nest."""
    if len(sql) > _MOST_CHARACTERS:
        return True
    depth = deepest = 0
    for sign in re.findall(r"[()\[\]]|\b(?:CASE|NOT|END)\b|[-+~]\s*(?=[-+~])", sql, re.IGNORECASE):
        depth = max(0, depth + (-1 if sign in ")]" or sign.upper() == "END" else 1))
        deepest = max(deepest, depth)
        if sign.upper() == "NOT":
            depth -= 1
    return deepest > _MOST_NESTING or _chain(sql) > _MOST_NESTING


def _chain(sql: str) -> int:
    """Length of the longest run of prefix operators, which nest without parentheses."""
    runs = re.finditer(r"(?:(?:\bNOT\b|[-+~])\s*){8,}", sql, re.IGNORECASE)
    return max((len(re.findall(r"NOT|[-+~]", run.group(), re.IGNORECASE)) for run in runs), default=0)


def masked_tokens(sql: str, *, keep_names: bool) -> str:
    """Tokens joined by one space: values as `?`, keywords upper-cased, names lower-cased or, if not kept, as `_`."""
    parts: list[str] = []
    keywords = _keywords()
    for match in _TOKEN.finditer(sql):
        kind, text = match.lastgroup, match.group()
        if kind == "word":
            raised = text.upper()
            called = sql[match.end() : match.end() + 1] == "("
            parts.append(raised if raised in keywords or called else text.lower() if keep_names else "_")
        elif kind == "sign":
            parts.append("<>" if text == "!=" else text)
        elif kind == "value":
            parts.append("?")
        elif kind == "name":
            parts.append(text.strip('"`[]').lower() if keep_names else "_")
    joined = " ".join(parts).rstrip("; ")
    return joined if keep_names else re.sub(r"_(?: \. _)+", "_", joined)


@cache
def _keywords() -> frozenset[str]:
    from sqlglot.tokens import Tokenizer  # costs 100 ms where nothing else has loaded it

    return frozenset(
        word for phrase in Tokenizer.KEYWORDS for word in phrase.upper().split() if word.isalpha()
    )
