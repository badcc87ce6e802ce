"""Lots: what was roasted, by whom, and what is still fresh."""

import sqlite3

from .database import AS_OF

FRESH_DAYS = 21


def fresh_by_roast_level(cursor: sqlite3.Cursor) -> list[tuple]:
    """Fresh bags left by roast level."""
    cursor.execute("""
        SELECT p.roast_level, SUM(lt.bags_left) AS bags_left
        FROM lots AS lt
        JOIN products AS p ON p.product_id = lt.product_id
        WHERE julianday('2025-06-30') - julianday(lt.roasted_on) < 21
        GROUP BY p.roast_level
        ORDER BY bags_left DESC
    """)
    return cursor.fetchall()


def scores_by_roaster(cursor: sqlite3.Cursor) -> list[tuple]:
    """Average cupping score by roaster for the lots of 2024."""
    cursor.execute(
        "SELECT e.name, ROUND(AVG(lt.cupping_score), 2) AS average_score "
        "FROM lots AS lt "
        "JOIN employees AS e ON e.employee_id = lt.roaster_id "
        "WHERE lt.cupping_score IS NOT NULL "
        "AND strftime('%Y', lt.roasted_on) = '2024' "
        "GROUP BY e.name "
        "ORDER BY average_score DESC"
    )
    return cursor.fetchall()


def bags_by_roaster(cursor: sqlite3.Cursor) -> list[tuple]:
    # Bags roasted by each roaster in the first half of 2025
    cursor.execute("""
        SELECT e.name, SUM(lt.bags_roasted) AS bags
        FROM lots AS lt
        JOIN employees AS e ON e.employee_id = lt.roaster_id
        WHERE lt.roasted_on >= '2025-01-01' AND lt.roasted_on < '2025-07-01'
        GROUP BY e.name
        ORDER BY bags DESC
    """)
    return cursor.fetchall()


def fresh_lots_of(cursor: sqlite3.Cursor, sku: str, fewest_bags: int = 1) -> list[tuple]:
    """Fresh lots of one product that still have enough bags, newest first."""
    cursor.execute(
        f"""
        SELECT lt.lot_id, lt.roasted_on, lt.bags_left
        FROM lots AS lt
        JOIN products AS p ON p.product_id = lt.product_id
        WHERE p.sku = ?
          AND lt.bags_left >= ?
          AND julianday('{AS_OF}') - julianday(lt.roasted_on) < {FRESH_DAYS}
        ORDER BY lt.roasted_on DESC
        """,
        (sku, fewest_bags),
    )
    return cursor.fetchall()
