"""The functions that a grammar offers: those that every engine has, and those of the dialect that sqlglot knows."""

from functools import cache

import sqlglot
from attrs import frozen
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.parser import Parser

_MOST_OWN = 24


@frozen
class Functions:
    """Names in capitals, by the number of arguments that they take."""

    aggregates: tuple[str, ...]
    """Of one argument; COUNT is not among them."""
    one: tuple[str, ...]
    two: tuple[str, ...]
    three: tuple[str, ...]
    ranks: tuple[str, ...]
    """Window functions without an argument."""


_EVERYWHERE = Functions(
    aggregates=("SUM", "AVG", "MIN", "MAX"),
    one=("ABS", "ROUND", "LOWER", "UPPER", "LENGTH", "TRIM"),
    two=("COALESCE", "NULLIF", "ROUND"),
    three=("COALESCE", "REPLACE"),
    ranks=("ROW_NUMBER", "RANK", "DENSE_RANK"),
)
_OWN: dict[str, Functions] = {
    "sqlite": Functions(
        ("TOTAL", "GROUP_CONCAT"), ("DATE", "JULIANDAY"), ("IFNULL", "SUBSTR", "INSTR"), ("SUBSTR", "IIF"), ()
    ),
    "postgres": Functions(
        ("STDDEV", "ARRAY_AGG"), ("CEIL", "FLOOR"), ("DATE_TRUNC", "STRPOS"), ("SPLIT_PART", "SUBSTR"), ()
    ),
    "duckdb": Functions(
        ("MEDIAN", "ARRAY_AGG"), ("CEIL", "FLOOR"), ("DATE_TRUNC", "IFNULL"), ("SUBSTR", "DATE_DIFF"), ()
    ),
    "mysql": Functions(("STDDEV",), ("YEAR", "MONTH", "DATE"), ("IFNULL", "DATEDIFF"), ("SUBSTR", "IF"), ()),
    "bigquery": Functions(("ANY_VALUE",), ("CEIL", "FLOOR"), ("IFNULL", "SAFE_DIVIDE"), ("SUBSTR", "IF"), ()),
    "snowflake": Functions(
        ("MEDIAN",), ("CEIL", "FLOOR", "YEAR"), ("IFNULL", "DATE_TRUNC"), ("SUBSTR", "IFF"), ()
    ),
    "tsql": Functions(
        ("STDEV",), ("CEILING", "FLOOR", "YEAR", "MONTH"), ("ISNULL",), ("SUBSTRING", "IIF"), ()
    ),
}


@cache
def functions_of(dialect: str) -> Functions:
    """What the dialect has, each name with as many arguments as sqlglot takes it with."""
    own = _OWN.get(dialect, Functions((), (), (), (), ()))
    more = _only_there(dialect)
    return Functions(
        aggregates=_EVERYWHERE.aggregates + own.aggregates,
        one=_once(_EVERYWHERE.one, own.one, _taking(1, more, dialect)),
        two=_once(_EVERYWHERE.two, own.two, _taking(2, more, dialect)),
        three=_once(_EVERYWHERE.three, own.three),
        ranks=_EVERYWHERE.ranks,
    )


def _once(*lists: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in lists for name in names))


def _only_there(dialect: str) -> tuple[str, ...]:
    """Scalar functions that sqlglot reads in this dialect and not in all of them."""
    everywhere = Parser.FUNCTIONS
    own = Dialect.get_or_raise(dialect or None).parser_class.FUNCTIONS
    return tuple(sorted(name for name in own if name not in everywhere and "_" not in name))[:_MOST_OWN]


def _taking(count: int, names: tuple[str, ...], dialect: str) -> tuple[str, ...]:
    return tuple(name for name in names if _is_taken(name, count, dialect))


def _is_taken(name: str, count: int, dialect: str) -> bool:
    call = exp.Anonymous(this=name, expressions=[exp.column("x") for _ in range(count)])
    try:
        read = sqlglot.parse_one(exp.select(call).sql(), read=dialect or None)
    except (SqlglotError, ValueError, IndexError):
        return False
    found = read.expressions[0]
    return isinstance(found, exp.Func) and not isinstance(found, exp.AggFunc)
