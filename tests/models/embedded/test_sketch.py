"""Taking a plain SELECT apart and putting it together again."""

import pytest
from attrs import evolve

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Example
from understudy_knowledge.models.embedded.compose import Composer
from understudy_knowledge.models.embedded.periods import units_in
from understudy_knowledge.models.embedded.plans import filled, sketch_of, step_pieces
from understudy_knowledge.models.embedded.sketch import decompose, parse
from understudy_knowledge.models.embedded.teacher import first_plan
from understudy_knowledge.models.embedded.writing import write


def rewritten(sql: str, catalog: Catalog) -> str | None:
    sketch = decompose(sql, catalog, "sqlite")
    if sketch is None:
        return None
    tree = Composer.of(catalog).compose(sketch)
    assert tree is not None, sql
    return write(tree, "sqlite")


def test_every_plain_example_means_the_same_after_the_round_trip(
    mined: tuple[Example, ...], roastery: Catalog, database
) -> None:
    plain = 0
    for example in mined:
        again = rewritten(example.gold, roastery)
        if again is not None:
            plain += 1
            assert database.same(again, example.gold), f"{example.question}\n{again}"
    assert plain >= 0.8 * len(mined)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name, region FROM customers",
        "SELECT * FROM customers",
        "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id",
        "SELECT COUNT(*) FROM orders o JOIN lines l ON l.order_id = o.id",
        "SELECT o.status FROM orders o JOIN lines l ON l.order_id = o.id",
        "SELECT o.status FROM orders o LEFT JOIN lines l ON l.order_id = o.id",
        (
            "SELECT c.name, SUM(l.quantity) FROM customers c JOIN orders o ON o.customer_id = c.id "
            "JOIN lines l ON l.order_id = o.id GROUP BY c.name"
        ),
        "SELECT COUNT(*) FROM orders JOIN customers USING (id)",
        "SELECT c.name FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND o.status = 'shipped' WHERE o.id IS NULL",
        "SELECT id FROM orders WHERE (status = 'shipped' OR status = 'on_hold') AND total > 8",
        "SELECT id FROM orders WHERE NOT (status = 'shipped' AND total > 11)",
        "SELECT id FROM orders WHERE status NOT IN ('shipped') AND total NOT BETWEEN 1 AND 5 AND status NOT LIKE 'g%'",
        "SELECT id FROM orders WHERE customer_id IS NOT NULL",
        "SELECT status, COUNT(*) FROM orders GROUP BY status HAVING COUNT(*) > 1",
        "SELECT customer_id FROM orders GROUP BY customer_id HAVING COUNT(*) > 1",
        "SELECT COUNT(*) FROM orders GROUP BY status",
        "SELECT status FROM orders GROUP BY status",
        "SELECT UPPER(status) AS s FROM orders GROUP BY s",
        "SELECT DISTINCT status FROM orders",
        "SELECT customer_id, COUNT(*) FROM orders GROUP BY customer_id ORDER BY 2 DESC, 1",
        "SELECT id, total AS status FROM orders ORDER BY status LIMIT 2",
        "SELECT id FROM orders ORDER BY total DESC, id LIMIT 3",
        "SELECT id FROM orders ORDER BY id LIMIT 2 OFFSET 1",
        "SELECT id FROM orders ORDER BY id LIMIT 1, 2",
        'SELECT "group", COUNT(*) FROM "order" GROUP BY "group"',
        'SELECT "group" FROM "order" o JOIN customers c ON c.id = o.customer_id WHERE o."group" = \'a\'',
        # correlated, and inner queries with names of their own
        "SELECT name FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)",
        "SELECT name FROM customers WHERE EXISTS (SELECT 1 FROM orders WHERE orders.customer_id = customers.id)",
        "SELECT name, (SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id) FROM customers c",
        "SELECT c.name FROM customers c WHERE c.id IN (SELECT c.customer_id FROM orders c WHERE c.total > 8)",
        "SELECT o.id FROM orders o WHERE o.total > (SELECT AVG(total) FROM orders)",
        "SELECT o.id FROM orders o WHERE o.total = (SELECT MAX(i.total) FROM orders i WHERE i.customer_id = o.customer_id)",
        # an alias that is another table's name
        "SELECT customers.status FROM orders AS customers WHERE customers.total > 8",
        # common tables, one of them under a base table's name
        "WITH big AS (SELECT * FROM orders WHERE total > 8) SELECT c.name, big.total FROM big JOIN customers c ON c.id = big.customer_id",
        "WITH orders AS (SELECT id, name AS status FROM customers) SELECT COUNT(*) FROM orders WHERE status < 'C'",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4) SELECT SUM(i) FROM n",
    ],
)
def test_what_is_taken_apart_means_the_same_when_put_together(sql: str, shop: Catalog, shop_database) -> None:
    """Refusing a statement is honest; changing what it says is not."""
    assert isinstance(shop_database.rows(sql), list), shop_database.rows(sql)
    again = rewritten(sql, shop)
    assert again is None or shop_database.same(again, sql), again


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "not sql at all (",
        "DELETE FROM orders",
        "SELECT 1",
        "SELECT 1; SELECT 2",
        "SELECT name FROM customers UNION SELECT status FROM orders",
        "SELECT COUNT(*) FROM (SELECT 1 AS x) AS t",
        "SELECT a.name, b.name FROM customers a JOIN customers b ON a.id < b.id",
        "SELECT RANK() OVER (ORDER BY total) FROM orders",
        "SELECT o.id FROM orders o, customers c WHERE o.customer_id = c.id",
        "SELECT o.id FROM orders o CROSS JOIN customers c",
        "SELECT o.id FROM orders o RIGHT JOIN customers c ON c.id = o.customer_id",
        "SELECT x FROM nowhere",
        "SELECT id FROM orders ORDER BY id LIMIT 2 OFFSET 1",
    ],
)
def test_what_is_no_plain_select_is_left_alone(sql: str, shop: Catalog) -> None:
    assert decompose(sql, shop, "sqlite") is None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM orders FETCH FIRST 5 ROWS ONLY",
        "SELECT DISTINCT ON (status) id FROM orders",
        "SELECT status, COUNT(*) FROM orders GROUP BY ROLLUP (status)",
        "SELECT id FROM orders FOR UPDATE",
    ],
)
def test_clauses_that_pieces_cannot_hold_make_a_statement_not_plain(sql: str, shop: Catalog) -> None:
    assert decompose(sql, shop, "postgres") is None


