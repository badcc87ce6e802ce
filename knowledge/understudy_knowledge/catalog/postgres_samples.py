"""Sample values of PostgreSQL tables: from the planner's statistics, and where there are none, from a few rows."""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from attrs import define, evolve
from sqlglot import exp

from understudy_knowledge.catalog.model import Column, Table, Value
from understudy_knowledge.catalog.samples import FEW_SAMPLES, SAMPLED, TEXT_LENGTH, frequent, with_samples

if TYPE_CHECKING:
    from psycopg import Connection

SCANNED_ROWS = 1_000
STATEMENT_SECONDS = 0.3
_UNSAMPLED = ("[]", "json", "jsonb", "xml")
"""Ends of types whose values are documents, not what a query compares with."""
_STATISTICS = """
SELECT schemaname, tablename, attname, n_distinct::float8, most_common_vals::text::text[], null_frac::float8,
  (SELECT sum(f)::float8 FROM unnest(most_common_freqs) AS f), histogram_bounds::text::text[]
FROM pg_catalog.pg_stats WHERE schemaname = ANY (%s::text[]) AND NOT inherited
"""


@define
class Sampler:
    """Adds samples to tables until `deadline`, by the monotonic clock. What may not be read has none."""

    connection: "Connection[Any]"
    most: int
    deadline: float

    def sampled(self, tables: Sequence[Table]) -> list[Table]:
        """The tables with samples, in the same order."""
        known = self._statistics({table.namespace for table in tables})
        return [self._sampled(table, known.get((table.namespace, table.name))) for table in tables]

    def _statistics(self, namespaces: set[str]) -> dict[tuple[str, str], dict[str, tuple[Any, ...]]]:
        from psycopg import Error

        found: dict[tuple[str, str], dict[str, tuple[Any, ...]]] = defaultdict(dict)
        try:
            with self.connection.transaction():
                for schema, table, column, *values in self.connection.execute(
                    _STATISTICS, (list(namespaces),)
                ):
                    found[schema, table][column] = tuple(values)
        except Error:
            if self.connection.broken:
                raise
            # Servers that only speak PostgreSQL's protocol have no such view, or have it otherwise.
        return found

    def _sampled(self, table: Table, statistics: dict[str, tuple[Any, ...]] | None) -> Table:
        if statistics:
            columns = tuple(
                self._from_statistics(column, statistics.get(column.name)) for column in table.columns
            )
            return evolve(table, columns=columns)
        # A view would run whatever it says, a foreign table would wait for another server.
        if table.kind == "view" or time.monotonic() > self.deadline:
            return table
        return self._from_rows(table)

    def _from_statistics(self, column: Column, statistics: tuple[Any, ...] | None) -> Column:
        if statistics is None or not _is_sampled(column):
            return column
        distinct, common, null_share, common_share, bounds = statistics
        values = [_typed(text, column) for text in common or ()]
        whole = distinct == len(values) > 0 and (null_share or 0) + (common_share or 0) > 1 - 1e-3
        if not values and bounds:
            # All values are rare: the bounds of the histogram are values too, spread evenly.
            values = [_typed(text, column) for text in bounds[:: max(1, len(bounds) // FEW_SAMPLES)]]
        return with_samples(column, _given(values), most=self.most, complete=whole)

    def _from_rows(self, table: Table) -> Table:
        from psycopg import Error

        wanted = [column for column in table.columns if _is_sampled(column)]
        if not wanted:
            return table
        try:
            with self.connection.transaction():
                self.connection.execute(
                    "SELECT set_config('statement_timeout', %s, true)",
                    (f"{int(STATEMENT_SECONDS * 1000)}ms",),
                )
                # As bytes, with an empty set of parameters left out: a percent sign in a name is no placeholder.
                rows = self.connection.execute(_first_rows(table, wanted).sql("postgres").encode()).fetchall()
        except Error:
            if self.connection.broken:
                raise
            return table
        samples = {column.name: frequent(row[place] for row in rows) for place, column in enumerate(wanted)}
        whole = len(rows) < SCANNED_ROWS
        columns = tuple(
            with_samples(column, samples[column.name], most=self.most, complete=whole)
            if column.name in samples
            else column
            for column in table.columns
        )
        rows_known = len(rows) if whole and table.rows is None else table.rows
        return evolve(table, columns=columns, rows=rows_known)


def _is_sampled(column: Column) -> bool:
    return column.family in SAMPLED and not column.samples and not column.type.endswith(_UNSAMPLED)


def _first_rows(table: Table, columns: Sequence[Column]) -> exp.Query:
    values = []
    for column in columns:
        value: exp.Expr = exp.column(exp.to_identifier(column.name, quoted=True))
        if column.family in ("text", "date"):
            # One code point more than is kept tells a long value from a whole one without moving megabytes.
            text = exp.Cast(this=value, to=exp.DataType(this=exp.DType.TEXT))
            value = exp.Left(this=text, expression=exp.Literal.number(TEXT_LENGTH + 1))
        values.append(value)
    return (
        exp.select(*values, copy=False)
        .from_(exp.table_(table.name, db=table.namespace, quoted=True))
        .limit(SCANNED_ROWS)
    )


def _given(values: Iterable[Value]) -> list[Value]:
    return [value for value in values if value is not None]


def _typed(text: str | None, column: Column) -> Value:
    """A value that the statistics give as text; None where it is not what its type says."""
    if text is None or column.family not in ("integer", "number"):
        return text
    try:
        return int(text) if column.family == "integer" else float(text)
    except ValueError:
        return None
