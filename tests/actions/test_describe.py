"""Hover says what a name stands for, and nothing where it does not know."""

import re
from typing import Any

import pytest
from attrs import evolve

from understudy_knowledge.catalog.model import Catalog, Column, Table
from understudy_knowledge.memory.records import Case, Lesson, Lift, Lineage, Origin, Plan
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_server.actions.describe import Description, describe
from understudy_server.actions.learned import Learned, learned_at
from understudy_server.actions.markup import Markup
from understudy_server.completion.suggestion import Suggestion

PLAIN = Markup(formatted=False)


@pytest.fixture
def hover(read_at: Any, shop: Catalog) -> Any:
    def at(marked: str, language: str = "sql", learned: Learned | None = None) -> Description | None:
        context = read_at(marked, language)
        return describe(context, shop, learned, PLAIN) if context else None

    return at


@pytest.mark.parametrize(
    "marked",
    [
        "SELECT * FROM cust|omers",
        "SELECT * FROM |customers AS c",
        "SELECT * FROM customers|;",
        'SELECT * FROM "cust|omers" AS c',
        "SELECT customers|.name FROM customers",
        "SELECT * FROM main.cus|tomers",
        "INSERT INTO custo|mers (name) VALUES ('x')",
        "UPDATE |customers SET name = 'x'",
        "DELETE FROM cust|omers",
    ],
)
def test_a_table_is_described_wherever_it_is_named(hover: Any, marked: str) -> None:
    found = hover(marked)
    assert found is not None
    assert found.text.startswith("table customers, 1,234 rows, from shop.db\n\nWho buys.")
    assert "customer_id INTEGER PRIMARY KEY" in found.text
    name = marked.replace("|", "")[found.span.start : found.span.end]
    assert name.strip('"') == "customers"


@pytest.mark.parametrize(
    "marked",
    [
        "SELECT c|.name FROM customers AS c",
        "SELECT name FROM customers AS |c",
        "SELECT name FROM customers c|",
    ],
)
def test_an_alias_is_described_as_its_table(hover: Any, marked: str) -> None:
    found = hover(marked)
    assert found is not None
    assert found.text.startswith("c is table customers")
    assert marked.replace("|", "")[found.span.start : found.span.end] == "c"


@pytest.mark.parametrize(
    ("marked", "start"),
    [
        ("SELECT c.na|me FROM customers AS c", "customers.name: TEXT, never null\n\nAs on the invoice."),
        ("SELECT na|me FROM customers", "customers.name: TEXT, never null\n\nAs on the invoice."),
        ("SELECT 1 FROM orders WHERE |customer_id = 1", "orders.customer_id: INTEGER, refers to customers.customer_id"),
        ("SELECT city| FROM customers", "customers.city: TEXT\n\nAll values: 'Lyon', 'Graz'"),
        ("UPDATE orders SET total_c|ents = 1", "orders.total_cents: INTEGER"),
        ("INSERT INTO orders (order_|id) VALUES (1)", "orders.order_id: INTEGER, primary key"),
    ],
)  # fmt: skip
def test_a_column_is_described_with_type_keys_comment_and_samples(
    hover: Any, marked: str, start: str
) -> None:
    found = hover(marked)
    assert found is not None
    assert found.text.startswith(start)


def test_a_column_of_two_tables_is_described_for_both(hover: Any) -> None:
    found = hover("SELECT customer_|id FROM orders, customers")
    assert found is not None
    assert found.text.split("\n\n")[0].startswith("orders.customer_id")
    assert found.text.split("\n\n")[1].startswith("customers.customer_id")


@pytest.mark.parametrize(
    "marked",
    [
        "WITH big AS (SELECT name, city FROM customers) SELECT * FROM bi|g",
        "WITH bi|g AS (SELECT name, city FROM customers) SELECT * FROM big",
        "WITH big AS (SELECT name, city FROM customers) SELECT big|.name FROM big",
    ],
)
def test_a_cte_is_described_by_its_columns(hover: Any, marked: str) -> None:
    found = hover(marked)
    assert found is not None
    assert found.text == "big, which this statement defines: name, city"


@pytest.mark.parametrize("name", ["big.spe|nt", "spe|nt"])
def test_a_column_of_a_cte_is_said_to_be_of_it(hover: Any, name: str) -> None:
    cte = "WITH big AS (SELECT customer_id, SUM(total_cents) AS spent FROM orders GROUP BY 1)"
    found = hover(f"{cte} SELECT {name} FROM big")
    assert found is not None
    assert found.text == "spent: a column of big, which this statement defines."


