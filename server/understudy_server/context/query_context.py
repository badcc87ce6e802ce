"""The query context: what is known at the cursor. Positions are byte offsets into the UTF-8 text of the document."""

from typing import Literal

from attrs import field, frozen

from understudy_server.context.tables import Tables

RegionKind = Literal["sql-file", "python-string", "notebook-cell", "python-code"]
"""`notebook-cell` is a cell or line of SQL behind a magic; `python-code` is Python outside of any SQL."""
DialectSource = Literal["configuration", "connection", "import", "marker", "schema", "syntax", "default"]
"""What said which dialect it is. The strongest comes first, but syntax that the schema's dialect lacks counts more than the schema."""
RelationKind = Literal["table", "cte", "subquery", "function", "frame"]
Clause = Literal[
    "statement",
    "select",
    "from",
    "join",
    "on",
    "where",
    "group by",
    "having",
    "order by",
    "limit",
    "with",
    "insert",
    "values",
    "update",
    "set",
    "other",
]
Template = Literal["", "format", "percent"]
"""What fills a Python string that is no f-string: `str.format` doubles braces, `%` and drivers with `%s` double percent signs."""
QuestionSource = Literal["comment", "docstring", "function", "variable", "markdown", "model", "none"]


@frozen
class Span:
    """Bytes `start` (included) to `end` (excluded) of the document."""

    start: int
    end: int


@frozen
class Question:
    """What is asked, and where it was written."""

    text: str
    source: QuestionSource
    span: Span | None = None
    document: str = ""
    """URI or path of the document that the span is of, where it is not the cursor's: another cell of the notebook."""


@frozen
class VisibleRelation:
    """A relation in scope: `name` as it is referred to, `table` the base table or None where it is not one.

    `columns` is None where they are not known, which is not the same as having none. A frame is a DataFrame of the
    Python code around.
    """

    name: str
    table: str | None
    columns: tuple[str, ...] | None = None
    kind: RelationKind = "table"


@frozen
class StringForm:
    """How a Python string that holds SQL is written, so that an insertion can be written the same way."""

    prefix: str = ""
    quote: str = '"'
    template: Template = ""

    @property
    def triple(self) -> bool:
        """Whether the string may hold raw newlines."""
        return len(self.quote) == 3

    @property
    def raw(self) -> bool:
        """Whether backslashes stand for themselves."""
        return "r" in self.prefix.lower()

    @property
    def formatted(self) -> bool:
        """Whether braces are holes."""
        return not {"f", "t"}.isdisjoint(self.prefix.lower())


@frozen
class QueryContext:
    """Everything known at one cursor.

    `statement` is the current statement's masked SQL (same byte length as `statement_span`: escapes padded, holes and Jinja
    made identifiers); `prefix` and `suffix` are that text before and after the cursor.
    """

    region: RegionKind
    dialect: str
    statement_span: Span
    offset: int
    statement: str
    prefix: str
    suffix: str
    clause: Clause
    relations: tuple[VisibleRelation, ...]
    question: Question
    indent: str = ""
    string: StringForm | None = None
    above: str = ""
    """SQL of the file above the statement, nearest last, cut to a few kilobytes."""
    dialect_source: DialectSource = "default"
    one_line: bool = False
    """Whether line ends have no place at the cursor: behind a magic of one line."""
    windows: tuple[str, ...] = ()
    """Names of the windows that the query at the cursor defines."""
    given: tuple[str, ...] = ()
    """Names that the query gives its columns, in clauses that may use them: GROUP BY, HAVING, QUALIFY and ORDER BY.

    In ORDER BY of a set operation nothing else can be named: no relation is visible there.
    """
    tables: Tables | None = field(default=None, eq=False, repr=False)
    """Every table that may be named at the cursor: the catalog's, those that the file defines above, frames; None where nobody said."""
