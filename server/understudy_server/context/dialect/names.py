"""The names of dialects, as people and tools write them, brought to sqlglot's."""

# What sqlglot knows besides the nine that are told apart by syntax; said outright, they are taken as said.
_KNOWN = frozenset(
    (
        "athena", "bigquery", "clickhouse", "databricks", "doris", "drill", "druid", "duckdb", "exasol", "fabric", "hive",
        "materialize", "mysql", "oracle", "postgres", "presto", "redshift", "risingwave", "singlestore", "snowflake", "spark",
        "sqlite", "starrocks", "teradata", "trino", "tsql",
    )
)  # fmt: skip
_OTHER_NAMES = {
    "bq": "bigquery", "cockroachdb": "postgres", "greenplum": "postgres", "hql": "hive", "mariadb": "mysql",
    "motherduck": "duckdb", "mssql": "tsql", "sqlserver": "tsql", "transactsql": "tsql", "pg": "postgres", "pgsql": "postgres",
    "plpgsql": "postgres", "postgresql": "postgres", "psql": "postgres", "sparksql": "spark", "spark2": "spark", "spark3": "spark",
    "sqlite3": "sqlite", "timescaledb": "postgres", "bqsql": "bigquery", "tsqlserver": "tsql", "microsoftsqlserver": "tsql",
    "synapse": "tsql", "microsoftsql": "tsql", "mysql5": "mysql", "mysql8": "mysql", "awsredshift": "redshift", "azuresql": "tsql",
}  # fmt: skip


def dialect_named(name: str) -> str:
    """sqlglot's name of the dialect or database that the name means; empty where it means none."""
    plain = name.strip().lower()
    for mark in ("-", "_", " ", "."):
        plain = plain.replace(mark, "")
    return plain if plain in _KNOWN else _OTHER_NAMES.get(plain, "")
