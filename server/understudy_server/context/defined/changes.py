"""What ALTER and RENAME make of a table that is there already, read from their tokens."""

from collections.abc import Sequence

from attrs import evolve

from understudy_knowledge.catalog import Column
from understudy_server.context.defined.columns import CONSTRAINTS, OPTIONAL, behind_path, declared, path_at
from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.relation_tree import Group, keyword_of, nest
from understudy_server.context.sql.select_list import split_commas

Items = Sequence[Token | Group]
_ACTIONS = frozenset("ADD DROP RENAME CHANGE MODIFY ALTER OWNER SET ATTACH DETACH".split())
_PARTS = frozenset("COLUMN INDEX KEY CONSTRAINT PARTITION VALUE ATTRIBUTE".split())


def renames_table(tokens: Sequence[Token]) -> bool:
    """Whether an ALTER TABLE gives the table itself another name."""
    return any(
        token.keyword == "RENAME" and _new_name(tokens, index + 1) > 0 for index, token in enumerate(tokens)
    )


def redefines_view(tokens: Sequence[Token]) -> bool:
    """Whether it is an ALTER VIEW that gives another query."""
    words = [token.keyword for token in tokens]
    return "VIEW" in words[:3] and "AS" in words


def renamed_from(tokens: Sequence[Token], at: int) -> str:
    """The dotted path of what a statement calls by the name at the index from then on; empty where it is no such name."""
    if not tokens or tokens[0].keyword not in ("ALTER", "RENAME"):
        return ""
    if tokens[0].keyword == "ALTER":
        rename = next((index for index in (at - 1, at - 2) if tokens[index].keyword == "RENAME"), 0)
        if not rename or _new_name(tokens, rename + 1) != at:
            return ""
        begin = next((index + 1 for index in range(rename) if tokens[index].keyword in ("TABLE", "VIEW")), 0)
        while begin and tokens[begin].keyword in OPTIONAL:
            begin += 1
        return path_at(tokens[:rename], begin) if begin else ""
    begin = at - 1
    if tokens[begin].keyword != "TO":
        return ""
    while (
        begin > 0 and tokens[begin - 1].text != "," and tokens[begin - 1].keyword not in ("TABLE", "EXISTS")
    ):
        begin -= 1
    return path_at(tokens[: at - 1], begin)


def _new_name(tokens: Sequence[Token], index: int) -> int:
    """Where the table's new name stands behind RENAME; 0 where something of the table is renamed."""
    index += index < len(tokens) and tokens[index].keyword in ("TO", "AS")
    if index >= len(tokens) or not tokens[index].name or tokens[index].keyword in _PARTS:
        return 0
    # RENAME a TO b renames a column.
    return 0 if index + 1 < len(tokens) and tokens[index + 1].keyword == "TO" else index


def altered(columns: tuple[Column, ...], tokens: Sequence[Token]) -> tuple[Column, ...]:
    """The columns behind an ALTER TABLE: ADD, DROP, RENAME, CHANGE and MODIFY, each with several in a row."""
    if not tokens:
        return columns
    items = nest(tokens, tokens[-1].end).items
    action = ""
    for element in split_commas(items[behind_path(items) :]):
        if keyword_of(element[0] if element else None) == "WITH":  # T-SQL's WITH CHECK ADD
            element = element[2:]
        word = keyword_of(element[0] if element else None)
        # T-SQL writes the word once: ADD a INT, b INT.
        action = word if word in _ACTIONS else action
        columns = _acted(columns, action, _operands(element, int(word in _ACTIONS)))
    return columns


def _operands(element: Items, at: int) -> Items:
    while at < len(element) and keyword_of(element[at]) in ("COLUMN", "COLUMNS", *OPTIONAL):
        at += 1
    first = element[at] if at < len(element) else None
    return first.items if isinstance(first, Group) else element[at:]


def _acted(columns: tuple[Column, ...], action: str, operands: Items) -> tuple[Column, ...]:
    """The columns after one action; those of constraints and the like change none."""
    first = operands[0] if operands else None
    if not isinstance(first, Token) or not first.name or first.keyword in CONSTRAINTS:
        return columns
    name = first.name.lower()
    if action == "ADD":
        known = {column.name.lower() for column in columns}
        return (*columns, *(each for each in declared(operands) if each.name.lower() not in known))
    if action == "DROP":
        gone = {_name(element[0]).lower() for element in split_commas(operands) if element}
        return tuple(column for column in columns if column.name.lower() not in gone)
    if action == "RENAME" and len(operands) > 2 and keyword_of(operands[1]) == "TO":
        new = _name(operands[2])
        return tuple(evolve(each, name=new) if each.name.lower() == name else each for each in columns)
    if action in ("CHANGE", "MODIFY"):
        made = next(declared(operands[action == "CHANGE" :]), None)
        return tuple(made if made and each.name.lower() == name else each for each in columns)
    return columns


def _name(item: Token | Group) -> str:
    return item.name if isinstance(item, Token) else ""
