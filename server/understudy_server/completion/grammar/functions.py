"""The functions that a grammar offers: those that every engine has, and a few that each dialect is known for.

sqlglot's own lists say what it can read, not what an engine has, nor with how many arguments.
"""

from functools import cache

from attrs import frozen


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
    """What the dialect has."""
    own = _OWN.get(dialect, Functions((), (), (), (), ()))
    return Functions(
        aggregates=_EVERYWHERE.aggregates + own.aggregates,
        one=_EVERYWHERE.one + own.one,
        two=_EVERYWHERE.two + own.two,
        three=_EVERYWHERE.three + own.three,
        ranks=_EVERYWHERE.ranks,
    )
