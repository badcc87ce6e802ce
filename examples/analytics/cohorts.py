"""Cohorts of retail customers and the targets we set ourselves, in pandas."""

import sqlite3

import pandas as pd

from .database import TARGETS


def load_orders(connection: sqlite3.Connection) -> pd.DataFrame:
    """One row per counted retail order: customer_id, joined_on, ordered_at, net (dollars)."""
    return pd.read_sql(
        """
        SELECT c.customer_id, c.joined_on, o.ordered_at,
               SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0 AS net
        FROM customers AS c
        JOIN orders AS o ON o.customer_id = c.customer_id
        JOIN order_lines AS l ON l.order_id = o.order_id
        WHERE c.segment = 'retail'
          AND o.status NOT IN ('canceled', 'refunded')
        GROUP BY o.order_id
        ORDER BY o.ordered_at
        """,
        connection,
        parse_dates=["joined_on", "ordered_at"],
    )


def retention(orders: pd.DataFrame) -> pd.DataFrame:
    """Share of each quarter's new customers who bought again, by quarters since they joined."""
    marked = orders.assign(
        cohort=orders["joined_on"].dt.to_period("Q"),
        quarter=orders["ordered_at"].dt.to_period("Q"),
    )
    marked = marked.assign(age=(marked["quarter"] - marked["cohort"]).map(lambda offset: offset.n))
    buyers = marked.groupby(["cohort", "age"])["customer_id"].nunique().unstack(fill_value=0)
    return buyers.div(buyers[0], axis=0).round(3)


def lifetime_value(orders: pd.DataFrame) -> pd.DataFrame:
    """Average net revenue per customer by year of joining."""
    totals = orders.groupby(["customer_id", "joined_on"], as_index=False)["net"].sum()
    return (
        totals.assign(joined=totals["joined_on"].dt.year)
        .groupby("joined")
        .agg(customers=("customer_id", "count"), average_net=("net", "mean"))
        .round(2)
    )


def against_targets(connection: sqlite3.Connection) -> pd.DataFrame:
    """Net revenue by month next to the target of that month, with the gap in percent."""
    actual = pd.read_sql("SELECT month, SUM(net_revenue) AS net_revenue FROM fct_monthly_revenue GROUP BY month", connection)
    targets = pd.read_csv(TARGETS)
    merged = targets.merge(actual, on="month", how="left")
    merged["gap_pct"] = (100 * (merged["net_revenue"] / merged["target_dollars"] - 1)).round(1)
    return merged.sort_values("month")


def favorite_category(connection: sqlite3.Connection) -> pd.Series:
    """The category each customer bought most units of."""
    lines = pd.read_sql("SELECT customer_id, product_id, quantity FROM stg_order_lines WHERE is_counted", connection)
    products = pd.read_sql("SELECT product_id, category FROM products", connection)
    units = lines.merge(products, on="product_id").groupby(["customer_id", "category"])["quantity"].sum()
    return units.groupby("customer_id").idxmax().map(lambda pair: pair[1])
