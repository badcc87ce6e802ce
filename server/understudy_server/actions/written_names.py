"""A name as SQL, in quotes only where it would not be read as a name without them."""

import re

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

_PLAIN = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
# What SQLite, PostgreSQL or the standard reserve; sqlglot reads most of them as names all the same, databases do not.
_RESERVED = frozenset(
    """
    add all alter analyse analyze and any array as asc asymmetric authorization autoincrement between binary both by case
    cast check collate collation column commit concurrently constraint create cross current_catalog current_date
    current_role current_schema current_time current_timestamp current_user default deferrable delete desc distinct do drop
    else end escape except exists false fetch for foreign freeze from full grant group having if ilike in index initially
    inner insert intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not nothing
    notnull null offset on only or order outer overlaps placing primary references returning right rowid select
    session_user set similar some symmetric table tablesample then to trailing transaction true union unique update user
    using values variadic verbose when where window with
    """.split()
)


def written(name: str, dialect: str, *, quoted: bool = False) -> str:
    """The name in the dialect; `quoted` puts it in quotes in any case."""
    if (
        not quoted
        and _PLAIN.match(name)
        and not _is_reserved(name, dialect)
        and _is_read_as_name(name, dialect)
    ):
        return name
    return exp.to_identifier(name, quoted=True).sql(dialect=dialect or None)


def _is_reserved(name: str, dialect: str) -> bool:
    own: set[str] = Dialect.get_or_raise(dialect or None).generator_class.RESERVED_KEYWORDS
    return name.lower() in _RESERVED or name.lower() in own


def _is_read_as_name(name: str, dialect: str) -> bool:
    """Whether it stands for a column and for a table when it is parsed without quotes."""
    bare = exp.to_identifier(name, quoted=False)
    query = exp.Select(expressions=[exp.Column(this=bare, table=bare.copy())]).from_(
        exp.Table(this=bare.copy())
    )
    query = query.where(exp.EQ(this=exp.Column(this=bare.copy()), expression=exp.Literal.number(1)))
    try:
        return sqlglot.parse_one(query.sql(dialect=dialect or None), read=dialect or None) == query
    except SqlglotError:
        return False
