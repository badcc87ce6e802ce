"""Email, acquisition and support as data frames for the Monday meeting."""

import sqlite3

import pandas as pd


def open_rate_by_country(connection: sqlite3.Connection) -> pd.DataFrame:
    """Open rate by country of the customer."""
    return pd.read_sql(
        """
        SELECT c.country, ROUND(100.0 * COUNT(s.opened_at) / COUNT(*), 1) AS open_rate
        FROM campaign_sends AS s
        JOIN customers AS c ON c.customer_id = s.customer_id
        GROUP BY c.country
        ORDER BY open_rate DESC
        """,
        connection,
    )


def days_to_first_order(connection: sqlite3.Connection) -> pd.DataFrame:
    """Average number of days between joining and the first order, by acquisition source."""
    return pd.read_sql(
        """
        SELECT c.acquisition_source, ROUND(AVG(julianday(f.first_order) - julianday(c.joined_on)), 1) AS days_to_first_order
        FROM customers AS c
        JOIN (
            SELECT customer_id, MIN(date(ordered_at)) AS first_order
            FROM orders
            WHERE status NOT IN ('canceled', 'refunded')
            GROUP BY customer_id
        ) AS f ON f.customer_id = c.customer_id
        WHERE c.deleted_at IS NULL
          AND c.acquisition_source IS NOT NULL
        GROUP BY c.acquisition_source
        ORDER BY days_to_first_order DESC
        """,
        connection,
    )


def loyal_by_source(connection: sqlite3.Connection) -> pd.DataFrame:
    # Loyal customers by acquisition source, known sources only
    return pd.read_sql(
        """
        WITH loyal AS (
            SELECT customer_id
            FROM orders
            WHERE status NOT IN ('canceled', 'refunded')
            GROUP BY customer_id
            HAVING COUNT(*) >= 5
        )
        SELECT c.acquisition_source, COUNT(*) AS loyal_customers
        FROM customers AS c
        JOIN loyal ON loyal.customer_id = c.customer_id
        WHERE c.deleted_at IS NULL
          AND c.acquisition_source IS NOT NULL
        GROUP BY c.acquisition_source
        ORDER BY loyal_customers DESC
        """,
        connection,
    )


def satisfaction(connection: sqlite3.Connection) -> pd.DataFrame:
    """Average satisfaction by support employee who still works here."""
    return pd.read_sql(
        "SELECT e.name, ROUND(AVG(t.satisfaction), 2) AS average_satisfaction "
        "FROM tickets AS t "
        "JOIN employees AS e ON e.employee_id = t.employee_id "
        "WHERE t.satisfaction IS NOT NULL AND e.left_on IS NULL "
        "GROUP BY e.name "
        "ORDER BY average_satisfaction DESC",
        connection,
    )


def late_by_carrier(connection: sqlite3.Connection, first_day: str) -> pd.DataFrame:
    """Late orders by carrier since a day."""
    return pd.read_sql(
        """
        SELECT carrier, COUNT(*) AS late_orders
        FROM orders
        WHERE julianday(shipped_on) - julianday(date(ordered_at)) > 3
          AND ordered_at >= :first_day
        GROUP BY carrier
        ORDER BY late_orders DESC
        """,
        connection,
        params={"first_day": first_day},
    )
