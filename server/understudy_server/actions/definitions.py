"""Where a name is defined: a CTE or an alias in its statement, a table or column in a file, a dbt model."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from attrs import frozen

from understudy_knowledge.catalog.model import Catalog, Table
from understudy_server.actions.name_at import NameAt, name_at, relation_named, statement_tokens
from understudy_server.actions.query_tokens import closing
from understudy_server.context.query_context import QueryContext, Span
from understudy_server.context.sql.lexer import Token
from understudy_server.context.tables import Tables

_REFERENCE = re.compile(rb"\bref\s*\(\s*(?:['\"][\w.-]+['\"]\s*,\s*)?['\"](?P<name>[\w.-]+)['\"]")
_MOST_BYTES = 4_000_000
_LONGEST_LINE = 2_000
_WORDS = frozenset(
    "SELECT DISTINCT ALL FROM JOIN ON WHERE AND OR NOT IN BY HAVING WHEN THEN ELSE CASE BETWEEN LIKE IS LIMIT INTO UPDATE SET USING".split()
)
_DATABASES = frozenset((".db", ".sqlite", ".sqlite3", ".duckdb"))
_PLACE = re.compile(r"(?P<path>.*?)(?::(?P<line>\d+))?\Z")
Read = Callable[[Path], bytes | None]


@frozen
class Definition:
    """`span` is bytes of the document itself where `path` is None, else of that file."""

    span: Span
    path: Path | None = None


def definition(context: QueryContext, catalog: Catalog, root: Path | None, read: Read) -> Definition | None:
    """Where the name at the cursor is defined; None where nobody said, or it is a database that says it.

    `read` gives the text of the file that a table comes from, None where it cannot be read.
    """
    name = name_at(context)
    if name is None:
        return None
    tables: Tables = catalog if context.tables is None else context.tables
    tokens = statement_tokens(context)
    if name.qualifier:
        found = _of_column(name, context, tables, tokens, root, read)
        table = tables.table(name.name) if found is None and name.in_from else None
        return _of_table(table, "", root, read) if table is not None else found
    relation = relation_named(context, name.name, tables)
    if relation is not None and not _is_output(name, context):
        if (place := _cte(tokens, name.name) or _alias(tokens, name.name)) is not None:
            return Definition(_in_document(place, context))
        table = tables.table(relation.table) if relation.table else None
        return _of_table(table, "", root, read) if table is not None else None
    if name.in_from and (table := tables.table(name.name)) is not None:
        return _of_table(table, "", root, read)
    return _of_column(name, context, tables, tokens, root, read)


def referenced_model(line: bytes, column: int) -> str | None:
    """The dbt model whose `ref('…')` stands at the byte `column` of a line."""
    for match in _REFERENCE.finditer(line[:_LONGEST_LINE]):
        if match.start() <= column <= match.end() + 1:
            return match["name"].decode()
    return None


def model_file(name: str, paths: Sequence[str], root: Path) -> Definition | None:
    """The file of a dbt model among the workspace's `paths`; seeds count too."""
    for ending in (f"{name}.sql", f"{name}.csv"):
        for path in paths:
            if path.rpartition("/")[2] == ending:
                return Definition(Span(0, 0), root / path)
    return None


def _is_output(name: NameAt, context: QueryContext) -> bool:
    return name.given and not name.in_from


def _of_column(
    name: NameAt,
    context: QueryContext,
    tables: Tables,
    tokens: Sequence[Token],
    root: Path | None,
    read: Read,
) -> Definition | None:
    if name.qualifier:
        found = relation_named(context, name.qualifier, tables)
        relations = [found] if found is not None else []
    else:
        relations = list(context.relations)
    for relation in relations:
        if name.name.lower() not in {column.lower() for column in relation.columns or ()}:
            continue
        table = tables.table(relation.table) if relation.table else None
        if table is not None:
            return _of_table(table, name.name, root, read)
        place = _output(tokens, relation.name, name.name)
        return Definition(_in_document(place, context)) if place is not None else None
    return None


def _of_table(table: Table, column: str, root: Path | None, read: Read) -> Definition | None:
    """The table in the first file that makes it; a column where the file names it behind that."""
    for source in (table.source, *table.also):
        place = _PLACE.match(source)
        path = _path(place["path"], root) if place is not None else None
        text = read(path) if path is not None else None
        above = int(place["line"] or 1) - 1 if place is not None else 0
        matches = _made(table.name).finditer(text, _line_start(text, above)) if text is not None else ()
        made = next((match for match in matches if not _is_comment(match)), None)
        if text is None or made is None:
            continue
        span = Span(made.start("name"), made.end("name"))
        if column:
            listed = re.compile(
                rb"(?<![\w\"`\[.])[\"`\[]?(?P<name>%b)\b" % re.escape(column.encode()), re.IGNORECASE
            )
            found = listed.search(text, made.end())
            span = Span(found.start("name"), found.end("name")) if found else span
        return Definition(span, path)
    return None


