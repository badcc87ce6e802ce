"""Which functions a statement calls, from its tokens alone, and which of them it may call.

The lists hold what computes a value from values; whatever reads files, settings or other servers, sleeps, locks or runs text as
SQL is not on them. SQLite has none here: its authorizer sees every call as the engine does.
"""

from functools import cache
from pathlib import Path

from sqlglot import Token, TokenType

_FOLDER = Path(__file__).with_name("functions")
_NEVER = ("pg_", "lo_", "dblink", "read_", "duckdb_", "pragma_", "set_config", "query_to", "cursor_to")
# Words that may stand before a parenthesis without calling anything.
_STRUCTURE = frozenset(
    """
    in values over as on and or not when then else from where select union all distinct filter exists using any some lateral with
    recursive by partition within group having intersect except between like ilike similar limit offset case unique window
    materialized is escape set sets rollup cube grouping join cross end desc asc first last fetch only exclude qualify pivot
    unpivot for respect ignore nulls order return returning rows collate div to isnull notnull
    numeric decimal dec varchar nvarchar char character nchar bit time timestamp timestamptz timetz float varbit binary varbinary
    double precision varying zone int integer bigint smallint tinyint text array list struct map enum row
    """.split()
)
_NAMES = frozenset({TokenType.VAR, TokenType.IDENTIFIER})
_QUERY_STARTS = frozenset({"SELECT", "WITH", "VALUES", "("})


@cache
def allowed(dialect: str) -> frozenset[str] | None:
    """The functions a statement may call, in lower case; None where the engine itself is asked."""
    file = _FOLDER / f"{dialect}.txt"
    return frozenset(file.read_text(encoding="ascii").split()) if file.is_file() else None


def forbidden_call(tokens: list[Token], dialect: str) -> str | None:
    """The first function that `tokens` call and that may not be called. Linear in their number."""
    known = allowed(dialect)
    if known is None:
        return None
    ends = _ends(tokens)
    for place, token in enumerate(tokens[:-1]):
        if tokens[place + 1].token_type is not TokenType.L_PAREN or not token.text.isidentifier():
            continue
        name = token.text.lower()
        quoted = token.token_type is TokenType.IDENTIFIER
        if name in known or (name in _STRUCTURE and not quoted) or token.token_type is TokenType.STRING:
            continue
        if name.startswith(_NEVER) or not _names_columns(tokens, place, ends):
            return token.text
    return None


def _names_columns(tokens: list[Token], place: int, ends: dict[int, int]) -> bool:
    """Whether `name (…)` gives a CTE or an alias its columns instead of calling something."""
    end = ends.get(place + 1)
    if end is None:
        return False
    inside = tokens[place + 2 : end]
    if not all(token.token_type in _NAMES or token.token_type is TokenType.COMMA for token in inside):
        return False
    before = tokens[place - 1] if place else None
    if before is not None and (
        before.text.upper() == "AS" or before.token_type in _NAMES or before.token_type is TokenType.R_PAREN
    ):
        return True
    after = [token.text.upper() for token in tokens[end + 1 : end + 5]]
    if not after or after.pop(0) != "AS":
        return False
    while after and after[0] in {"NOT", "MATERIALIZED"}:
        after.pop(0)
    return len(after) > 1 and after[0] == "(" and after[1] in _QUERY_STARTS


def _ends(tokens: list[Token]) -> dict[int, int]:
    """For each opening parenthesis the place of the one that closes it."""
    open_places: list[int] = []
    ends: dict[int, int] = {}
    for place, token in enumerate(tokens):
        if token.token_type is TokenType.L_PAREN:
            open_places.append(place)
        elif token.token_type is TokenType.R_PAREN and open_places:
            ends[open_places.pop()] = place
    return ends
