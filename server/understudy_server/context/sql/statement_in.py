"""The statement in a statement: that at the cursor in the body of a trigger or procedure, its parentheses mended."""

from collections.abc import Sequence

from attrs import frozen

from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.repair import mend
from understudy_server.context.sql.routine import routine_at


@frozen
class StatementIn:
    """Tokens to read clause and relations from; `table` is that of the trigger around, empty where there is none."""

    tokens: Sequence[Token]
    table: str = ""


def statement_in(tokens: Sequence[Token], offset: int, dialect: str = "") -> StatementIn:
    """What to read at the offset; `tokens` are the whole statement's, `dialect` helps where parentheses do not balance."""
    routine = routine_at(tokens, offset)
    if routine is None:
        return StatementIn(mend(tokens, offset, dialect))
    return StatementIn(mend(routine.tokens, offset, dialect), routine.table)
