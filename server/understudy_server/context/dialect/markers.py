"""What a text says outright of its dialect: a comment that names it, its file's suffix, the folder it lies in."""

import re
from functools import lru_cache
from urllib.parse import unquote

from understudy_server.context.dialect.names import dialect_named

HEAD_BYTES = 2_000
_FOLDERS = 3

_MARKER = re.compile(
    rb"""(?:--|\#|/\*)[ \t]*(?:sql[ ]?)?(?:sqlfluff:dialect|dialect|language)[ \t]*[:=][ \t]*([\w -]{2,20}?)[ \t]*(?:\*/|\r|\n|\Z|,|;)
      | \bMODEL[ ]*\([^)]{0,600}?\bdialect[ ]+(\w+)""",
    re.IGNORECASE | re.VERBOSE,
)


@lru_cache(64)
def marker_in(head: bytes) -> str:
    """The dialect that a comment or a SQLMesh header names; empty where none does."""
    for match in _MARKER.finditer(head):
        if found := dialect_named((match.group(1) or match.group(2)).decode("ascii", "ignore")):
            return found
    return ""


@lru_cache(256)
def marker_of_name(name: str) -> str:
    """The dialect that a path or URI says: `x.duckdb.sql`, `x.pgsql`, or one of the three folders above it; else empty."""
    *folders, file = path_of(name).split("/")
    stem, *suffixes = file.lower().split(".")
    for suffix in reversed(suffixes):
        if found := dialect_named(suffix):
            return found
    # `schema_postgres.sql`, `postgres.sql`
    for word in reversed(re.split(r"[-_ ]", stem)):
        if suffixes and suffixes[-1] == "sql" and (found := dialect_named(word)):
            return found
    return next((found for folder in folders[: -_FOLDERS - 1 : -1] if (found := dialect_named(folder))), "")


def path_of(name: str) -> str:
    """The path in a document's name, with forward slashes: a URI without its scheme, authority and fragment."""
    scheme, colon, rest = name.partition(":")
    if colon and len(scheme) > 1 and rest.startswith("/"):
        path = unquote(rest.partition("#")[0])
        return "/" + path[2:].partition("/")[2] if path.startswith("//") else path
    return name.replace("\\", "/")
