"""Teaching from chosen examples takes along the siblings that it measures on, and nothing that is held out."""

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.evaluation.split import Split
from understudy_knowledge.memory.records import Example, Origin
from understudy_knowledge.teaching.chosen import beside_siblings


def example(key: str, question: str, gold: str) -> Example:
    return Example(key, question, gold, Origin("a.sql", 1))


CITY = example("city", "revenue by city", "SELECT city, SUM(total) FROM orders GROUP BY city")
SAME = example("same", "revenue by city in 2024", "SELECT city, SUM(total) FROM orders GROUP BY city")
MONTH = example("month", "revenue by month", "SELECT month, SUM(total) FROM orders GROUP BY month")
NAMES = example("names", "names of all customers", "SELECT name FROM customers")
COUNT = example("count", "how many customers are there", "SELECT COUNT(*) FROM customers")
SIDES = Split((CITY, SAME, MONTH, NAMES), (COUNT,), 4)


def test_beside_the_chosen_ones_are_their_nearest_siblings_of_other_families() -> None:
    assert beside_siblings(SIDES, {"city"}, 1, Catalog()) == Split((CITY, MONTH), (), 4)
    assert beside_siblings(SIDES, {"city"}, 9, Catalog()).taught == (CITY, MONTH, NAMES)


def test_what_is_held_out_is_taught_only_where_it_is_chosen() -> None:
    assert COUNT not in beside_siblings(SIDES, {"names"}, 9, Catalog()).taught
    chosen = beside_siblings(SIDES, {"count"}, 1, Catalog())
    assert COUNT in chosen.taught
    assert len(chosen.taught) == 2
    assert chosen.held_out == ()
