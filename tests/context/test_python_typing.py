"""A string that is typed quote by quote, without an editor that closes anything: at every letter its SQL is known, and no more than it."""

from itertools import product

import pytest

from understudy_server.context.python.regions import all_regions, find_region
from understudy_server.context.text.document import Document

ONE_LINE = "SELECT a, COUNT(*) FROM orders WHERE total > (SELECT 1)"
LINES = "SELECT\n    a\nFROM orders\nWHERE b IN (1, 2)\nORDER BY a"
ABOVE = {
    "": 'import sqlite3\ncon = sqlite3.connect("x")\nx = """SELECT 9"""\n',
    "    ": 'import a\n\ndef f(con):\n    """Rows of \'a day\'."""\n    x = con.execute("""\n        SELECT 5\n    """)\n',
    "        ": 'class R:\n    """Doc."""\n\n    def f(self):\n        """\n        Long doc.\n        """\n        y = {"a": 1}\n',
}
OPENINGS = ("rows = con.execute(", "rows = con.execute(\n{i}    ", "sql = ", "q = text(", "sql = f")
BELOW = {
    "nothing": "",
    "a return": "\n{i}return rows\n",
    "code": '\n{i}y = g(1)\n{i}print("it\'s")\n{i}for r in y:\n{i}    pass\n',
    "another query": '\n{i}other = con.execute("""\n{i}    SELECT 2 FROM t\n{i}""")\n',
    "a function": '\n\n\ndef g():\n    """Doc g."""\n    return con.execute("""SELECT 2 FROM t""")\n',
    "a class": '\n\n\nclass G:\n    """\n    Doc g.\n    """\n\n    def h(self):\n        return {"a": """SELECT 2 FROM t"""}\n',
}


@pytest.mark.parametrize("below", BELOW)
@pytest.mark.parametrize("quote", ['"', "'", '"""', "'''"])
def test_the_sql_typed_so_far_is_the_region(quote: str, below: str) -> None:
    for (indent, above), opening in product(ABOVE.items(), OPENINGS):
        head = above + indent + opening.replace("{i}", indent) + quote
        sql = LINES.replace("\n", f"\n{indent}    ") if len(quote) == 3 else ONE_LINE
        for length in range(3, len(sql) + 1, 5):
            typed = head + sql[:length]
            region = find_region(Document("x.py", typed + BELOW[below].replace("{i}", indent)), len(typed))
            assert region is not None, f"{typed}⎸"
            assert region.span.start == len(head)
            assert region.masked.decode()[:length] == sql[:length]
            assert not region.masked[length:].strip(), f"{typed}⎸"


@pytest.mark.parametrize("below", ["another query", "a function", "a class"])
@pytest.mark.parametrize("quote", ['"', "'", '"""', "'''"])
def test_what_stands_below_reads_as_before(quote: str, below: str) -> None:
    for indent, above in ABOVE.items():
        source = f"{above}{indent}rows = con.execute({quote}SELECT a{BELOW[below].replace('{i}', indent)}"
        assert [region.masked.strip() for region in all_regions(source.encode())][-1] == b"SELECT 2 FROM t"


def test_a_bracket_that_an_editor_paired_belongs_to_the_call() -> None:
    for source in ('con.execute("SELECT COUNT(⎸))', 'con.execute("SELECT a⎸)', 'con.execute("""SELECT a⎸)'):
        before, after = source.split("⎸")
        region = find_region(Document("x.py", before + after), len(before))
        assert region is not None
        assert region.masked.decode() in ("SELECT COUNT()", "SELECT a")


def test_a_hole_that_is_being_typed_is_python() -> None:
    for source in (
        'con.execute(f"SELECT {co⎸")',
        'con.execute(f"SELECT {⎸")',
        'con.execute(f"SELECT {co⎸} FROM t")',
    ):
        before, after = source.split("⎸")
        assert find_region(Document("x.py", before + after), len(before)) is None
