"""The dialect is what the strongest voice says: settings, the connection, imports, markers, syntax, the default."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_server.context.dialect.code import code_above, dialect_of_code
from understudy_server.context.dialect.decision import DialectHints, decide_dialect
from understudy_server.context.dialect.markers import marker_in, marker_of_name, path_of
from understudy_server.context.dialect.marks import DIALECTS
from understudy_server.context.dialect.syntax import syntax_scores
from understudy_server.context.extract import extract
from understudy_server.context.text.document import Document

POSTGRES = b"SELECT total::int FROM orders WHERE name ~* 'x'"


def test_the_strongest_voice_decides() -> None:
    everything = {"name": "x.bq.sql", "head": b"-- dialect: snowflake", "imported": "mysql"}
    folders = (("/shop", "spark"),)
    settings = DialectHints("duckdb", "sqlite", folders)
    assert decide_dialect(settings, POSTGRES, **everything) == ("duckdb", "configuration")  # type: ignore[arg-type]
    connected = DialectHints("", "sqlite", folders)
    assert decide_dialect(connected, POSTGRES, **everything) == ("sqlite", "connection")  # type: ignore[arg-type]
    neither = DialectHints("", "", folders)
    assert decide_dialect(neither, POSTGRES, **everything) == ("mysql", "import")  # type: ignore[arg-type]
    assert decide_dialect(neither, POSTGRES, name="x.bq.sql", head=b"-- dialect: snowflake") == (
        "snowflake",
        "marker",
    )
    assert decide_dialect(neither, POSTGRES, name="x.bq.sql") == ("bigquery", "marker")
    assert decide_dialect(neither, POSTGRES, name="/shop/models/x.sql") == ("spark", "marker")
    assert decide_dialect(neither, POSTGRES, name="/bakery/x.sql") == ("postgres", "syntax")
    assert decide_dialect(neither, b"SELECT 1", name="/bakery/x.sql") == ("sqlite", "default")


@pytest.mark.parametrize(
    ("sql", "dialect"),
    [
        ("SELECT a::int FROM t", "postgres"),
        ("SELECT a FROM t WHERE b ILIKE 'x%' AND c @> '{}'", "postgres"),
        ("SELECT `a-b`.c FROM `project.dataset.table`", "bigquery"),
        ("SELECT SAFE_CAST(a AS INT64) FROM t", "bigquery"),
        ("SELECT * EXCEPT (a) FROM `p.d.t`", "bigquery"),
        ("SELECT DATE_TRUNC(day, MONTH) FROM t", "bigquery"),
        ("SELECT v:a.b::string FROM t", "snowflake"),
        ("SELECT f.value FROM t, LATERAL FLATTEN(input => t.a) f", "snowflake"),
        ("SELECT TOP 10 [Order Id] FROM [dbo].[Orders] WITH (NOLOCK)", "tsql"),
        ("SELECT a FROM t CROSS APPLY STRING_SPLIT(t.b, ',')", "tsql"),
        ("SELECT a FROM t LATERAL VIEW explode(b) x AS c", "spark"),
        ("INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 2", "mysql"),
        ("SELECT a FROM t LIMIT 5, 10", "sqlite"),
        ("CREATE TABLE t (id INT AUTO_INCREMENT) ENGINE=InnoDB", "mysql"),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)", "sqlite"),
        ("CREATE TABLE t (id INT) DISTKEY(id)", "redshift"),
        ("FROM 'a.parquet' SELECT a", "duckdb"),
        ("SELECT list_transform(a, x -> x + 1) FROM read_csv_auto('x.csv')", "duckdb"),
    ],
)
def test_marks_of_a_dialect_say_which_it_is(sql: str, dialect: str) -> None:
    assert decide_dialect(DialectHints(), sql.encode(), name="x.sql")[0] == dialect


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'a::b ILIKE c' FROM t",
        "SELECT a FROM t -- QUALIFY `x.y.z`",
        "SELECT nvl FROM t",
        "SELECT age, stuff, list FROM t",
        "SELECT COUNT(*) FROM orders o JOIN customers c USING (id) GROUP BY 1 HAVING COUNT(*) > 1",
    ],
)
def test_what_every_dialect_has_says_nothing(sql: str) -> None:
    assert decide_dialect(DialectHints(), sql.encode(), name="x.sql") == ("sqlite", "default")


def test_statements_above_speak_for_the_one_below() -> None:
    above = b"SELECT a::int FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY b) = 1;\nSELECT IFF(a, 1, 2) FROM t;\n"
    assert decide_dialect(DialectHints(), b"SELECT ", name="x.sql", above=above) == ("snowflake", "syntax")


@pytest.mark.parametrize(
    ("code", "before", "after", "dialect"),
    [
        ("import sqlite3\n", "cur.execute(", ")", "sqlite"),
        ("import duckdb as db\nimport sqlite3\nc = db.connect()\n", "c.sql(", ")", "duckdb"),
        ("import duckdb as db\nimport sqlite3\nc = db.connect()\n", "x = other(", ")", "duckdb"),
        ("import duckdb, sqlite3\n", "x = other(", ")", ""),
        ("import psycopg\nwith psycopg.connect(x) as c:\n", "c.execute(", ")", "postgres"),
        ("e = create_engine('postgresql+psycopg://h/d')\n", "pd.read_sql(", ", e)", "postgres"),
        ("e = create_engine(\n  'mysql+pymysql://h/d')\n", "pd.read_sql(", ", con=e)", "mysql"),
        ("from google.cloud import bigquery\nclient = bigquery.Client()\n", "client.query(", ")", "bigquery"),
        ("import snowflake.connector\n", "cs.execute(", ")", "snowflake"),
        ("from pyspark.sql import SparkSession\n", "df = spark.sql(", ")", "spark"),
        ("", "df = spark.sql(", ")", "spark"),
        ("import redshift_connector\n", "cur.execute(", ")", "redshift"),
        ("import pyodbc\n", "cur.execute(", ")", "tsql"),
        ("import pyodbc\nc = pyodbc.connect('Driver={PostgreSQL Unicode};')\n", "cur.execute(", ")", "postgres"),
        ("import mysql.connector\n", "cur.execute(", ")", "mysql"),
        ("from airflow.providers.snowflake.hooks.snowflake import SnowflakeHook\n", "h.run(", ")", "snowflake"),
        ("%load_ext google.cloud.bigquery\n", "x(", ")", "bigquery"),
        ("%sql postgresql://reader@host/shop\n", "", "", "postgres"),
        ("import pandas as pd\n", "pd.read_sql(", ", c)", ""),
        ("class A:\n  def f(self):\n    self.db = asyncpg.connect()\n    import asyncpg\n", "self.db.fetch(", ")", "postgres"),
    ],
)  # fmt: skip
def test_python_around_says_which_database_it_is(code: str, before: str, after: str, dialect: str) -> None:
    assert dialect_of_code((code.encode(),), before.encode(), after.encode()) == dialect


@pytest.mark.parametrize(
    ("head", "dialect"),
    [
        ("-- dialect: postgres\nSELECT 1", "postgres"),
        ("-- sqlfluff:dialect:bigquery\n", "bigquery"),
        ("/* dialect: T-SQL */", "tsql"),
        ("# language=PostgreSQL\n", "postgres"),
        ("-- dialect = ClickHouse\n", "clickhouse"),
        ("MODEL (\n  name a.b,\n  dialect snowflake\n);", "snowflake"),
        ("-- the dialect: klingon\n", ""),
        ("SELECT dialect FROM t", ""),
    ],
)
def test_a_comment_names_the_dialect(head: str, dialect: str) -> None:
    assert marker_in(head.encode()) == dialect


@pytest.mark.parametrize(
    ("name", "dialect"),
    [
        ("/w/x.duckdb.sql", "duckdb"),
        ("file:///w/x.pgsql", "postgres"),
        ("/w/x.bq.sql", "bigquery"),
        ("/w/migrations/postgresql/001.sql", "postgres"),
        ("/w/schema_mysql.sql", "mysql"),
        ("C:\\work\\snowflake\\x.sql", "snowflake"),
        ("file:///w/my%20redshift/x.sql", ""),
        ("/w/x.sql", ""),
        ("/snowflake/a/b/c/x.sql", ""),
        ("/w/mysql.py", ""),
    ],
)
def test_a_name_says_the_dialect(name: str, dialect: str) -> None:
    assert marker_of_name(name) == dialect


def test_the_path_of_a_uri_has_no_scheme_host_or_fragment() -> None:
    assert path_of("vscode-notebook-cell:/w/a%20b.ipynb#W0sZ") == "/w/a b.ipynb"
    assert path_of("file:///w/x.sql") == "/w/x.sql"
    assert path_of("vscode-remote://wsl/home/x.sql") == "/home/x.sql"


def test_extraction_reads_imports_around_a_string() -> None:
    text = 'import duckdb\n\ndef f(c):\n    return c.execute("SELECT  FROM t")\n'
    context = extract(Document("a.py", text), text.index("  FROM") + 1, language="python")
    assert context is not None
    assert (context.dialect, context.dialect_source) == ("duckdb", "import")


def test_code_above_is_the_head_and_what_is_near() -> None:
    lines = "".join(f"line_{number} = {number}\n" for number in range(4_000))
    document = Document("a.py", "import sqlite3\n" + lines)
    head, near = code_above(document, document.line_start(3_900))
    assert head.startswith(b"import sqlite3\nline_0 = 0\n")
    assert head.endswith(b"\n")
    assert near.endswith(b"line_3898 = 3898\n")
    assert len(head) + len(near) <= 16_000


@pytest.mark.parametrize("line", [3, 400, 470, 700])
def test_near_the_head_all_code_above_is_read(line: int) -> None:
    document = Document("a.py", "".join(f"line_{number} = {number}\n" for number in range(4_000)))
    end = document.line_start(line)
    assert b"".join(code_above(document, end)) == document.slice(0, end)


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_any_bytes_get_one_figure_for_each_dialect(sql: bytes) -> None:
    assert len(syntax_scores(sql)) == len(DIALECTS)
    assert decide_dialect(DialectHints(), sql, name="x", head=sql, above=sql)[0]
    dialect_of_code((sql, sql), sql, sql)


@pytest.mark.parametrize(
    ("schema", "sql", "said"),
    [
        ("postgres", "select c. from customers c", ("postgres", "schema")),
        ("postgres", "select * from orders o where o.meta->>'' = 'x'", ("postgres", "schema")),
        ("postgres", "insert into customers (name) values ('a') returning ", ("postgres", "schema")),
        ("snowflake", "select a from t qualify row_number() over (order by a) = 1", ("snowflake", "schema")),
        ("mysql", "select `a` from `t`", ("mysql", "schema")),
        ("postgres", "SELECT SAFE_CAST(a AS INT64) FROM t", ("bigquery", "syntax")),
        ("snowflake", "SELECT TOP 10 [Order Id] FROM [dbo].[Orders] WITH (NOLOCK)", ("tsql", "syntax")),
    ],
)
def test_the_schema_says_it_among_the_dialects_that_the_syntax_allows(
    schema: str, sql: str, said: tuple[str, str]
) -> None:
    assert decide_dialect(DialectHints(schema=schema), sql.encode(), name="q.sql") == said


def test_what_is_said_outright_counts_more_than_the_schema() -> None:
    hints = DialectHints(schema="mysql")
    assert decide_dialect(hints, b"SELECT 1", name="x.sql", imported="duckdb") == ("duckdb", "import")
    assert decide_dialect(hints, b"SELECT 1", name="x.pgsql") == ("postgres", "marker")


def test_what_several_dialects_are_written_like_is_no_evidence_for_one() -> None:
    arrow = b"select * from orders o where o.meta->>'' = 'x'"
    assert decide_dialect(DialectHints(), arrow, name="q.sql") == ("sqlite", "default")
