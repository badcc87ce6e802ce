"""A select list and the names that it yields."""

from collections.abc import Iterator, Mapping, Sequence

from understudy_server.context.query_context import VisibleRelation
from understudy_server.context.sql.from_item import FromItem
from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.relation_tree import SET_OPERATORS, Group, keyword_of, text_of
from understudy_server.context.sql.words import RESERVED

Items = Sequence[Token | Group]
_ENDS = (
    frozenset("FROM WHERE GROUP HAVING ORDER LIMIT OFFSET QUALIFY WINDOW FETCH INTO".split()) | SET_OPERATORS
)
_DROPS = frozenset(("EXCEPT", "EXCLUDE"))
# Before these a word is no alias but an operand, and these are none themselves.
_OPERATORS = RESERVED | frozenset(
    "OVER COLLATE ESCAPE ZONE ILIKE SIMILAR GLOB REGEXP RLIKE DIV MOD NULLS RESPECT IGNORE".split()
)
_NO_NAMES = frozenset("END NULL TRUE FALSE NULLS FIRST LAST ASC DESC".split())
_MOST_COLUMNS = 10_000
"""What no database lets a query yield: a `*` of a `*` of a `*` grows without end."""
_UNITS = frozenset("YEAR QUARTER MONTH WEEK DAY HOUR MINUTE SECOND".split())


def select_list(branch: Items, word: str = "SELECT") -> Items | None:
    """What stands between SELECT (or RETURNING) and the next clause; None without the word."""
    begin = next((index + 1 for index, item in enumerate(branch) if item.keyword == word), None)
    if begin is None:
        return None
    while begin < len(branch) and keyword_of(branch[begin]) in (
        "DISTINCT",
        "ALL",
        "TOP",
        "SQL_CALC_FOUND_ROWS",
    ):
        top = keyword_of(branch[begin]) == "TOP"
        begin += 1
        following = branch[begin] if begin < len(branch) else None
        if keyword_of(following) == "ON" or top:
            begin += 1 + (keyword_of(following) == "ON")
            begin += begin < len(branch) and keyword_of(branch[begin]) == "PERCENT"
    if begin + 1 < len(branch) and keyword_of(branch[begin]) == "AS":  # AS STRUCT, AS VALUE
        begin += 2
    for index in range(begin, len(branch)):
        word = branch[index].keyword
        ends = word in _ENDS and not _is_name(branch, index)
        if ends and not (word == "EXCEPT" and text_of(branch[index - 1]) == "*"):
            return branch[begin:index]
    return branch[begin:]


def names_of(
    listed: Items, relations: Sequence[VisibleRelation], items: Sequence[FromItem]
) -> tuple[str, ...] | None:
    """The names that a select list yields; expressions without alias have none. None where `*` is not known or too much."""
    names: list[str] = []
    for element in split_commas(listed):
        columns = _names_of_element(element, relations, items)
        if columns is None or len(names) + len(columns) > _MOST_COLUMNS:
            return None
        names += columns
    return tuple(names)


def given_names(
    listed: Items, relations: Sequence[VisibleRelation], items: Sequence[FromItem]
) -> tuple[str, ...]:
    """The names that a select list gives for certain: what a `*` that is not known stands for is left out."""
    given: dict[str, None] = {}
    for element in split_commas(listed):
        given.update(dict.fromkeys(_names_of_element(element, relations, items) or ()))
        if len(given) > _MOST_COLUMNS:
            break
    return tuple(given)


def all_columns(
    relations: Sequence[VisibleRelation], items: Sequence[FromItem], wanted: str = ""
) -> list[str] | None:
    """What `*` stands for, or `wanted.*`; a column that a join merges comes once. None where a relation is unknown."""
    merged = {name.lower() for item in items for name in item.using}
    natural = {
        item.alias.lower() or item.path[-1].lower()
        for item in items
        if item.natural and (item.alias or item.path)
    }
    names: list[str] = []
    have: set[str] = set()
    found = False
    for relation in relations:
        if wanted and relation.name.lower() != wanted:
            continue
        found = True
        if relation.columns is None:
            return None
        for column in relation.columns:
            lower = column.lower()
            once = lower in merged or relation.name.lower() in natural
            if not (once and lower in have and not wanted):
                names.append(column)
        if len(names) > _MOST_COLUMNS:
            return None
        have |= {column.lower() for column in relation.columns}
    return names if found else None


