"""What a query yields: the names of its output columns, from tokens alone."""

from understudy_knowledge.catalog import Catalog
from understudy_server.context.sql.relations import output_names
from understudy_server.context.sql.statements import split_statements


def output_columns(sql: bytes, catalog: Catalog | None = None) -> tuple[str, ...] | None:
    """The names that the last statement of the SQL yields, in order; None where one cannot be known.

    `sql` is masked text: holes and Jinja are identifiers. An expression without an alias has no name that engines agree
    on, so it is left out; `*` over a table that the catalog does not have makes the answer None.
    """
    statements = split_statements(sql)
    if not statements:
        return None
    return output_names(statements[-1].tokens, catalog)
