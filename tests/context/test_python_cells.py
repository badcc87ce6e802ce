"""Where a Python file is said to have no magics near, there is no SQL of a magic."""

from hypothesis import given
from hypothesis import strategies as st

from understudy_server.context.notebook.cells import sql_at
from understudy_server.context.python.cells import may_have_magics
from understudy_server.context.text.document import Document

lines = st.sampled_from(
    (
        "# %% [sql]", "# %%", "#%%sql", "# MAGIC %sql", "# MAGIC select 1", "# COMMAND ----------", "%%sql", "%sql select 1",
        "  %sql select \\", "rows = %sql select a \\", "from t \\", "where b", "#!sql", "# SELECT 1", "SELECT 1", "x = 1 % 2",
        'con.execute("SELECT \'%a%\'")', "", "%%time",
    )
)  # fmt: skip


@given(
    st.lists(lines, max_size=12),
    st.sampled_from(("\n", "\r\n")),
    st.data(),
    st.sampled_from((1, 40, 1_500)),
)
def test_no_sql_of_a_magic_is_missed(
    rows: list[str], end: str, data: st.DataObject, block_bytes: int
) -> None:
    document = Document("x.py", end.join(rows), block_bytes=block_bytes)
    offset = data.draw(st.integers(0, len(document)))
    if sql_at(document, offset, "python") is not None:
        assert may_have_magics(document, offset)


def test_plain_python_has_none() -> None:
    text = 'import a\n\n\ndef f(x):\n    """Docs."""\n    return x % 2, "SELECT %s" % x\n' * 500
    document = Document("x.py", text)
    assert not any(may_have_magics(document, offset) for offset in range(0, len(text), 997))