def test_a_statement_too_deep_for_the_parser_is_left_alone(shop: Catalog) -> None:
    assert decompose("SELECT " + "(" * 5000 + "1" + ")" * 5000 + " FROM orders", shop, "sqlite") is None


def test_a_table_without_columns_spoils_nothing_for_the_others(shop: Catalog) -> None:
    from understudy_knowledge.catalog import Table

    wider = Catalog((*shop.tables, Table("legacy", ())))
    assert decompose("SELECT name FROM customers", wider, "sqlite") is not None


def test_a_plan_of_gold_with_its_own_code_in_the_holes_gives_the_golds_rows(
    mined: tuple[Example, ...], roastery: Catalog, database
) -> None:
    composer = Composer.of(roastery)
    for example in mined:
        sketch = decompose(example.gold, roastery, "sqlite")
        if sketch is None:
            continue
        plan = first_plan(example, roastery)
        values = {}
        for step, piece in zip(plan.steps, step_pieces(sketch), strict=True):
            if step.holes:
                values.update(_own(step, piece.code))
        read_back = sketch_of(plan, values)
        assert read_back is not None
        assert all(filled(step, values) is not None for step in plan.steps if step.holes)
        tree = composer.compose(read_back)
        assert tree is not None
        assert database.same(write(tree, "sqlite"), example.gold), example.question


def _own(step, code):
    from understudy_knowledge.models.embedded.plans import match, parse_piece

    template = parse_piece(step)
    found = match(template, code)
    assert found is not None, (step.code, code.sql())
    assert set(found) == {hole.id for hole in step.holes}
    return found


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb", "postgres", "mysql"])
def test_a_quotient_stays_as_it_was_written_where_it_is_used(roastery: Catalog, dialect: str) -> None:
    sql = "SELECT ROUND(SUM(price_cents) / 100.0, 2) AS dollars, SUM(price_cents) / NULLIF(COUNT(*), 0) AS each FROM plans"
    sketch = decompose(sql, roastery, dialect)
    assert sketch is not None
    tree = Composer.of(roastery).compose(sketch)
    assert tree is not None
    again = " ".join(write(tree, dialect).split())
    assert "SUM(price_cents) / 100.0" in again
    assert "SUM(price_cents) / NULLIF(COUNT(*), 0)" in again


def test_a_condition_that_two_ask_for_stands_once(roastery: Catalog) -> None:
    sketch = decompose(
        "SELECT COUNT(*) FROM orders WHERE status = 'paid' AND channel = 'web'", roastery, "sqlite"
    )
    assert sketch is not None
    twice = evolve(sketch, conditions=(*sketch.conditions, sketch.conditions[-1]))
    tree = Composer.of(roastery).compose(twice)
    assert tree is not None
    assert write(tree, "sqlite").count("channel") == 1


@pytest.mark.parametrize(
    ("code", "units"),
    [
        ("DATE_TRUNC('month', r.started_at)", ["MONTH"]),
        ("EXTRACT(YEAR FROM r.started_at) = 2024", ["YEAR"]),
        ("YEAR(r.started_at) = 2024", ["YEAR"]),
        ("r.started_at::DATE", ["DAY"]),
        ("r.day >= DATE '2024-01-01'", []),
        ("r.minutes", []),
    ],
)
def test_the_unit_that_a_date_is_cut_off_at_is_known(code: str, units: list[str]) -> None:
    tree = parse(f"SELECT {code} FROM rides AS r", "duckdb")
    assert tree is not None
    assert units_in(tree) == units


def test_what_a_duckdb_user_wrote_is_put_together_without_what_nobody_wrote(roastery: Catalog) -> None:
    sql = (
        "SELECT COUNT(*) FILTER (WHERE channel = 'web') * 1.0 / COUNT(*) AS share FROM orders ORDER BY share"
    )
    sketch = decompose(sql, roastery, "duckdb")
    assert sketch is not None
    tree = Composer.of(roastery).compose(sketch)
    assert tree is not None
    again = write(tree, "duckdb")
    assert not {"CAST", "NULLIF", "NULLS"} & set(again.replace("(", " ").split())
