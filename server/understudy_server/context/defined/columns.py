"""What statements that make or change a table say of its columns, read from their tokens; the tables they name are asked."""

from collections.abc import Iterator, Sequence

from attrs import evolve

from understudy_knowledge.catalog import Column
from understudy_knowledge.catalog.family import family_of
from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.relation_tree import Group, keyword_of, nest, text_of
from understudy_server.context.sql.relations import output_names, visible_relations
from understudy_server.context.sql.select_list import split_commas
from understudy_server.context.tables import Tables

Items = Sequence[Token | Group]
CONSTRAINTS = frozenset(
    "CONSTRAINT PRIMARY FOREIGN UNIQUE CHECK INDEX KEY EXCLUDE LIKE PERIOD FULLTEXT SPATIAL PARTITION".split()
)
"""Words with which an element of a list of columns is none."""
_ENDS_TYPE = frozenset(
    "NOT NULL PRIMARY UNIQUE DEFAULT REFERENCES CHECK CONSTRAINT COLLATE GENERATED COMMENT AUTO_INCREMENT AUTOINCREMENT IDENTITY "
    "ENCODE OPTIONS AS KEY ON".split()
)
OPTIONAL = frozenset(("IF", "NOT", "EXISTS", "ONLY"))
"""What may stand before the name of what is made or changed."""
# What makes a table as another one is.
_COPIES = frozenset(("LIKE", "CLONE", "COPY"))
_OPENS_QUERY = frozenset(("SELECT", "WITH", "FROM", "VALUES"))
_ANGLES = frozenset(("<", ">", ">>", "<>"))
# Modules of SQLite whose arguments are columns.
_LISTING_MODULES = frozenset(("FTS3", "FTS4", "FTS5", "RTREE"))


def created_columns(tokens: Sequence[Token], tables: Tables) -> tuple[Column, ...] | None:
    """The columns of what a CREATE, a DECLARE @t TABLE, an ALTER VIEW ... AS or a SELECT ... INTO makes; None where it does not say."""
    if not tokens:
        return None
    items = nest(tokens, tokens[-1].end).items
    if keyword_of(items[0]) == "DECLARE":
        listed = next((item for item in items if isinstance(item, Group)), None)
        return tuple(declared(listed.items)) if listed else None
    if keyword_of(items[0]) not in ("CREATE", "ALTER"):
        return _without_key(_selected(tokens, tables))
    head = behind_path(items)
    rest = items[head:]
    words = [keyword_of(item) for item in rest]
    if (copied := _copied(rest, words)) is not None:
        return columns_of(tables, path_at(rest, copied))
    listed = rest[0] if rest and isinstance(rest[0], Group) and not rest[0].is_query else None
    if "AS" in words or not _OPENS_QUERY.isdisjoint(words[:2]):
        behind = rest[words.index("AS") + 1 :] if "AS" in words else rest
        if keyword_of(behind[0] if behind else None) == "TABLE":
            selected = columns_of(tables, path_at(behind, 1))
        else:
            selected = _selected(tokens, tables)
        own = tuple(declared(listed.items, tables)) if listed else ()
        adds = "AS" not in words or (selected is not None and len(own) != len(selected))
        named = _named(own, selected, adds) if own else selected
        is_view = "VIEW" in [keyword_of(item) for item in items[:head]]
        return named if is_view else _without_key(named)
    group = listed or next((item for item in rest if isinstance(item, Group)), None)
    if group is None or group.is_query:
        return _without_key(_selected(tokens, tables))
    if keyword_of(items[1]) == "VIRTUAL" and group.opener not in _LISTING_MODULES:
        return None
    return (*_inherited(rest, words, tables), *declared(group.items, tables))


def behind_path(items: Items) -> int:
    """Index of what follows the table's or view's name; 0 where none of both words stands at the beginning."""
    at = next((index + 1 for index, item in enumerate(items) if item.keyword in ("TABLE", "VIEW")), 0)
    while at and at < len(items) and items[at].keyword in OPTIONAL:
        at += 1
    while at and at < len(items):
        at += 1
        if at >= len(items) or items[at].text != ".":
            return at
        while at < len(items) and items[at].text == ".":
            at += 1
    return at


