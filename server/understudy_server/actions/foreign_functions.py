"""Functions that the statement's dialect is known not to have and others are known for."""

from collections.abc import Iterator

from understudy_server.actions.statements import SourceStatement
from understudy_server.actions.transpile import NAMES

# Few and well known: what a newer version or an extension may have is not among them.
_LACKING: dict[str, frozenset[str]] = {
    "sqlite": frozenset("DATEADD DATEDIFF DATEPART DATE_TRUNC DATE_FORMAT DATE_PART GETDATE NVL TO_CHAR TO_DATE SPLIT_PART ARRAY_AGG".split()),
    "postgres": frozenset("DATEADD DATEDIFF GETDATE GROUP_CONCAT IFNULL JULIANDAY STRFTIME NVL DATE_FORMAT CURDATE".split()),
    "duckdb": frozenset("DATEADD GETDATE JULIANDAY CURDATE DATE_FORMAT".split()),
    "mysql": frozenset("DATEADD DATE_TRUNC GETDATE JULIANDAY STRFTIME STRING_AGG TO_CHAR SPLIT_PART ARRAY_AGG".split()),
    "bigquery": frozenset("DATEADD GETDATE JULIANDAY STRFTIME GROUP_CONCAT TO_CHAR SPLIT_PART".split()),
    "tsql": frozenset("DATE_TRUNC DATE_FORMAT GROUP_CONCAT IFNULL JULIANDAY STRFTIME TO_CHAR NVL SPLIT_PART ARRAY_AGG".split()),
}  # fmt: skip
_OWNERS = {
    "DATEADD": "T-SQL and Snowflake", "DATEDIFF": "T-SQL, MySQL and Snowflake", "DATEPART": "T-SQL", "DATE_TRUNC": "PostgreSQL and DuckDB",
    "DATE_FORMAT": "MySQL", "DATE_PART": "PostgreSQL", "GETDATE": "T-SQL", "NVL": "Oracle and Snowflake", "TO_CHAR": "PostgreSQL and Oracle",
    "TO_DATE": "PostgreSQL and Oracle", "SPLIT_PART": "PostgreSQL", "ARRAY_AGG": "PostgreSQL and DuckDB", "GROUP_CONCAT": "SQLite and MySQL",
    "IFNULL": "SQLite and MySQL", "JULIANDAY": "SQLite", "STRFTIME": "SQLite", "CURDATE": "MySQL", "STRING_AGG": "PostgreSQL",
}  # fmt: skip


def foreign_functions(statement: SourceStatement, dialect: str) -> Iterator[tuple[int, int, str]]:
    """(first character, last one, what to say) of each call."""
    lacking = _LACKING.get(dialect, frozenset())
    sql = statement.sql.encode()
    for before, token, after in zip(
        (None, *statement.tokens), statement.tokens, statement.tokens[1:], strict=False
    ):
        if token.keyword in lacking and after.text == "(" and (before is None or before.text != "."):
            start, end = (len(sql[:at].decode()) for at in (token.start, token.end))
            message = f"{token.text} is a function of {_OWNERS[token.keyword]}, and this is read as {NAMES[dialect]}"
            yield start, end, message