def read_file(path: Path) -> bytes | None:
    """The text of a file of ordinary size, None of a database."""
    try:
        if path.suffix.lower() in _DATABASES or path.stat().st_size > _MOST_BYTES:
            return None
        return path.read_bytes()
    except (OSError, ValueError):
        return None


def _line_start(text: bytes, line: int) -> int:
    """The byte at which the line, from 0, starts; 0 where the text has become shorter."""
    start = 0
    for _ in range(line):
        start = text.find(b"\n", start) + 1
        if not start:
            return 0
    return start


def _path(source: str, root: Path | None) -> Path | None:
    """The file that a source names: relative to the workspace, or by its URI."""
    if source.startswith("file:"):
        return Path(url2pathname(urlsplit(source).path))
    return root / source if root is not None and source else None


def _made(name: str) -> "re.Pattern[bytes]":
    """What makes a table of the name: CREATE in SQL, a class attribute or a call in Python, an entry in YAML."""
    quoted = re.escape(name.encode())
    return re.compile(
        rb"(?:\bCREATE\b[^;(]*?\b(?:TABLE|VIEW)\b\s*(?:IF\s+NOT\s+EXISTS\s+)?(?:[\w\"`\[\]]+\s*\.\s*){0,2}"
        rb"|__tablename__\s*=\s*|db_table\s*=\s*|\bTable\(\s*|\bname:\s*)[\"'`\[]?(?P<name>%b)(?!\w)"
        % quoted,
        re.IGNORECASE,
    )


def _is_comment(made: "re.Match[bytes]") -> bool:
    """Whether the name of what is made stands in a comment of SQL or Python."""
    text, start = made.string, made.start("name")
    line = text[text.rfind(b"\n", 0, start) + 1 : start]
    return b"--" in line or b"#" in line or text.rfind(b"/*", 0, start) > text.rfind(b"*/", 0, start)


def _cte(tokens: Sequence[Token], name: str) -> Token | None:
    for index, token in enumerate(tokens[:-1]):
        if token.name.lower() == name.lower() and _defines(tokens, index):
            return token
    return None


def _defines(tokens: Sequence[Token], index: int) -> bool:
    """Whether `name AS (` or `name (a, b) AS (` stands there, behind WITH or a comma."""
    before = tokens[index - 1] if index else None
    if before is None or (before.keyword not in ("WITH", "RECURSIVE") and before.text != ","):
        return False
    after = index + 1
    if tokens[after].text == "(":
        end = closing(tokens, after)
        after = end + 1 if end is not None else after
    words = [token.keyword or token.text for token in tokens[after : after + 4]]
    return words[:1] == ["AS"] and "(" in words[1:]


def _alias(tokens: Sequence[Token], name: str) -> Token | None:
    """Where FROM gives the name to something: behind AS, a table or a parenthesis, and before no dot or parenthesis."""
    for before, token, after in zip(tokens, tokens[1:], [*tokens[2:], None], strict=False):
        if token.name.lower() != name.lower() or (after is not None and after.text in (".", "(")):
            continue
        if before.keyword == "AS" or before.text == ")" or (before.name and before.keyword not in _WORDS):
            return token
    return None


def _output(tokens: Sequence[Token], relation: str, column: str) -> Token | None:
    """The column among what the CTE or subquery gives: the first place of that name in it."""
    cte = _cte(tokens, relation)
    start = next((index for index, token in enumerate(tokens) if token is cte), None)
    if start is None:
        return next(_named(_aliased(tokens, _alias(tokens, relation)), column), None)
    opens = next((at for at in range(start, len(tokens)) if tokens[at].text == "("), None)
    last = closing(tokens, opens) if opens is not None else None
    inside = tokens[opens:last] if opens is not None and last is not None else ()
    return next(_named(inside, column), None)


def _aliased(tokens: Sequence[Token], alias: Token | None) -> Sequence[Token]:
    """What stands in the parentheses before the alias of a subquery; nothing before that of a table."""
    at = next((index for index, token in enumerate(tokens) if token is alias), 0)
    behind = at - 2 if at and tokens[at - 1].keyword == "AS" else at - 1
    opened = (
        index
        for index, token in enumerate(tokens[: max(behind, 0)])
        if token.text == "(" and closing(tokens, index) == behind
    )
    opens = next(opened, None)
    return tokens[opens:behind] if opens is not None else ()


def _named(tokens: Sequence[Token], name: str) -> Iterator[Token]:
    """Those that give the name with AS first, then those that only have it."""
    of_name = [index for index, token in enumerate(tokens) if token.name.lower() == name.lower()]
    given = [index for index in of_name if index and tokens[index - 1].keyword == "AS"]
    yield from (tokens[index] for index in (*given, *of_name))


def _in_document(token: Token, context: QueryContext) -> Span:
    start = context.statement_span.start
    return Span(start + token.start, start + token.end)
