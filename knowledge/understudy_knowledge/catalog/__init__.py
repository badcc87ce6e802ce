"""What is known of the data: one model, filled by its sources."""

from understudy_knowledge.catalog.ddl import read_ddl
from understudy_knowledge.catalog.discover import discover
from understudy_knowledge.catalog.merge import merge
from understudy_knowledge.catalog.model import Catalog, Column, Family, ForeignKey, Table, Value
from understudy_knowledge.catalog.sqlite import read_sqlite

__all__ = [
    "Catalog",
    "Column",
    "Family",
    "ForeignKey",
    "Table",
    "Value",
    "discover",
    "merge",
    "read_ddl",
    "read_sqlite",
]
