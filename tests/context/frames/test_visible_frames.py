"""The frames at a cursor: scopes, functions, notebooks, edits, and code that is not Python at all."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from shop_files import catalog_of_files

from understudy_knowledge.catalog import Catalog, Column, Table, discover
from understudy_server.context.extract import extract
from understudy_server.context.frames.visible import scope_at, span_of, visible_frames
from understudy_server.context.query_context import QueryContext
from understudy_server.context.text.document import Document

SOURCE = '''import pandas as pd

orders = pd.read_csv("orders.csv")


def by_month(frame: pd.DataFrame, limit=3):
    """Orders by month."""
    frame["month"] = frame["ordered_on"].str[:7]
    # What does each month bring?
    months = frame.groupby("month", as_index=False).agg(total=("total_cents", "sum"))
    return months.head(limit)


class Report:
    def __init__(self):
        self.months = by_month(orders)

    def show(self):
        top = self.months.head(1)
        return top


summary = by_month(orders).rename(columns={"total": "revenue"})
query = "SELECT 1"
'''


def frames_at(source: str, mark: str, catalog: Catalog | None = None) -> dict[str, object]:
    """Name -> columns on a new line of the same indentation below the mark."""
    start, end = source.index(mark), source.index("\n", source.index(mark)) + 1
    indent = mark[: len(mark) - len(mark.lstrip())]
    above = source[:end] + indent
    found = visible_frames(
        (above + "\n" + source[end:]).encode(), len(above.encode()), catalog or catalog_of_files()
    )
    assert source[start - 1] == "\n"
    return {each.name: each.frame.names for each in found}


def context_at(marked: str, cells: Sequence[str] = ()) -> QueryContext:
    from understudy_server.context.notebook.cells import Cell

    before, _, after = marked.partition("|")
    above = [Cell(Document(f"cell-{number}", text)) for number, text in enumerate(cells)]
    found = extract(
        Document("a.py", before + after),
        len(before.encode()),
        language="python",
        catalog=catalog_of_files(),
        cells_above=above if cells else None,
    )
    assert found is not None
    return found


def test_a_function_sees_what_its_calls_give() -> None:
    inside = frames_at(SOURCE, "    months = ")
    assert inside["frame"] == ("order_id", "customer_id", "ordered_on", "total_cents", "month")
    assert inside["months"] == ("month", "total")


def test_what_a_function_sets_stays_inside() -> None:
    after = frames_at(SOURCE, "query = ")
    assert set(after) == {"orders", "summary"}
    assert after["summary"] == ("month", "revenue")


def test_a_method_sees_what_another_one_set_of_self() -> None:
    assert frames_at(SOURCE, "        top = ")["top"] == ("month", "total")


def test_a_parameter_that_nobody_fills_is_a_frame_of_unknown_columns() -> None:
    source = "import pandas as pd\ndef f(frame: pd.DataFrame, other):\n    pass\n    x = 1\n"
    assert frames_at(source, "    pass") == {"frame": None}


def test_a_line_that_is_not_finished_above_costs_only_itself() -> None:
    source = 'import pandas as pd\nx = pd.DataFrame({"a": [1]})\ny = foo(x,\nz = x.assign(b=1)\nend = 1\n'
    assert frames_at(source, "end =")["z"] == ("a", "b")


def test_python_code_has_its_frames_as_relations_and_is_no_sql() -> None:
    context = context_at(SOURCE.replace("return months", "return mon|ths"))
    assert (context.region, context.clause) == ("python-code", "other")
    assert [(each.name, each.kind) for each in context.relations][:2] == [
        ("months", "frame"),
        ("frame", "frame"),
    ]
    assert context.relations[0].columns == ("month", "total")
    assert context.statement == "return months.head(limit)"
    assert (context.question.text, context.question.source) == ("Orders by month.", "docstring")


def test_the_comment_above_a_statement_asks() -> None:
    context = context_at(SOURCE.replace("months = frame", "months| = frame"))
    assert (context.question.text, context.question.source) == ("What does each month bring?", "comment")


@pytest.mark.parametrize(
    ("above", "question", "source", "place"),
    [
        ("# What sold?\n    ", "What sold?", "comment", "# What sold?"),
        ('"""Which sold."""\n    y = 1\n    ', "Which sold.", "docstring", '"""Which sold."""'),
        ("# What sold?\n    y = 1\n    if y:\n        y = 2\n    ", "What sold?", "comment", "# What sold?"),
        ("y = 1\n    ", "sales by city", "function", "sales_by_city"),
        ("def inner():\n        pass\n    ", "sales by city", "function", "sales_by_city"),
    ],
)
def test_the_question_of_code_has_its_place(above: str, question: str, source: str, place: str) -> None:
    text = f"import pandas as pd\ndef sales_by_city(a,\n  b):\n    {above}x = a.head()\n"
    document = Document("a.py", text)
    context = extract(document, text.index(".head"), language="python")
    assert context is not None
    assert (context.question.text, context.question.source) == (question, source)
    assert context.question.span is not None
    assert document.text(context.question.span.start, context.question.span.end) == place


def test_sql_of_duckdb_sees_frames_as_tables() -> None:
    code = 'import duckdb\nimport pandas as pd\ndf = pd.DataFrame({"a": [1], "b": [2]})\n'
    (relation,) = context_at(code + 'duckdb.sql("SELECT | FROM df AS d")').relations
    assert (relation.name, relation.kind, relation.columns) == ("d", "frame", ("a", "b"))
    offered = context_at(code + 'duckdb.sql("SELECT * FROM |")').relations
    assert [(each.name, each.kind) for each in offered] == [("df", "frame")]


def test_sql_of_another_engine_sees_none() -> None:
    code = 'import sqlite3\nimport pandas as pd\ndf = pd.DataFrame({"a": [1]})\n'
    assert context_at(code + 'connection.execute("SELECT * FROM |")').relations == ()


def test_cells_of_a_notebook_see_those_above() -> None:
    cells = [
        'import pandas as pd\ndf = pd.read_csv("orders.csv")',
        "%matplotlib inline\ndf = df[['order_id']]",
    ]
    context = context_at("df['|']", cells)
    assert [(each.name, each.columns) for each in context.relations] == [("df", ("order_id",))]


def test_a_column_says_where_it_was_named() -> None:
    document = Document("a.py", SOURCE)
    scope = scope_at(document, len(document), catalog_of_files())
    summary = next(each.frame for each in scope.frames if each.name == "summary")
    revenue = summary.column("revenue")
    assert revenue is not None
    assert revenue.origin is not None
    span = span_of(revenue.origin, document, len(document))
    assert span is not None
    assert document.text(span.start, span.end) == '"revenue"'


def test_another_catalog_gives_another_answer() -> None:
    document = Document("a.py", 'import pandas as pd\ndf = pd.read_csv("orders.csv")\n')
    assert visible_frames(document, len(document), Catalog())[0].frame.names is None
    assert visible_frames(document, len(document), catalog_of_files())[0].frame.names is not None


LINES = st.lists(
    st.sampled_from(
        [
            'df = pd.DataFrame({"a": [1], "b": [2]})', 'df["c"] = 1', "    df['d'] = 2", "if x:", "else:", "for i in [1, 2]:", "def f(p):",
            "    return p.assign(z=1)", "out = f(df)", "out = df.merge(", "    other, on='a')", '"""', "x = '", "]", "while True:", "    break",
            "class A:", "    def m(self):", "        self.t = df", "try:", "except E:", "df = None", "\\", "é = df.rename(columns={'a': 'é'})", "",
        ]
    ),
    max_size=25,
).map(lambda lines: "import pandas as pd\n" + "\n".join(lines) + "\n")  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    LINES,
    st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from(["x", "\n", '"', "'''", "    ", "df", ")"])), max_size=6
    ),
)
def test_edits_leave_what_a_fresh_reading_finds(text: str, edits: list[tuple[int, str]]) -> None:
    document = Document("a.py", text, block_bytes=40)
    for line, new in edits:
        visible_frames(document, len(document))
        row = min(line, document.line_count - 1)
        document.apply_change(row, 0, row, 0, new, "utf-8")
    for offset in range(0, len(document) + 1, 17):
        fresh = Document("a.py", document.text())
        assert visible_frames(document, offset) == visible_frames(fresh, offset)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.text(alphabet="()[]{}'\"#\\\n =.,:dfpd%", max_size=60))
