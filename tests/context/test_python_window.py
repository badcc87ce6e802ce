"""Far down a long Python file, the string at the cursor is found without parsing the file."""

import pytest

from understudy_server.context.document import Document
from understudy_server.context.extract import extract
from understudy_server.context.python_window import python_window

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
    bounds = python_window(document.buffer, offset)
    assert bounds is not None
    assert bounds[1] - bounds[0] < 1_000


def test_in_the_middle_of_one_huge_string_nothing_is_parsed() -> None:
    document = Document("x.py", 'SQL = """\n' + "SELECT a FROM t;\n" * 10_000 + '"""\n')
    assert extract(document, 100_000, language="python") is None
