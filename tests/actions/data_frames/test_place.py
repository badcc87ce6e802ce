"""SQL that pandas reads as an expression over frames, and back, in a Python document: exactly, or not at all."""

import ast
from typing import Any

import pytest

from understudy_knowledge.catalog.model import Catalog
from understudy_server.actions.changes import applied
from understudy_server.actions.declined import DeclinedError
from understudy_server.actions.diagnose import Known
from understudy_server.actions.edits import Snapshot
from understudy_server.actions.rewrites import edits_for, rewrites_at
from understudy_server.context.query_context import Span
from understudy_server.context.text.document import Document

HEAD = """import pandas as pd
customers = pd.read_sql("SELECT * FROM customers", db)
orders = pd.read_sql("SELECT * FROM orders", db)


def rows():  # é
    "🦀"
"""


@pytest.fixture
def convert(shop: Catalog) -> Any:
    """The document after the rewrite of that name at `|`."""

    async def made(name: str, marked: str) -> str:
        before, _, after = marked.partition("|")
        at = Span(len(before.encode()), len(before.encode()))
        snapshot = Snapshot(Document("a.py", before + after), "python", Known(shop, "sqlite", live=True))
        assert name in [each.name for each in rewrites_at(snapshot, at, proof=False)]
        edits = await edits_for(name, snapshot, at, None)
        return applied((before + after).encode(), edits).decode()

    return made


def read(sql: str) -> str:
    return f'{HEAD}    return pd.read_sql("{sql}", db)  # after\n'


async def test_a_query_becomes_a_chain_and_the_chain_the_query(convert: Any) -> None:
    sql = "SELECT name FROM customers WHERE city = 'Lyon' ORDER BY name"
    chained = await convert("pandas", read(f"|{sql}"))
    assert chained.startswith(HEAD)
    assert chained.endswith("  # after\n")
    ast.parse(chained)
    assert ".loc[lambda rows: rows['city'] == 'Lyon']" in chained
    back = await convert("sql", chained.replace(".loc[", "|.loc["))
    # Where the chain had lines of its own, the parentheses around it stay.
    assert f'pd.read_sql("{sql}", db)' in back


async def test_groups_and_joins_are_said_with_empty_values_as_sql_has_them(convert: Any) -> None:
    sql = (
        "SELECT c.city, COUNT(*) AS n, SUM(o.total_cents) FROM customers AS c JOIN orders AS o "
        "ON c.customer_id = o.customer_id WHERE NOT o.total_cents = 3 GROUP BY c.city HAVING COUNT(*) > 1"
    )
    chained = await convert("pandas", read(f"|{sql}"))
    assert ".dropna(subset=['o.customer_id'])" in chained
    assert "(rows['o.total_cents'] != 3) & rows['o.total_cents'].notna()" in chained
    assert "sum(min_count=1)" in chained
    back = await convert("sql", chained.replace("customers.add_prefix", "cust|omers.add_prefix"))
    assert "HAVING COUNT(*) > 1" in back


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('pd.read_sql("|SELECT name FROM customers LIMIT 3", db)', "rows tie"),
        ('pd.read_sql("|SELECT MAX(city) FROM customers", db)', "first or last text"),
        ('pd.read_sql("|SELECT name || city FROM customers", db)', "expressions"),
        ('pd.read_sql("|SELECT name FROM customers WHERE city = ?", db, params=[x])', "plain"),
        ("pd.read_sql(f\"|SELECT name FROM customers WHERE city = '{x}'\", db)", "plain"),
        ('pd.read_sql("|SELECT name FROM customers -- all\\n", db)', "comments"),
        ("pd.read_sql(\"|SELECT name FROM customers WHERE customer_id = '1'\", db)", "another type"),
        ('pd.read_sql("|SELECT name FROM customers WHERE city > (SELECT 1)", db)', "inner queries"),
    ],
)
async def test_what_pandas_may_answer_otherwise_is_declined_with_the_reason(
    convert: Any, line: str, why: str
) -> None:
    with pytest.raises(DeclinedError, match=why):
        await convert("pandas", f"{HEAD}    return {line}\n")


async def test_a_frame_that_is_not_there_or_is_another_one_is_not_taken_for_the_table(convert: Any) -> None:
    line = 'pd.read_sql("|SELECT name FROM customers", db)\n'
    with pytest.raises(DeclinedError, match="no frame called customers"):
        await convert("pandas", f"import pandas as pd\nx = {line}")
    with pytest.raises(DeclinedError, match="not certain to hold"):
        await convert("pandas", f"import pandas as pd\ncustomers = pd.DataFrame({{'a': [1]}})\nx = {line}")


async def test_other_chains_are_left_alone(shop: Catalog) -> None:
    for chain in ("customers[customers['city'] != 'x'][['name']]", "customers.head(3)", "customers['name']"):
        text = f"{HEAD}    return {chain}\n"
        at = Span(text.index("customers[" if "[" in chain else "customers.head"), len(text) - 2)
        snapshot = Snapshot(Document("a.py", text), "python", Known(shop, "sqlite", live=True))
        assert rewrites_at(snapshot, Span(at.start, at.start), proof=False) == []
