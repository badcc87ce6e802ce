"""Join paths over keys."""

from sqlglot import parse_one

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.models.embedded.joins import connect, edges
from understudy_knowledge.models.embedded.sketch import Join


def path(joins: tuple[Join, ...] | None) -> list[str] | None:
    return None if joins is None else [f"{join.left} > {join.right}" for join in joins]


def test_a_path_goes_over_the_keys_in_either_direction(shop: Catalog) -> None:
    known = edges(shop)
    assert path(connect("customers", ("lines",), (), known)) == ["customers > orders", "orders > lines"]
    assert path(connect("lines", ("customers",), (), known)) == ["lines > orders", "orders > customers"]


def test_what_is_reached_already_is_joined_once(shop: Catalog) -> None:
    joins = connect("lines", ("lines", "orders", "customers", "orders"), (), edges(shop))
    assert path(joins) == ["lines > orders", "orders > customers"]
    assert connect("lines", (), (), edges(shop)) == ()


def test_a_join_that_a_lesson_used_wins_over_the_declared_key(shop: Catalog) -> None:
    on = parse_one("orders.id = customers.id")
    joins = connect("orders", ("customers",), (Join("orders", "customers", on, outer=True),), edges(shop))
    assert joins is not None
    assert (joins[0].on, joins[0].outer) == (on, True)


def test_a_table_that_no_key_leads_to_cannot_be_joined(shop: Catalog) -> None:
    assert connect("orders", ("weather",), (), edges(shop)) is None
    assert connect("orders", ("nowhere",), (), edges(shop)) is None


def test_columns_named_like_another_tables_key_join_where_none_is_declared(roastery: Catalog) -> None:
    """A view declares no keys; its `order_id` still means the orders' one."""
    assert path(connect("stg_order_lines", ("orders",), (), edges(roastery))) == ["stg_order_lines > orders"]
