"""What is known of the data: one model, filled by its sources."""

from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table, Value

__all__ = ["Catalog", "Column", "ForeignKey", "Table", "Value"]
