"""Net revenue reports, on a plain sqlite3 connection."""

import sqlite3

NET = "SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0"


def by_year(connection: sqlite3.Connection) -> list[tuple]:
    """Net revenue by year."""
    return connection.execute("""
        SELECT strftime('%Y', o.ordered_at) AS year,
               ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2) AS net_revenue
        FROM order_lines AS l
        JOIN orders AS o ON o.order_id = l.order_id
        WHERE o.status NOT IN ('canceled', 'refunded')
        GROUP BY year
        ORDER BY year
    """).fetchall()


def by_roast_level(connection: sqlite3.Connection) -> list[tuple]:
    """How much net revenue did each roast level bring in during 2024? Coffee only."""
    return connection.execute("""
        SELECT p.roast_level, ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2) AS net_revenue
        FROM order_lines AS l
        JOIN orders AS o ON o.order_id = l.order_id
        JOIN products AS p ON p.product_id = l.product_id
        WHERE o.status NOT IN ('canceled', 'refunded')
          AND strftime('%Y', o.ordered_at) = '2024'
          AND p.roast_level IS NOT NULL
        GROUP BY p.roast_level
        ORDER BY net_revenue DESC
    """).fetchall()


def order_value_by_country(connection: sqlite3.Connection) -> dict[str, float]:
    """Average order value of retail customers by country."""
    cursor = connection.cursor()
    cursor.execute("""
        SELECT c.country,
               ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0 / COUNT(DISTINCT o.order_id), 2)
                   AS average_order_value
        FROM order_lines AS l
        JOIN orders AS o ON o.order_id = l.order_id
        JOIN customers AS c ON c.customer_id = o.customer_id
        WHERE o.status NOT IN ('canceled', 'refunded')
          AND c.segment = 'retail'
        GROUP BY c.country
        ORDER BY average_order_value DESC
    """)
    return dict(cursor.fetchall())


def gross_margin_by_channel(connection: sqlite3.Connection) -> list[tuple]:
    # Gross margin by channel in 2024
    query = """
        SELECT o.channel,
               ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents - l.quantity * lt.cost_cents_per_bag) / 100.0, 2)
                   AS gross_margin
        FROM order_lines AS l
        JOIN orders AS o ON o.order_id = l.order_id
        JOIN lots AS lt ON lt.lot_id = l.lot_id
        WHERE o.status NOT IN ('canceled', 'refunded')
          AND strftime('%Y', o.ordered_at) = '2024'
        GROUP BY o.channel
        ORDER BY gross_margin DESC
    """
    return connection.execute(query).fetchall()


def top_products(connection: sqlite3.Connection, first_day: str, limit: int = 10) -> list[tuple]:
    """The products with the highest net revenue since a day."""
    return connection.execute(
        f"""
        SELECT p.name, ROUND({NET}, 2) AS net_revenue
        FROM order_lines AS l
        JOIN orders AS o ON o.order_id = l.order_id
        JOIN products AS p ON p.product_id = l.product_id
        WHERE o.status NOT IN ('canceled', 'refunded')
          AND o.ordered_at >= ?
        GROUP BY p.name
        ORDER BY net_revenue DESC
        LIMIT {int(limit)}
        """,
        (first_day,),
    ).fetchall()


def customer_total(connection: sqlite3.Connection, customer_id: int) -> float:
    """Net revenue of one customer, 0 if they never bought anything."""
    (total,) = connection.execute(
        "SELECT COALESCE(SUM(l.quantity * l.unit_price_cents - l.discount_cents), 0) / 100.0 "
        "FROM orders AS o "
        "JOIN order_lines AS l ON l.order_id = o.order_id "
        "WHERE o.status NOT IN ('canceled', 'refunded') "
        "AND o.customer_id = :customer_id",
        {"customer_id": customer_id},
    ).fetchone()
    return total


def row_count(connection: sqlite3.Connection, table: str) -> int:
    """Rows of a table; the name comes from our own code, never from a request."""
    return connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
