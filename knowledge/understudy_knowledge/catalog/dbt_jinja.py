"""A dbt model's Jinja made into plain SQL: references by name, the first branch of every choice, unknown values marked."""

import re

_TAG = re.compile(
    r"\{#.*?#\}|\{%-?\s*(?P<word>\w+)(?P<rest>(?:'[^']*'|\"[^\"]*\"|[^%'\"]|%(?!\}))*?)-?%\}|\{\{-?(?P<value>.*?)-?\}\}",
    re.DOTALL,
)
_REF = re.compile(r"\bref\(\s*(?P<arguments>[^)]*)\)")
_SOURCE = re.compile(r"\bsource\(\s*(?P<arguments>[^)]*)\)")
_STRING = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_HIDING = {"macro": "endmacro", "docs": "enddocs", "test": "endtest", "materialization": "endmaterialization"}
UNKNOWN = "jinja_value"
"""Stands where only running the project would tell what does."""


def plain_sql(text: str) -> str:
    """The SQL that is left. `ref` gives the model's name and `source` the table's, as they are known by in the catalog."""
    parts: list[str] = []
    end = 0
    hidden: list[str] = []  # the words that end what is left out
    for tag in _TAG.finditer(text):
        if not hidden:
            parts.append(text[end : tag.start()])
        end = tag.end()
        word, rest = tag["word"] or "", tag["rest"] or ""
        if word:
            hidden = _hidden(word, rest, hidden)
        elif tag["value"] is not None and not hidden:
            parts.append(_value(tag["value"]))
    if not hidden:
        parts.append(text[end:])
    return "".join(parts)


def references(text: str) -> tuple[str, ...]:
    """The names of the models that the text refers to, in order."""
    return tuple(dict.fromkeys(name for match in _REF.finditer(text) if (name := _last_string(match))))


def last_reference(text: str) -> str:
    """The table that `ref('x')` or `source('a', 'b')` means; empty where the text is neither."""
    match = _REF.search(text) or _SOURCE.search(text)
    return _last_string(match) if match else ""


def _hidden(word: str, rest: str, hidden: list[str]) -> list[str]:
    """What is left out behind a tag: the other branches of an `if`, and blocks that are no part of the query."""
    if hidden and word == hidden[-1]:
        return hidden[:-1]
    if word in ("else", "elif") and (not hidden or hidden[-1] != "endif"):
        return [*hidden, "endif"]
    if word in ("else", "elif"):
        return hidden
    if hidden and word == "if":
        return [*hidden, "endif"]
    if word in _HIDING:
        return [*hidden, _HIDING[word]]
    if word == "set" and "=" not in rest:
        return [*hidden, "endset"]
    return hidden


def _value(expression: str) -> str:
    if name := last_reference(expression):
        return name
    called = expression.strip()
    if called.startswith(("config", "log(", "print(")):
        return ""
    return "this" if called == "this" else UNKNOWN


def _last_string(match: re.Match[str]) -> str:
    """The last argument that is a name: a first one names the package or the source, `v=2` the version."""
    found = [one or other for one, other in _STRING.findall(match["arguments"])]
    return found[-1] if found else ""
