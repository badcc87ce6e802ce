"""Relations by what the source says where the masked SQL has a name of its own: a tag of Jinja, a variable of a magic.

Knows neither: a masked name is one that the source has with other signs, of the same bytes.
"""

import re
from collections.abc import Sequence

from attrs import evolve

from understudy_server.context.query_context import VisibleRelation
from understudy_server.context.sql.lexer import Token

_MOST_CHARACTERS = 80
_SIGNS = re.compile(rb"[^A-Za-z0-9_]")
# A tag, perhaps left open, or a hole.
_ONE = re.compile(r"\{\{-?(?P<tag>(?:[^{}]|\{[^{}]*\})*?)-?\}{0,2}|\$?\{(?P<hole>[^{}]+)\}", re.DOTALL)
_QUALIFIER = re.compile(rb"(\w+)[ \t]*\.[ \t]*\w*\Z")
_REACH = 300


def by_written_names(
    relations: Sequence[VisibleRelation],
    tokens: Sequence[Token],
    texts: tuple[bytes, bytes],
    cursor: int,
    model: str,
) -> tuple[VisibleRelation, ...]:
    """The relations, those with a masked name by what stands there; `model` is what `{{ this }}` means, empty for nothing.

    `texts` are the source and the same masked, where the tokens and the cursor are. What the cursor's own qualifier means
    keeps its masked name: as such it is looked for.
    """
    source, masked = texts
    if masked == source:
        return tuple(relations)
    wanted = {name for each in relations for name in (each.name, each.table) if name and "_" in name}
    if qualifier := _QUALIFIER.search(masked, max(cursor - _REACH, 0), cursor):
        wanted.discard(qualifier[1].decode("utf-8", "replace"))
    names: dict[str, str] = {}
    for token in tokens:
        if token.name in wanted and token.name not in names:
            raw = source[token.start : token.end]
            if raw != masked[token.start : token.end] and _SIGNS.sub(b"_", raw) == token.text.encode():
                names[token.name] = _written(raw.decode("utf-8", "replace"), model)
    if not names:
        return tuple(relations)
    return tuple(
        evolve(each, name=names.get(each.name, each.name), table=names.get(each.table or "", each.table))
        for each in relations
    )


def _written(raw: str, model: str) -> str:
    """What stands in the one tag or hole; all of it where there is more, or nothing in it."""
    one = _ONE.fullmatch(raw)
    inner = (one["tag"] or one["hole"] or "").strip() if one else ""
    if inner == "this" and model:
        return model
    return " ".join((inner or raw).split())[:_MOST_CHARACTERS]