def path_at(items: Items, at: int) -> str:
    """The dotted path that begins at the index, empty where none does."""
    parts: list[str] = []
    while at < len(items) and (name := items[at]) and isinstance(name, Token) and name.name:
        parts.append(name.name)
        at += 1
        if at >= len(items) or items[at].text != ".":
            break
        while at < len(items) and items[at].text == ".":
            at += 1
    return ".".join(parts)


def _copied(rest: Items, words: Sequence[str]) -> int | None:
    """Where the path of the table begins that this one is made like, or a partition of."""
    if words[:1] and words[0] in _COPIES:
        return 1
    if words[:2] in (["DEEP", "CLONE"], ["SHALLOW", "CLONE"], ["PARTITION", "OF"]):
        return 2
    return None


def columns_of(tables: Tables, path: str) -> tuple[Column, ...] | None:
    """Those of the table that the path means; None where it is not known or nobody knows its columns."""
    table = tables.table(path) if path else None
    return table.columns or None if table else None


def _selected(tokens: Sequence[Token], tables: Tables) -> tuple[Column, ...] | None:
    """The columns of the query; those that are plainly a table's have its types."""
    names = output_names(tokens, tables)
    if names is None:
        return None
    seen = [tables.table(one.table) for one in visible_relations(tokens, tokens[-1].end, tables) if one.table]
    found = ((name, [table.column(name) for table in seen if table]) for name in names)
    return tuple(next((column for column in columns if column), Column(name)) for name, columns in found)


def _without_key(columns: tuple[Column, ...] | None) -> tuple[Column, ...] | None:
    """The columns as a table has them that was filled by a query: it has no key."""
    if columns is None:
        return None
    return tuple(evolve(each, primary_key=False) if each.primary_key else each for each in columns)


def _named(own: tuple[Column, ...], selected: tuple[Column, ...] | None, adds: bool) -> tuple[Column, ...]:
    """The selected columns by the names of the list in front of the query, or added to it, as MySQL does where it has types."""
    if selected is None:
        return own
    if adds and all(column.type for column in own):
        names = {column.name.lower() for column in own}
        return (*own, *(column for column in selected if column.name.lower() not in names))
    renamed = (
        given if given.type else evolve(column, name=given.name)
        for given, column in zip(own, selected, strict=False)
    )
    return (*renamed, *own[len(selected) :], *selected[len(own) :])


def _inherited(rest: Items, words: Sequence[str], tables: Tables) -> Iterator[Column]:
    """The columns of the tables behind INHERITS."""
    parents = rest[words.index("INHERITS") + 1] if "INHERITS" in words[:-1] else None
    if isinstance(parents, Group):
        for element in split_commas(parents.items):
            yield from columns_of(tables, path_at(element, 0)) or ()


def declared(items: Items, tables: Tables | None = None) -> Iterator[Column]:
    """The columns of a list such as (a INT NOT NULL, b TEXT, PRIMARY KEY (a), LIKE t)."""
    for element in _elements(items):
        first = element[0] if element else None
        if tables is not None and keyword_of(first) == "LIKE":
            yield from columns_of(tables, path_at(element, 1)) or ()
        if not isinstance(first, Token) or not first.name or first.keyword in CONSTRAINTS:
            continue
        if text_of(element[1] if len(element) > 1 else None) == "=":  # an option of a module
            continue
        written = ""
        for item in element[1:]:
            if keyword_of(item) in _ENDS_TYPE:
                break
            written += f"({_inside(item)})" if isinstance(item, Group) else f" {item.text}"
        written = written.strip()
        words = {keyword_of(item) for item in element}
        key = "PRIMARY" in words
        yield Column(
            first.name, written, not key and "NOT" not in words, key, family=family_of(written, first.name)
        )


def _elements(items: Items) -> Iterator[list[Token | Group]]:
    """The elements of a list of columns; the commas between the `<` and `>` of a type part none."""
    element: list[Token | Group] = []
    depth = 0
    for item in items:
        text = item.text
        if text == "," and depth <= 0:
            yield element
            element, depth = [], 0
            continue
        if text in _ANGLES:
            depth += text.count("<") - text.count(">")
        element.append(item)
    yield element


def _inside(group: Group) -> str:
    return "".join(text_of(item) for item in group.items)