def test_where_samples_are_not_read_none_are_shown(read_at: Any, shop: Catalog) -> None:
    customers, *rest = shop.tables
    unread = [evolve(column, samples=(), samples_complete=False) for column in customers.columns]
    masked = evolve(shop, tables=(evolve(customers, columns=tuple(unread)), *rest))
    found = describe(read_at("SELECT cit|y FROM customers", catalog=masked), masked, None, PLAIN)
    assert found is not None
    assert found.text == "customers.city: TEXT"


def test_a_name_in_a_python_string_has_its_exact_place(hover: Any) -> None:
    marked = "# é🦀\ncursor.execute('SELECT \\'é\\', c.na|me FROM customers AS c')\n"
    found = hover(marked, "python")
    assert found is not None
    assert found.text.startswith("customers.name")
    assert marked.replace("|", "").encode()[found.span.start : found.span.end] == b"name"


@pytest.mark.parametrize(
    "marked",
    [
        "SELECT nothing|_known FROM customers",
        "SEL|ECT name FROM customers",
        "SELECT 'cust|omers' FROM customers",
        "SELECT name FROM customers -- cust|omers",
        "SELECT COUNT(*) AS cit|y FROM customers",
        "SELECT x.na|me FROM customers AS c",
        "|",
    ],
)
def test_nothing_is_said_of_what_is_not_known(hover: Any, marked: str) -> None:
    assert hover(marked) is None


@pytest.mark.parametrize(
    "marked", ["SELECT a FROM nowh|ere", "SELECT n|.a FROM nowhere AS n", "SELECT n.a FROM nowhere AS |n"]
)
def test_of_a_table_that_no_schema_describes_it_is_said_that_nothing_is_known(
    hover: Any, read_at: Any, shop: Catalog, marked: str
) -> None:
    found = hover(marked)
    assert found is not None
    assert found.text.startswith("nowhere is in nothing that was read of the schema")
    # Where all tables are known it is a problem, and diagnostics say so.
    assert describe(read_at(marked), evolve(shop, complete=True)) is None


RECENT = "CREATE TEMP TABLE recent AS SELECT ordered_on, total_cents AS cents FROM orders;\n"
SALES = 'import duckdb\nimport pandas as pd\nsales = pd.DataFrame({"day": [1], "cents": [2]})\n'


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        (RECENT + "SELECT cents FROM rec|ent", "table recent, from test\n\nordered_on TEXT\ncents"),
        (RECENT + "SELECT r.ordered|_on FROM recent AS r", "recent.ordered_on: TEXT"),
        (RECENT + "SELECT cen|ts FROM recent", "recent.cents"),
        ("CREATE TABLE customers (code TEXT NOT NULL);\nSELECT co|de FROM customers",
         "customers.code: TEXT, never null"),
    ],
)  # fmt: skip
def test_a_table_that_the_file_makes_is_described_as_the_file_makes_it(
    hover: Any, marked: str, text: str
) -> None:
    assert hover(marked).text == text


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("SELECT day FROM sal|es", "sales, a DataFrame of the code around: day, cents"),
        ("SELECT s|.day FROM sales AS s", "s, a DataFrame of the code around: day, cents"),
        ("SELECT da|y FROM sales", "day: a column of sales, a DataFrame of the code around."),
    ],
)
def test_a_frame_is_described_as_one(read_at: Any, shop: Catalog, query: str, text: str) -> None:
    context = read_at(f'{SALES}duckdb.sql("{query}")', "python", dialect="duckdb")
    found = describe(context, shop, None, PLAIN)
    assert found is not None
    assert found.text == text


HOSTILE = "`](command:evil) [x](http://evil.example) <img src=x> ``` \n\n# www.evil.example \u202e | **b**"


def test_hostile_names_and_comments_stay_words(read_at: Any) -> None:
    table = Table(
        "t",
        (Column("c", HOSTILE, samples=(HOSTILE,), comment=HOSTILE, family="text"),),
        comment=HOSTILE,
        source=HOSTILE,
    )
    catalog = Catalog((table,))
    for marked in ("SELECT * FROM t|", "SELECT c| FROM t"):
        found = describe(read_at(marked, catalog=catalog), catalog)
        assert found is not None
        outside = _outside_of_code(found.text)
        for danger in ("](", "<img", "http://", "www.", "command:", "\u202e", "\n#"):
            assert danger not in outside


