"""What a program about one table of a database starts from: its rows, and how its cells become numbers."""

_SETUP = """\
import re, sqlite3
connection = sqlite3.connect({file!r})
connection.row_factory = sqlite3.Row
table = [dict(row) for row in connection.execute({query!r})]
def number(text):
    return float(re.sub(r"[^0-9.-]", "", str(text)))
"""


def table_setup(file: str, table: str) -> str:
    """Python that reads the table of an SQLite file into `table`; `file` is as the program opens it."""
    from sqlglot import exp

    query = exp.select("*").from_(exp.to_table(exp.to_identifier(table, quoted=True).sql())).sql("sqlite")
    return _SETUP.format(file=file, query=query)
