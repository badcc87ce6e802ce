"""The catalog of the files that the snippets of the corpus read."""

from understudy_knowledge.catalog.model import Catalog, Column, Table


def catalog_of_files() -> Catalog:
    """Two files of a shop, and one without a header."""
    return Catalog(
        (
            Table(
                "orders",
                (
                    Column("order_id", "INTEGER", family="integer"),
                    Column("customer_id", "INTEGER", family="integer"),
                    Column("ordered_on", "TEXT", family="date"),
                    Column("total_cents", "INTEGER", family="integer"),
                ),
                source="orders.csv",
            ),
            Table(
                "customers",
                (
                    Column("customer_id", "INTEGER", family="integer"),
                    Column("name", "TEXT", family="text"),
                    Column("city", "TEXT", family="text"),
                ),
                source="customers.csv",
            ),
            Table("plain", (Column("1"), Column("2"), Column("x")), source="plain.csv"),
        )
    )
