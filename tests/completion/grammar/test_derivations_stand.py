"""Whatever a grammar derives stands where it is put: it parses, and no name in it is unknown. Drawn at random at every cursor."""

import os
import random
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from understudy_server.bench.latency.cut_queries import Cut, cuts
from understudy_server.bench.latency.stands import fault
from understudy_server.completion.grammar import Grammars
from understudy_server.completion.schema_check import verify

QUERIES = [
    ("SELECT c.name, COUNT(DISTINCT o.order_id) AS n FROM customers AS c JOIN orders AS o ON o.customer_id = c.customer_id "
    "WHERE o.total_cents BETWEEN 100 AND 900 AND c.city IN ('Lyon', 'Graz') GROUP BY c.name HAVING COUNT(*) > 2 ORDER BY n DESC LIMIT 5"),
    "SELECT name FROM customers WHERE customer_id NOT IN (SELECT customer_id FROM orders WHERE total_cents > 5) AND city IS NOT NULL",
    "SELECT CASE WHEN total_cents > 5 AND order_id < 3 THEN 'high' WHEN total_cents = 0 THEN NULL ELSE ordered_on END AS kind FROM orders",
    ("WITH big AS (SELECT order_id, total_cents FROM orders), small AS (SELECT order_id AS id FROM big) SELECT id FROM small UNION "
    "SELECT order_id FROM order_lines ORDER BY 1"),
    ("SELECT ROUND(100.0 * SUM(total_cents) / (COUNT(*) + 1), 2), ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY ordered_on DESC) "
    "FROM orders o LEFT JOIN order_lines USING (order_id) WHERE EXISTS (SELECT 1 FROM customers WHERE city LIKE 'L%')"),
    "SELECT t.n FROM (SELECT city AS n, CAST(customer_id AS TEXT) FROM customers) t WHERE NOT t.n = 'x' OR (t.n <> 'y' AND t.n > 'z')",
]  # fmt: skip


def stands(text, cut):
    """What is wrong with the text at the cursor; None where it is shown as it is."""
    if (wrong := fault(text, cut)) is not None:
        return wrong
    return None if verify(text, cut.context, cut.catalog) == text else "the schema check changes it"


@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "duckdb", "mysql"])
@settings(deadline=None, max_examples=15, phases=(Phase.generate,), derandomize=True)
@given(data=st.data())
def test_every_derivation_stands_at_every_cursor_of_hard_queries(data, at, derivations, shop, dialect):
    query = data.draw(st.sampled_from(QUERIES))
    place = data.draw(st.integers(1, len(query)))
    behind = query[place:] if data.draw(st.booleans()) else ""
    context = at(query[:place] + "|" + behind, dialect=dialect)
    grammars = Grammars()
    if grammars.text_for(context, shop) is None:
        return
    grammar = grammars.grammar_for(context, shop)
    draw = random.Random(data.draw(st.integers(0, 2**32)))
    for text in derivations(grammar, draw, 3):
        assert stands(text, Cut(context, shop)) is None, text


def test_every_derivation_stands_at_cuts_of_gold_queries(derivations):
    draw, grammars, asked = random.Random(5), Grammars(), 0
    for cut in cuts(_data(), 5, 60):
        if grammars.text_for(cut.context, cut.catalog) is None:
            continue
        asked += 1
        grammar = grammars.grammar_for(cut.context, cut.catalog)
        for text in derivations(grammar, draw, 2):
            assert stands(text, cut) is None, (cut.context.prefix, text, cut.context.suffix)
    assert asked > 40


def _data() -> Path:
    named = os.environ.get("UNDERSTUDY_DATA")
    path = Path(named) if named else Path(__file__).parents[4] / "shared" / "data"
    if not (path / "train" / "items.jsonl.gz").exists():
        if os.environ.get("CI"):
            pytest.fail("CI must provide the data: set UNDERSTUDY_DATA to the folder that holds train/.")
        pytest.skip("the data is not here: set UNDERSTUDY_DATA to the folder that holds train/")
    return path
