"""Named windows of a query."""

from collections.abc import Sequence

from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.relation_tree import Group


def window_names(branch: Sequence[Token | Group]) -> tuple[str, ...]:
    """The names that the WINDOW clause of a query defines, in order, wherever in the query the cursor stands."""
    words = [item.keyword for item in branch]
    if "WINDOW" not in words:
        return ()
    begin = words.index("WINDOW") + 1
    names = []
    for index in range(begin, len(branch) - 1):
        item = branch[index]
        if isinstance(item, Token) and item.name and words[index + 1] == "AS":
            names.append(item.name)
    return tuple(names)
