"""Long files as people have them, made from a seed: a Python module with queries in its functions, and a file of SQL."""

import random

from understudy_knowledge.catalog import Catalog, Column, Table

TABLES = {
    "orders": ("order_id", "customer_id", "ordered_on", "total_cents", "status"),
    "customers": ("customer_id", "name", "city", "signed_up_on"),
    "order_lines": ("order_id", "product_id", "quantity", "price_cents"),
    "products": ("product_id", "title", "category", "weight_grams"),
    "visits": ("visit_id", "customer_id", "visited_at", "page", "seconds"),
}
CATALOG = Catalog(
    tuple(Table(name, tuple(Column(column) for column in columns)) for name, columns in TABLES.items())
)
_STATEMENTS = (
    "SELECT {a}, COUNT(*) AS n\nFROM {t} AS x\nWHERE {b} > {number}\nGROUP BY {a}\nORDER BY n DESC",
    "SELECT x.{a}, y.{c}\nFROM {t} AS x\nJOIN {u} AS y ON x.{a} = y.{c}\nWHERE x.{b} LIKE '%{number}%' AND y.{d} IS NOT NULL\nLIMIT 10",
    "WITH r AS (\n  SELECT {a}, SUM({b}) AS s FROM {t} GROUP BY {a}\n)\nSELECT r.{a}, r.s, y.{d}\nFROM r, {u} AS y\nWHERE r.s > {number} AND y.{c} IN (1, 2, {number})",
    "UPDATE {t} SET {a} = {number}, {b} = 'it''s {number}'\nWHERE {a} IN (SELECT {c} FROM {u} WHERE {d} = {number})",
    "INSERT INTO {t} ({a}, {b})\nSELECT {c}, {d} FROM {u} WHERE {d} <> 'x{number}'",
)
_CALLS = (
    'rows = con.execute("""\n{sql}\n""").fetchall()',
    "frame = pd.read_sql(f'''{sql} -- {{limit}}\n''', con)",
    'con.execute("{line}", (first, last))',
    'sql = "{line} "\\\n    "AND {{}} = 1".format(first)',
    'QUERY = """\n{sql}"""\ncursor.execute(QUERY)',
)
_CODE = (
    "total = sum(value for value in values if value > {number})  # of the {number} newest",
    "result = frame.groupby('status').agg({{'total_cents': 'sum'}}).reset_index()",
    "if total > {number} and name != 'none':\n    log.warning('only %s of %d', name, total)",
    "for row in rows:\n    found[row['order_id']] = row['status'] or \"open\"",
    "try:\n    value = int(text[{number} % len(text)])\nexcept (ValueError, IndexError):\n    value = None",
    "frame = frame[frame['quantity'] > {number}].merge(other, on='product_id', how='left')",
)

_KEYS: tuple[str, ...] = (*"abcdefghij  .,,()=*'\"{}_\n\n;:0123#%-", "'", '"', "(", ")")


def statement(draw: random.Random) -> str:
    """One query or change over some lines, without a delimiter."""
    (t, left), (u, right) = draw.sample(sorted(TABLES.items()), 2)
    (a, b), (c, d) = draw.sample(left, 2), draw.sample(right, 2)
    shape = draw.choice(_STATEMENTS)
    return shape.format(t=t, u=u, a=a, b=b, c=c, d=d, number=draw.randrange(10, 1_000))


def sql_file(statements: int, seed: int, end: str = ";") -> str:
    """Statements of about 200 bytes each with their comments, each followed by `end` and a blank line."""
    draw = random.Random(seed)  # noqa: S311
    return "".join(
        f"-- Number {n}: what is there by {draw.choice(sorted(TABLES))}?\n{statement(draw)}{end}\n\n"
        for n in range(statements)
    )


def python_file(lines: int, queries: int, seed: int) -> str:
    """A module of exactly so many lines in which so many strings hold SQL, spread evenly."""
    draw = random.Random(seed)  # noqa: S311
    made = ["import pandas as pd", "", "con = connect('shop.db')", "", ""]
    for n in range(queries):
        made += _function(n, statement(draw), draw)
        filler = 0
        while len(made) < lines * (n + 1) // queries - 12:
            made += _filler(f"{n}_{filler}", draw)
            filler += 1
    made += ["# The end."] * (lines - len(made) - 1)
    return "\n".join(made[: lines - 1]) + "\n"


def _function(n: int, sql: str, draw: random.Random) -> list[str]:
    line = " ".join(sql.split()).replace('"', "'")
    call = draw.choice(_CALLS).format(sql=sql, line=line)
    head = [f"def report_{n}(con, first, last, limit=10):", f'    """How many are there in case {n}?"""']
    return [*head, *_indented(call), "    return None", "", ""]


def _filler(name: str, draw: random.Random) -> list[str]:
    body = [each.format(number=draw.randrange(1_000)) for each in draw.sample(_CODE, 3)]
    head = [f"def step_{name}(frame, other, values, rows):", '    """Work on what was read."""']
    return [*head, *(line for each in body for line in _indented(each)), "    return frame", "", ""]


def _indented(code: str) -> list[str]:
    return [f"    {line}" if line else "" for line in code.split("\n")]


def places_of_sql(text: str) -> list[int]:
    """Offsets at which lines of SQL in the file have their middle."""
    found: list[int] = []
    position = 0
    for line in text.split("\n"):
        if any(word in line for word in ("SELECT ", "FROM ", "WHERE ", "SET ", "JOIN ", "GROUP BY ")):
            found.append(position + len(line) // 2)
        position += len(line) + 1
    return found


def edit_text(draw: random.Random) -> str:
    """What one keystroke or paste puts in."""
    if draw.random() < 0.1:
        pasted: str = draw.choice((statement(draw), "\n".join(_filler("new", draw)), statement(draw) + ";\n"))
        return pasted
    return draw.choice(_KEYS)