def test_any_text_has_an_answer(one: str, other: str) -> None:
    document = Document("a.py", "df = pd.DataFrame({'a': [1]})\n" + one + "\n" + other)
    for offset in range(0, len(document) + 1, 11):
        visible_frames(document, offset)


def test_hostile_nesting_is_declined_at_once() -> None:
    for text in (
        "x = " + "(" * 10_000,
        "x = " + "-" * 10_000 + "1",
        "df = " + "df." * 5_000 + "a",
        "df = " + "[" * 150 + "]" * 150,
    ):
        source = ("df = pd.DataFrame({'a': [1]})\n" + text + "\n").encode()
        visible_frames(source, len(source))


def test_sql_of_pandasql_sees_frames_as_tables() -> None:
    code = 'from pandasql import sqldf\nimport pandas as pd\ndf = pd.DataFrame({"a": [1]})\n'
    (relation,) = context_at(code + 'top = sqldf("SELECT | FROM df", globals())').relations
    assert (relation.name, relation.kind, relation.columns) == ("df", "frame", ("a",))


def test_a_file_is_found_beside_a_table_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "orders.csv").write_text("id,total\n1,2\n", "utf-8")
    found = discover(tmp_path)
    catalog = evolve(found, tables=(Table("orders", (Column("other"),), source="shop.db"),))
    for path in ("data/orders.csv", "../data/orders.csv", "orders.csv"):
        source = f'import pandas as pd\ndf = pd.read_csv("{path}")\n'.encode()
        assert visible_frames(source, len(source), catalog)[0].frame.names == ("id", "total")
    source = b'import pandas as pd\ndf = pd.read_csv("elsewhere.csv")\n'
    assert visible_frames(source, len(source), catalog)[0].frame.names is None
