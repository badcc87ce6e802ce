"""`{{ this }}` of a dbt model: masked it is a name of its own, which means the table that the model makes."""

import re

from understudy_knowledge.catalog import Table
from understudy_server.context.dialect.markers import path_of
from understudy_server.context.tables import Tables

_THIS = re.compile(r"_+this_+")


def with_this(tables: Tables | None, sql: bytes, name: str) -> Tables | None:
    """The tables as the masked SQL of the file of that path or URI sees them."""
    if tables is None or b"_this_" not in sql:
        return tables
    return ThisTables(model_of(name), tables)


def model_of(name: str) -> str:
    """The model that the file of that path or URI makes."""
    return path_of(name).rpartition("/")[2].removesuffix(".sql")


class ThisTables:
    """Tables, of which that of `model` also goes by the masked `{{ this }}`."""

    def __init__(self, model: str, tables: Tables) -> None:
        self._model = model
        self._tables = tables

    def table(self, name: str) -> Table | None:
        """The table that a name means."""
        return self._tables.table(self._model if _THIS.fullmatch(name) else name)

    def short_path(self, table: Table) -> str:
        """As the tables say it."""
        return self._tables.short_path(table)
