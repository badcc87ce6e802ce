"""Far down a long Python file, and deep in a long string, the SQL at the cursor is found by reading its surroundings only."""

import pytest

from understudy_server.context.extract import extract
from understudy_server.context.python.surroundings import surroundings_at
from understudy_server.context.text.document import Document

QUERY = '"""\nSELECT day, ⎸ FROM orders\nWHERE total = {n}\n"""'
LAYOUTS = {
    "functions": 'def f{n}(con):\n    """Orders of day {n}."""\n    return con.execute(QUERY)\n\n\n',
    "script": "# Orders of day {n}.\nrows_{n} = con.execute(QUERY).fetchall()\n\n",
    "bare calls": "# Orders of day {n}.\ncon.execute(QUERY)\nprint(1)\n",
    "methods": '    def f{n}(self):\n        """Orders of day {n}."""\n        return self.con.execute(QUERY)\n\n',
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_string_and_its_question_are_found(layout: str) -> None:
    head = "class Report:\n" if layout == "methods" else "import sqlite3\n\n"
    parts = [LAYOUTS[layout].replace("QUERY", QUERY).format(n=n) for n in range(1_000)]
    before, _, after = parts[700].partition("⎸")
    above = (head + "".join(parts[:700])).replace("⎸", "a") + before
    document = Document("x.py", above + (after + "".join(parts[701:])).replace("⎸", "a"))
    offset = len(above.encode())
    context = extract(document, offset, language="python")
    assert context is not None
    assert context.question.text == "Orders of day 700."
    assert context.suffix == " FROM orders\nWHERE total = 700"
    around = surroundings_at(document, offset)
    assert around is not None
    assert len(around.text) < 5_000


@pytest.mark.parametrize("use", ["SQL = {}\n", "con.execute(\n    {}\n)\n"])
def test_a_megabyte_of_sql_in_one_string(use: str) -> None:
    statement = "SELECT a FROM t{n} WHERE b = 1;\n"
    literal = '"""\n' + "".join(statement.format(n=n) for n in range(30_000)) + '"""'
    source = use.format(literal)
    document = Document("x.py", source)
    offset = source.index("t20000 WHERE") + len("t20000 WHERE ")
    context = extract(document, offset, language="python")
    assert context is not None
    assert f"{context.prefix}⎸{context.suffix}" == "SELECT a FROM t20000 WHERE ⎸b = 1"
    around = surroundings_at(document, offset)
    assert around is not None
    assert around.window is not None
    assert len(around.window.text) < 100_000


def test_a_list_of_a_thousand_queries() -> None:
    queries = "".join(f'    "SELECT a FROM t{n} WHERE b = 1",\n' for n in range(1_000))
    source = f"QUERIES = [\n{queries}]\n"
    context = extract(Document("x.py", source), source.index("t700 WHERE") + 5, language="python")
    assert context is not None
    assert context.prefix + context.suffix == "SELECT a FROM t700 WHERE b = 1"