def split_commas(items: Items) -> list[list[Token | Group]]:
    """The elements of a list, the commas left out."""
    parts: list[list[Token | Group]] = [[]]
    for item in items:
        if item.text == ",":
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


def _is_name(branch: Items, index: int) -> bool:
    """Whether the word is a column behind its dot, as in `t.order`."""
    before, here = (branch[index - 1] if index else None), branch[index]
    return isinstance(before, Token) and before.text == "." and before.end == here.start


def _names_of_element(
    element: list[Token | Group], relations: Sequence[VisibleRelation], items: Sequence[FromItem]
) -> list[str] | None:
    star = _star(element)
    if star is not None:
        return _expanded(element, star, relations, items)
    last = element[-1] if element else None
    if not isinstance(last, Token):
        return []
    before = element[-2] if len(element) > 1 else None
    if keyword_of(before) == "AS" and (last.name or last.kind == "string"):
        return [last.name or last.text.strip("'")]
    if not last.name or last.keyword in _NO_NAMES or last.keyword in RESERVED:
        return []
    if before is None or text_of(before) == ".":
        return [last.name] if _is_path(element) else []
    if last.keyword in _UNITS and len(element) > 2 and keyword_of(element[-3]) == "INTERVAL":
        return []
    if isinstance(before, Group):
        return [last.name]
    operand = before.kind != "punctuation" or before.text == "]"
    ends_case = before.keyword in ("END", "NULL", "TRUE", "FALSE")
    return [last.name] if operand and (ends_case or before.keyword not in _OPERATORS) else []


def _is_path(element: Items) -> bool:
    """Whether the element is one column, qualified or not."""
    return all((text_of(item) == ".") == bool(index % 2) for index, item in enumerate(element))


def _star(element: Items) -> int | None:
    """Index of a `*` that stands for columns; a product has an operand before it."""
    for index, item in enumerate(element):
        if item.text == "*" and (index == 0 or text_of(element[index - 1]) == "."):
            return index
    return None


def _expanded(
    element: Items, star: int, relations: Sequence[VisibleRelation], items: Sequence[FromItem]
) -> list[str] | None:
    owner = element[star - 2] if star >= 2 else None
    names = all_columns(relations, items, owner.name.lower() if isinstance(owner, Token) else "")
    if names is None:
        return None
    dropped: set[str] = set()
    renamed: dict[str, str] = {}
    for word, listed in _modifiers(element[star + 1 :]):
        if word in _DROPS:
            dropped |= {item.name.lower() for item in listed if isinstance(item, Token) and item.name}
        elif word == "RENAME":
            renamed.update(_renamings(listed))
        elif word not in ("REPLACE", ""):
            return None  # ILIKE and LIKE choose by pattern
    return [renamed.get(name.lower(), name) for name in names if name.lower() not in dropped]


def _modifiers(items: Items) -> Iterator[tuple[str, Items]]:
    """(word, what it lists) of each modifier behind a star; one name needs no parenthesis."""
    index = 0
    while index < len(items):
        word = keyword_of(items[index])
        following = items[index + 1] if index + 1 < len(items) else None
        if isinstance(following, Group):
            yield word, following.items
            index += 2
        elif word == "RENAME":
            yield word, items[index + 1 : index + 4]
            index += 4
        else:
            yield word, [following] if following is not None else []
            index += 2


def _renamings(listed: Items) -> Mapping[str, str]:
    found = {}
    for element in split_commas(listed):
        if len(element) >= 3 and isinstance(element[0], Token) and isinstance(element[-1], Token):
            found[element[0].name.lower()] = element[-1].name
    return found
