"""The nearest bug with its fix."""

from attrs import evolve

from understudy_knowledge.catalog.model import Catalog, Column, Table
from understudy_knowledge.memory.records import Lineage
from understudy_knowledge.memory.repairs import Repair, bug_kind, symbols_said
from understudy_knowledge.memory.skeleton import skeleton
from understudy_knowledge.retrieval.repairs import nearest_repair


def repair(name: str, question: str, broken: str, error: str, fixed: str, *symbols: str) -> Repair:
    return Repair(
        name, f"example-{name}", question, question, broken, error, bug_kind(error), symbols, fixed,
        skeleton(broken), Lineage(("sales",), ("sales.amount",)),
    )  # fmt: skip


AMOUNT = repair(
    "amount",
    "revenue by region",
    "SELECT region, SUM(revenue) FROM sales GROUP BY region",
    "no such column: revenue",
    "SELECT region, SUM(amount) FROM sales GROUP BY region",
    "revenue",
)
WHEN = repair(
    "when",
    "sales of last year",
    "SELECT * FROM sales WHERE date > '2024'",
    "no such column: date",
    "SELECT * FROM sales WHERE sold_on > '2024'",
    "date",
)
CANCELED = repair(
    "canceled",
    "number of sales by region",
    "SELECT region, COUNT(*) FROM sales GROUP BY region",
    "The answer has other values in column 2.",
    "SELECT region, COUNT(*) FROM sales WHERE canceled = 0 GROUP BY region",
)
ALL = (AMOUNT, WHEN, CANCELED)


def test_the_pair_that_went_wrong_over_the_same_name_is_nearest() -> None:
    code = "SELECT product, AVG(s.revenue) FROM sales AS s WHERE region = 'North'"
    assert nearest_repair(ALL, "no such column: s.revenue", code) == AMOUNT
    assert nearest_repair(ALL, "unknown column 'date'", "SELECT date FROM sales") == WHEN


def test_a_wrong_answer_goes_to_wrong_answers_of_questions_like_it() -> None:
    code = "SELECT product, COUNT(*) FROM sales GROUP BY product"
    found = nearest_repair(ALL, "The answer has other rows.", code, question="number of sales by product")
    assert found == CANCELED


def test_nothing_is_better_than_a_pair_of_another_kind_or_about_something_else() -> None:
    assert nearest_repair(ALL, 'near "FORM": syntax error', "SELECT 1 FORM sales") is None
    assert nearest_repair((AMOUNT,), "no such column: x", "SELECT x FROM y WHERE z IS NULL") is None
    assert nearest_repair((), "no such column: x", "SELECT x") is None


def test_the_same_code_is_no_demonstration_of_itself() -> None:
    assert nearest_repair((AMOUNT,), AMOUNT.error, AMOUNT.broken) is None


def test_a_fix_that_touches_what_is_gone_is_not_shown() -> None:
    now = Catalog((Table("sales", (Column("id", "INTEGER"),)),))
    code = "SELECT revenue FROM sales"
    assert nearest_repair(ALL, "no such column: revenue", code) == AMOUNT
    assert nearest_repair(ALL, "no such column: revenue", code, catalog=now) is None
    kept = evolve(AMOUNT, lineage=Lineage(("sales",), ("sales.id",)))
    assert nearest_repair((kept,), "no such column: revenue", code, catalog=now) == kept


def test_messages_of_several_databases_say_the_kind_of_bug_and_the_name() -> None:
    said = {
        "no such table: orderz": ("table", {"orderz"}),
        'relation "orderz" does not exist': ("table", {"orderz"}),
        "column o.totl does not exist": ("column", set()),
        'Binder Error: Referenced column "totl" not found in FROM clause!': ("column", {"totl"}),
        "ambiguous column name: id": ("ambiguous", {"id"}),
        "no such function: DATEDIFF": ("function", {"datediff"}),
        "misuse of aggregate: SUM()": ("grouping", set()),
        'near "FORM": syntax error': ("syntax", {"form"}),
        "The answer has 3 rows, not 4.": ("answer", set()),
    }
    for message, (kind, names) in said.items():
        assert bug_kind(message) == kind, message
        assert names <= symbols_said(message), message
