"""SQL behind magics: of a whole cell, of one line, of marked cells in Python files; positions are those of the document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_server.context.extract import extract
from understudy_server.context.insertion import render_insertion
from understudy_server.context.notebook.cells import Cell, code_of_cells, readable, sql_at
from understudy_server.context.query_context import QueryContext
from understudy_server.context.text.document import Document

CATALOG = Catalog((Table("orders", (Column("id"), Column("total"))),))


def context_at(
    marked: str, language: str = "python", above: tuple[Cell, ...] = (), name: str = "cell"
) -> QueryContext | None:
    before, after = marked.split("⎸")
    document = Document(name, before + after)
    return extract(
        document,
        len(before.encode()),
        language=language,
        catalog=CATALOG,
        cells_above=above,  # type: ignore[arg-type]
    )


def code(text: str, language: str | None = "python") -> Cell:
    return Cell(Document("above", text), "code", language)  # type: ignore[arg-type]


def markdown(text: str) -> Cell:
    return Cell(Document("notes", text), "markdown", None)


@pytest.mark.parametrize(
    ("marked", "statement", "dialect"),
    [
        ("%%sql\nSELECT ⎸ FROM orders", "SELECT ⎸ FROM orders", "sqlite"),
        ("%%sql\n⎸", "⎸", "sqlite"),
        ("\n# totals\n%%sql\nSELECT ⎸", "SELECT ⎸", "sqlite"),
        ("%%sql postgresql://host/db\nSELECT ⎸ FROM orders", "SELECT ⎸ FROM orders", "postgres"),
        ("%%sql warehouse --save totals --with a\nSELECT ⎸", "SELECT ⎸", "sqlite"),
        ("%%sql result <<\nSELECT ⎸", "SELECT ⎸", "sqlite"),
        ("%%sql result << SELECT ⎸", "SELECT ⎸", "sqlite"),
        ("%%sql SELECT ⎸\nFROM orders", "SELECT ⎸\nFROM orders", "sqlite"),
        ("%%bigquery df --project p --params $given\nSELECT ⎸", "SELECT ⎸", "bigquery"),
        ("%%duckdb\nFROM orders SELECT ⎸", "FROM orders SELECT ⎸", "duckdb"),
        ("%%sparksql\nSELECT ⎸", "SELECT ⎸", "spark"),
        ("%%spark.sql\nSELECT ⎸", "SELECT ⎸", "spark"),
        ("%%spark -c sql -o df\nSELECT ⎸", "SELECT ⎸", "spark"),
        ("%sql\nSELECT ⎸\nFROM orders", "SELECT ⎸\nFROM orders", "sqlite"),
        ("%sql SELECT ⎸\nFROM orders", "SELECT ⎸\nFROM orders", "sqlite"),
        ("%sql SELECT ⎸ FROM orders", "SELECT ⎸ FROM orders", "sqlite"),
        ("x = 1\ny = %sql SELECT ⎸ FROM orders\nz = 'a'", "SELECT ⎸ FROM orders", "sqlite"),
        ("for a in b:\n    rows = %sql mysql://h/d SELECT ⎸\n", "SELECT ⎸", "mysql"),
        ("x = %sql SELECT ⎸ \\\n  FROM orders\ny = 1", "SELECT ⎸  \n  FROM orders", "sqlite"),
        ("x = %sql SELECT id \\\n  FROM ⎸\ny = 1", "SELECT id  \n  FROM ⎸", "sqlite"),
        ("%sql ⎸", "⎸", "sqlite"),
        ("%%sql\nSELECT id FROM orders WHERE total > {{ least }} AND ⎸",
         "SELECT id FROM orders WHERE total > ___least___ AND ⎸", "sqlite"),
        ("%%sql\nSELECT {what} FROM $table WHERE ⎸", "SELECT _what_ FROM _table WHERE ⎸", "sqlite"),
        ("%%duckdb\nSELECT {'a': 1} AS s, ⎸", "SELECT {'a': 1} AS s, ⎸", "duckdb"),
    ],
)  # fmt: skip
def test_a_magic_makes_sql_of_what_follows(marked: str, statement: str, dialect: str) -> None:
    context = context_at(marked)
    assert context is not None
    assert context.region == "notebook-cell"
    assert f"{context.prefix}⎸{context.suffix}" == statement
    assert context.dialect == dialect
    before = marked.split("⎸")[0]
    assert context.offset == len(before.encode())
    assert context.statement_span.start + len(context.prefix.encode()) == context.offset


@pytest.mark.parametrize(
    "marked",
    [
        "%%s⎸ql\nSELECT 1",
        "%%bash\nSELECT ⎸",
        "%%html\n<b>SELECT ⎸",
        "%time x = ⎸",
        "x = 1 % sql ⎸",
        "%%sql\nSELECT 1 -- what ⎸",
        "%sqlcmd_of_mine x ⎸",
        "y = %sql SELECT 1\nz = ⎸",
    ],
)
def test_elsewhere_there_is_no_sql(marked: str) -> None:
    context = context_at(marked)
    assert context is None or context.region == "python-code"


def test_a_python_magic_leaves_the_cell_python() -> None:
    context = context_at(
        "%%time\n%matplotlib inline\n!echo \"it's\nrows = con.execute('SELECT ⎸ FROM orders')"
    )
    assert context is not None
    assert context.region == "python-string"
    assert context.statement == "SELECT  FROM orders"


def test_lines_that_are_no_python_do_not_hide_a_string() -> None:
    shell = "!ls (\n%timeit x = '''\n?print\nhelp??\n!cat <<< 'a\n"
    context = context_at(shell + 'rows = con.execute("""SELECT ⎸ FROM orders""")')
    assert context is not None
    assert context.statement == "SELECT  FROM orders"


@pytest.mark.parametrize(
    ("marked", "statement"),
    [
        ("# %% [sql]\n# SELECT ⎸\n# FROM orders\n\n# %%\nx = 1\n", "SELECT ⎸\n  FROM orders"),
        ('# %% language="sql"\n# SELECT ⎸\n', "SELECT ⎸"),
        ("# %%\nx = 1\n# %%sql\n# SELECT ⎸\n# %%\n", "SELECT ⎸"),
        ("import a\n# %%\n%%sql\nSELECT ⎸\n# %%\nx = 'it'\n", "SELECT ⎸\n"),
        ("# COMMAND ----------\n\n# MAGIC %sql\n# MAGIC SELECT ⎸\n# MAGIC FROM orders\n\n# COMMAND ----------\n",
         "SELECT ⎸\n        FROM orders"),
    ],
)  # fmt: skip
def test_marked_cells_of_a_python_file_are_cells(marked: str, statement: str) -> None:
    before, after = marked.split("⎸")
    context = extract(
        Document("a.py", before + after), len(before.encode()), language="python", catalog=CATALOG
    )
    assert context is not None
    assert context.region == "notebook-cell"
    assert f"{context.prefix}⎸{context.suffix}".rstrip() == statement.rstrip()


def test_comments_below_a_plain_mark_are_comments() -> None:
    context = context_at("# %%\n# SELECT ⎸\nx = 1\n")
    assert context is None or context.region == "python-code"


def test_an_sql_cell_needs_no_magic_and_may_have_one() -> None:
    for text in (
        "SELECT ⎸ FROM orders",
        "%%sql warehouse\nSELECT ⎸ FROM orders",
        "#!sql-shop\nSELECT ⎸ FROM orders",
    ):
        context = context_at(text, "sql")
        assert context is not None
        assert context.region == "notebook-cell"
        assert context.statement == "SELECT  FROM orders"
        assert [relation.name for relation in context.relations] == ["orders"]


def test_a_long_cell_is_read_near_the_cursor() -> None:
    statement = "SELECT id FROM orders WHERE total > {};\n"
    text = (
        "%%sql\n"
        + "".join(statement.format(number) for number in range(900))
        + "SELECT ⎸ FROM orders;\n"
        + statement * 20
    )
    context = context_at(text)
    assert context is not None
    assert context.statement == "SELECT  FROM orders"


def test_earlier_cells_say_the_dialect() -> None:
    assert (
        context_at("%%sql\nSELECT ⎸", above=(code("%load_ext sql\n%sql duckdb:///x.db"),)).dialect == "duckdb"
    )  # type: ignore[union-attr]
    connects = code("import psycopg\nimport sqlite3\ncon = psycopg.connect()")
    assert context_at("con.execute('SELECT ⎸')", above=(connects, markdown("x"))).dialect == "postgres"  # type: ignore[union-attr]
    assert (
        context_at("SELECT ⎸", "sql", above=(code("%%sql snowflake://a/b\nSELECT 1"),)).dialect == "snowflake"
    )  # type: ignore[union-attr]


def test_the_markdown_above_asks() -> None:
    above = (
        markdown("# Orders"),
        code("import sqlite3"),
        markdown("## Totals\n\nHow much was *paid*? It grows.\n"),
        code("x = 1"),
    )
    context = context_at("%%sql\nSELECT ⎸", above=above)
    assert context is not None
    assert (context.question.text, context.question.source) == ("How much was paid?", "markdown")
    assert context.question.document == "notes"
    span = context.question.span
    assert span is not None
    assert above[2].document.text(span.start, span.end) == "How much was *paid*?"


def test_the_markdown_above_asks_of_code_too() -> None:
    context = context_at("x = orders.head(⎸)", above=(markdown("How much was paid?"),))
    assert context is not None
    assert (context.region, context.question.text) == ("python-code", "How much was paid?")
    assert context.question.document == "notes"


def test_a_comment_in_the_cell_asks_before_the_markdown() -> None:
    context = context_at("%%sql\n-- Orders by day\nSELECT ⎸", above=(markdown("How much?"),))
    assert context is not None
    assert (context.question.text, context.question.document) == ("Orders by day", "")


def test_the_markdown_asks_before_a_name() -> None:
    text = "paid_orders = con.execute('SELECT ⎸')"
    assert context_at(text, above=(markdown("How much?"),)).question.text == "How much?"  # type: ignore[union-attr]
    assert context_at(text).question.text == "paid orders"  # type: ignore[union-attr]


def test_the_code_of_cells_is_their_python() -> None:
    cells = (
        code("a = 1"),
        markdown("b"),
        code("%%bash\nc"),
        code("%%sql duckdb://\nSELECT 1"),
        code("SELECT 2", "sql"),
        code("d = 2"),
    )
    assert code_of_cells(cells).split(b"\n") == [b"a = 1", b"%%sql duckdb://", b"d = 2", b""]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("%%sql c\nSELECT 1", "python", (b"       \nSELECT 1", "sql")),
        ("%time x\ny = 1\n!ls \\\n  -l\n", "python", (b"       \ny = 1\n     \n    \n", "python")),
        ("%%bash\nls", "python", None),
        ("SELECT {a}", "sql", (b"SELECT _a_", "sql")),
    ],
)  # fmt: skip
def test_a_cell_is_readable_as_plain_source(
    text: str, language: str, expected: tuple[bytes, str] | None
) -> None:
    assert readable(text.encode(), language) == expected  # type: ignore[arg-type]


pieces = st.sampled_from(
    ["%%sql", "%sql ", "%%bigquery", "# %%", " [sql]", "# MAGIC ", "\n", "SELECT ", "FROM orders", "x = ", "{{", "}}", "{a}", "$b", "\\\n", "'", '"""', "é😀", "!ls", "?", "<<", "#!sql", "\r\n", "# COMMAND ----------"]
)  # fmt: skip


