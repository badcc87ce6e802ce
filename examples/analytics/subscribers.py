"""Who subscribes, through SQLAlchemy. Active means canceled_on IS NULL AND paused = 0."""

from sqlalchemy import Connection, text


def active_by_cadence(connection: Connection) -> list:
    """Active subscribers by cadence."""
    return connection.execute(text("""
        SELECT cadence_days, COUNT(DISTINCT customer_id) AS active_subscribers
        FROM subscriptions
        WHERE canceled_on IS NULL AND paused = 0
        GROUP BY cadence_days
        ORDER BY active_subscribers DESC
    """)).all()


def active_by_source(connection: Connection) -> list:
    """Active subscribers by acquisition source, without the unknown ones."""
    return connection.execute(text(
        "SELECT c.acquisition_source, COUNT(DISTINCT s.customer_id) AS active_subscribers "
        "FROM subscriptions AS s "
        "JOIN customers AS c ON c.customer_id = s.customer_id "
        "WHERE s.canceled_on IS NULL AND s.paused = 0 "
        "AND c.acquisition_source IS NOT NULL "
        "GROUP BY c.acquisition_source "
        "ORDER BY active_subscribers DESC"
    )).all()


def active_without_tickets(connection: Connection) -> list:
    """Active subscribers who never opened a support ticket, by plan."""
    return connection.execute(text("""
        SELECT p.name, COUNT(DISTINCT s.customer_id) AS active_subscribers
        FROM subscriptions AS s
        JOIN plans AS p ON p.plan_id = s.plan_id
        WHERE s.canceled_on IS NULL AND s.paused = 0
          AND NOT EXISTS (SELECT 1 FROM tickets AS t WHERE t.customer_id = s.customer_id)
        GROUP BY p.name
        ORDER BY active_subscribers DESC
    """)).all()


def canceled_because(connection: Connection, reason: str, first_day: str) -> list:
    """Customers who canceled for a reason since a day, the latest first."""
    return connection.execute(
        text("""
            SELECT c.name, s.canceled_on
            FROM subscriptions AS s
            JOIN customers AS c ON c.customer_id = s.customer_id
            WHERE c.deleted_at IS NULL
              AND s.cancel_reason = :reason
              AND s.canceled_on >= :first_day
            ORDER BY s.canceled_on DESC, c.name
        """),
        {"reason": reason, "first_day": first_day},
    ).all()
