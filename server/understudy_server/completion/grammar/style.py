"""How the statement at the cursor is written: the case of its keywords and functions, the quotes of its names."""

import re
from collections.abc import Sequence
from functools import lru_cache

import sqlglot
from attrs import frozen
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from understudy_server.completion.grammar.nodes import Text
from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.words import INTRODUCES, RESERVED

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEYWORDS = RESERVED | INTRODUCES | frozenset(("SELECT", "AND", "OR", "AS", "BY"))
_FOLDS_DOWN = frozenset(("postgres", "redshift", "materialize"))


@frozen
class Style:
    """Two statements with equal styles get equal words."""

    dialect: str
    lower: bool
    """Whether keywords are written in lower case."""
    quoted: bool
    """Whether names are quoted that need not be."""

    def word(self, keyword: str) -> Text:
        """A keyword, or the name of a function."""
        return Text(keyword.lower() if self.lower else keyword)

    def name(self, name: str) -> str:
        """A name as the statement would write it."""
        return _written(name, self.dialect, quoted=self.quoted)

    def path(self, path: str) -> str:
        """A dotted path, each part as a name."""
        return ".".join(self.name(part) for part in path.split("."))


def style_of(tokens: Sequence[Token], dialect: str) -> Style:
    """What the statement's tokens show; without any keyword the usual capitals."""
    lower = sum(1 if token.text.islower() else -1 for token in tokens if token.keyword in _KEYWORDS)
    quoted = sum(token.kind == "quoted" for token in tokens)
    plain = sum(token.kind == "word" and token.keyword not in _KEYWORDS for token in tokens)
    return Style(dialect, lower > 0, quoted > plain)


@lru_cache(maxsize=20_000)
def _written(name: str, dialect: str, *, quoted: bool) -> str:
    if quoted or not _PLAIN.fullmatch(name) or not _stands_alone(name, dialect):
        return exp.to_identifier(name, quoted=True).sql(dialect=dialect or None)
    return name


def _stands_alone(name: str, dialect: str) -> bool:
    """Whether the name means itself without quotes, as a column and as a table."""
    if dialect in _FOLDS_DOWN and name != name.lower():
        return False
    if name.upper() in RESERVED or name.upper() in _FRAMES:
        return False
    if name.upper() not in Dialect.get_or_raise(dialect or None).tokenizer_class.KEYWORDS and (
        name.upper() not in _WITHOUT_PARENTHESES
    ):
        return True
    return _parses_as_itself(name, dialect)


_FRAMES = frozenset("RANGE ROWS GROUPS FILTER OVER WINDOW INTERVAL".split())
"""Words that begin something behind an operand, or in front of one."""
_WITHOUT_PARENTHESES = frozenset(
    "CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER LOCALTIME LOCALTIMESTAMP NULL TRUE FALSE".split()
)


def _parses_as_itself(name: str, dialect: str) -> bool:
    pattern = exp.select(exp.column(name), exp.column(name, table="t"), exp.func("F", exp.column(name)))
    tried = pattern.from_(exp.to_table(name)).where(exp.column(name).eq(1)).sql(dialect=dialect or None)
    tried = tried.replace('"', "").replace("`", "").replace("[", "").replace("]", "")
    try:
        read = sqlglot.parse_one(tried, read=dialect or None)
    except SqlglotError:
        return False
    columns = [column.name for column in read.find_all(exp.Column)]
    tables = [table.name for table in read.find_all(exp.Table)]
    return columns == [name] * 4 and tables == [name]