@given(st.lists(pieces, max_size=20).map("".join), st.data(), st.sampled_from(["sql", "python"]))
def test_any_cell_is_read_in_place(text: str, data: st.DataObject, language: str) -> None:
    document = Document("cell", text)
    offset = len(text[: data.draw(st.integers(0, len(text)))].encode())
    found = sql_at(document, offset, language)  # type: ignore[arg-type]
    if found is not None:
        assert 0 <= found.start <= offset <= found.start + len(found.masked) <= len(document)
    plain = readable(text.encode(), language)  # type: ignore[arg-type]
    assert plain is None or len(plain[0]) == len(text.encode())
    context = extract(document, offset, language=language, cells_above=())  # type: ignore[arg-type]
    if context is not None and context.region != "python-code":
        assert context.prefix + context.suffix == context.statement
        assert context.statement_span.start + len(context.prefix.encode()) == offset


def test_a_cell_of_another_language_is_no_python() -> None:
    assert context_at("%%bash\necho ⎸") is None
    assert context_at("%%s⎸ql\nSELECT 1") is None
    assert context_at("%%html\ncon.execute('SELECT ⎸')") is None


def test_duckdb_in_a_cell_sees_the_frames_of_python() -> None:
    frame = code('import pandas as pd\npaid = pd.DataFrame({"day": [1], "total": [2]})')
    for text in ("%%sql duckdb://\nSELECT ⎸ FROM paid", "x = 1\n%sql duckdb:// SELECT ⎸ FROM paid"):
        context = context_at(text, above=(frame,))
        assert context is not None
        shown = [(each.name, each.kind, each.columns) for each in context.relations]
        assert shown == [("paid", "frame", ("day", "total"))]
    assert context_at("%%sql mysql://h\nSELECT ⎸ FROM paid", above=(frame,)).relations[0].kind == "table"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "cell",
    [
        code("CREATE TABLE paid AS SELECT id, total FROM orders;", "sql"),
        code("%%sql shop\nCREATE TABLE paid AS SELECT id, total FROM orders"),
        code("%%sql\nCREATE TABLE paid (id INT, total INT)"),
    ],
)
def test_tables_that_earlier_cells_make_have_their_columns(cell: Cell) -> None:
    for marked, language in (("%%sql\nSELECT ⎸ FROM paid", "python"), ("SELECT ⎸ FROM paid", "sql")):
        context = context_at(marked, language, (cell, code("x = 1")))
        assert context is not None
        assert [each.columns for each in context.relations] == [("id", "total")]
    inside = context_at("con.execute('SELECT ⎸ FROM paid')", above=(cell,))
    assert inside is not None
    assert [each.columns for each in inside.relations] == [("id", "total")]


