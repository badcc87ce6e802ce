"""Named windows of a query."""

from collections.abc import Sequence

from understudy_server.context.relation_tree import Group
from understudy_server.context.sql_lexer import Token


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