def _outside_of_code(markdown: str) -> str:
    """What a Markdown reader does not show as code; a span closes at the next run of as many backticks."""
    left = re.sub(r"^(`{3,})sql\n.*?^\1$", "", markdown, flags=re.DOTALL | re.MULTILINE)
    left = re.sub(r"(?<![`\\])(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", left, flags=re.DOTALL)
    left = re.sub(r"\\[!-/:-@\[-`{-~]", "", left)
    assert "`" not in left
    return left


def _case(**changes: Any) -> Case:
    plan = Plan("How many customers?", (), "SELECT …")
    case = Case("case1", "e1", "How many customers?", "How many customers?", plan, "SELECT COUNT(*) FROM customers", "s", "f",
                Lineage(("customers",)), "", Origin("queries/a.sql", 7), "admitted", "It helped.", Lift(0.8, 0.4, 5))  # fmt: skip
    return evolve(case, **changes)


def _suggestion(statement: str, *lessons: Lesson) -> Suggestion:
    return Suggestion("id", "x", statement, lessons, "embedded")


def test_a_suggested_statement_says_which_lesson_helped(read_at: Any, shop: Catalog, tmp_path: Any) -> None:
    case = _case()
    lesson = Lesson(case.id, case.question, case.plan, "", case.code, 0.9, 0.4)
    context = read_at("SELECT COUNT(*)\n    FROM custom|ers;")
    shown = [_suggestion("SELECT COUNT(*) FROM customers", lesson), _suggestion("SELECT 1")]
    with KnowledgeStore.open(tmp_path / "k.db") as store:
        store.put_case(case)
        learned = learned_at(context, shown, store, None)
        found = describe(context, shop, learned, PLAIN)
        assert found is not None
        assert found.text.endswith(
            "Understudy suggested this (embedded) with a lesson from “How many customers?” at queries/a.sql:7: "
            "lift +0.40 on 5 siblings (40% passed without it, 80% with it)."
        )
        store.forget(case.id)
        learned = learned_at(context, shown, store, None)
        assert ", forgotten since: lift +0.40." in describe(context, shop, learned, PLAIN).text  # type: ignore[union-attr]


def test_a_lesson_is_shown_anywhere_in_its_statement(read_at: Any, shop: Catalog) -> None:
    context = read_at("SELECT COU|NT(*) FROM customers")
    learned = learned_at(context, [_suggestion(context.statement)], None, None)
    found = describe(context, shop, learned, PLAIN)
    assert found == Description(
        "Understudy suggested this without a lesson (embedded).", context.statement_span
    )


def test_a_statement_that_taught_says_what_became_of_its_case(
    read_at: Any, shop: Catalog, tmp_path: Any
) -> None:
    with KnowledgeStore.open(tmp_path / "k.db") as store:
        store.put_cases(
            (
                _case(),
                _case(id="case2", origin=Origin("queries/b.sql", 7)),
                _case(id="case3", question="Else?"),
            )
        )
        # The statement has moved since; its question has not changed.
        context = read_at("-- How many customers?\nSELE|CT COUNT(*) FROM customers")
        learned = learned_at(context, [], store, ("queries/a.sql", 40))
        assert [case.id for case in learned.taught] == ["case1"]
        found = describe(context, shop, learned, PLAIN)
        assert found is not None
        assert found.text.startswith(
            "Understudy learned from this: case case1, admitted, lift +0.40 on 5 siblings"
        )
        assert learned_at(context, [], store, ("queries/c.sql", 7)).taught == ()


def test_a_lift_of_another_student_says_so(read_at: Any, shop: Catalog, tmp_path: Any) -> None:
    case = _case(student="last year's")
    lesson = Lesson(case.id, case.question, case.plan, "", case.code, 0.9, 0.4)
    context = read_at("-- How many customers?\nSELE|CT COUNT(*) FROM customers")
    with KnowledgeStore.open(tmp_path / "k.db") as store:
        store.put_case(case)
        for shown in ([_suggestion(context.statement, lesson)], []):
            for student, said in (("this year's", True), ("last year's", False), ("", False)):
                learned = learned_at(context, shown, store, ("queries/a.sql", 7), student)
                found = describe(context, shop, learned, PLAIN)
                assert found is not None
                assert ("with it), measured for another student." in found.text) is said