def test_a_cell_knows_the_tables_it_makes_itself() -> None:
    for first, language in (("%%sql\n", "python"), ("", "sql"), ("%%sql shop\n", "sql")):
        context = context_at(
            first + "CREATE TABLE paid AS SELECT id FROM orders;\nSELECT ⎸ FROM paid", language
        )
        assert context is not None
        assert [each.columns for each in context.relations] == [("id",)]


def test_imports_of_the_first_cell_are_known_far_below() -> None:
    above = (code("import duckdb\ncon = duckdb.connect()"), *(code("x = 'a'\n" * 200) for _ in range(60)))
    assert context_at("con.execute('SELECT ⎸')", above=above).dialect == "duckdb"  # type: ignore[union-attr]


def test_a_shell_line_goes_on_behind_a_backslash() -> None:
    for end in (b"\n", b"\r\n"):
        text = b"!ls \\" + end + b"  -l" + end + b"x = 1" + end
        assert readable(text, "python") == (b" " * 5 + end + b" " * 4 + end + b"x = 1" + end, "python")


@pytest.mark.parametrize(
    ("marked", "written"),
    [
        ("%%sql\n  SELECT ⎸", "id\n  FROM orders"),
        ("x = %sql SELECT ⎸", "id FROM orders"),
        ("%sql SELECT ⎸", "id FROM orders"),
    ],
)
def test_an_insertion_fits_its_magic(marked: str, written: str) -> None:
    context = context_at(marked)
    assert context is not None
    assert render_insertion("id\nFROM orders", context) == written


@pytest.mark.parametrize(
    ("marked", "written"),
    [
        ("# %% [sql]\n#   SELECT ⎸", "id\n#   FROM orders"),
        ("# MAGIC %sql\n# MAGIC SELECT ⎸", "id\n# MAGIC FROM orders"),
    ],
)
def test_an_insertion_into_commented_sql_is_commented(marked: str, written: str) -> None:
    before = marked.removesuffix("⎸")
    context = extract(Document("a.py", before), len(before), language="python")
    assert context is not None
    assert render_insertion("id\nFROM orders", context) == written
