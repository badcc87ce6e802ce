"""`*` as the columns it stands for. Only where it is certain which: sqlglot must resolve both texts to the same query."""

from collections.abc import Sequence

from understudy_knowledge.catalog.model import Catalog
from understudy_server.actions.edits import Edit, Snapshot, catalog_for, edit
from understudy_server.actions.meaning import same_meaning
from understudy_server.actions.statements import SourceStatement
from understudy_server.actions.written_names import written
from understudy_server.context.query_context import Span, VisibleRelation
from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.relations import visible_relations

_LINE = 100
_CONTINUED = " " * len("SELECT ")
# These merge or drop columns, or bring ones that the catalog does not tell.
_UNSURE = frozenset(("NATURAL", "SEMI", "ANTI", "PIVOT", "UNPIVOT", "USING", "VIEW"))
_BEGINS_OUTPUT = frozenset(("SELECT", "DISTINCT", "ALL"))


def expand_star(statement: SourceStatement, span: Span, snapshot: Snapshot) -> Edit | None:
    """The star that the span touches, spelled out; None where there is none or its columns are not certain."""
    if statement.holes:
        return None
    start = statement.span.start
    for index, token in enumerate(statement.tokens):
        touched = token.start + start <= span.end and span.start <= token.end + start
        if token.text == "*" and touched and _is_output(statement.tokens, index):
            return _expanded(statement, index, snapshot)
    return None


def _expanded(statement: SourceStatement, index: int, snapshot: Snapshot) -> Edit | None:
    dialect, star = snapshot.known.dialect, statement.tokens[index]
    catalog = catalog_for(statement, snapshot)
    relations = _read_from(statement.tokens, index, catalog)
    owner = statement.tokens[index - 2].name if statement.tokens[index - 1].text == "." else ""
    names = _columns(relations, owner, catalog, dialect)
    if not names:
        return None
    sql = statement.sql.encode()
    line = sql[sql.rfind(b"\n", 0, star.start) + 1 : star.start].decode()
    # The star of `o.*` goes, its qualifier stays and begins the first name.
    prefix, first = names[0]
    listed = [first if owner else prefix + first, *(prefix + name for prefix, name in names[1:])]
    one_line = ", ".join(listed)
    changed = (sql[: star.start] + one_line.encode() + sql[star.end :]).decode()
    if not same_meaning(statement.sql, changed, catalog, dialect):
        return None
    if len(line) + len(one_line) > _LINE:
        place = snapshot.document.line_start(snapshot.document.line_at(statement.span.start + star.start))
        margin = snapshot.document.text(place, statement.span.start + star.start)
        indent = margin[: len(margin) - len(margin.lstrip())]
        one_line = (",\n" + indent + _CONTINUED).join(listed)
    place_of_star = Span(statement.span.start + star.start, statement.span.start + star.end)
    return edit(one_line, place_of_star, snapshot, former="*")


def _is_output(tokens: Sequence[Token], index: int) -> bool:
    """Whether the star is an item of a select list that nothing modifies: no product, no COUNT(*), no EXCEPT behind it."""
    before = tokens[index - 1] if index else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if before is None or after is None or (after.keyword != "FROM" and after.text != ","):
        return False
    if before.keyword not in _BEGINS_OUTPUT and before.text not in (",", "."):
        return False
    depth = 0
    for token in reversed(tokens[:index]):
        depth += (token.text == ")") - (token.text == "(")
        if depth < 0:
            return False
        if not depth and token.keyword:
            if token.keyword == "SELECT":
                return True
            if token.keyword in ("FROM", "WHERE", "BY", "HAVING", "SET", "VALUES"):
                return False
    return False


def _read_from(tokens: Sequence[Token], index: int, catalog: Catalog) -> Sequence[VisibleRelation]:
    """The relations of the star's own query, not those that it sees of the queries around it."""
    first, last, depth = 0, len(tokens), 0
    for at in range(index - 1, -1, -1):
        depth += (tokens[at].text == ")") - (tokens[at].text == "(")
        if depth < 0:
            first = at + 1
            break
    depth = 0
    for at in range(index, len(tokens)):
        depth += (tokens[at].text == "(") - (tokens[at].text == ")")
        if depth < 0:
            last = at
            break
    inner = tokens[first:last]
    if any(token.keyword in _UNSURE for token in inner):
        return ()
    own = visible_relations(inner, tokens[index].start, catalog)
    # Read alone, the query takes a CTE of the statement for a table; read whole, it sees the queries around it.
    seen = visible_relations(tokens, tokens[index].start, catalog)[: len(own)]
    return seen if [each.name for each in seen] == [each.name for each in own] else ()


def _columns(
    relations: Sequence[VisibleRelation], owner: str, catalog: Catalog, dialect: str
) -> list[tuple[str, str]]:
    """(qualifier with its dot where there are several relations, column) in order; empty when any are not known."""
    names: list[tuple[str, str]] = []
    for relation in relations:
        if owner and relation.name.lower() != owner.lower():
            continue
        table = catalog.table(relation.table) if relation.table else None
        if not relation.columns or (relation.table and (table is None or table.partial)):
            return []
        qualifier = f"{written(relation.name, dialect)}." if owner or len(relations) > 1 else ""
        names += [(qualifier, written(column, dialect)) for column in relation.columns]
    return names
