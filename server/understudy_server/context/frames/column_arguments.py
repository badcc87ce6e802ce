"""Which arguments of which methods name columns of the frame that they are called on."""

from collections.abc import Mapping

# Method -> its parameters that hold columns, with their places among the positional arguments (-1: by name only).
COLUMNS: Mapping[str, Mapping[str, int]] = {
    "groupby": {"by": 0},
    "group_by": {"by": 0},
    "sort_values": {"by": 0},
    "sort": {"by": 0},
    "set_index": {"keys": 0},
    "drop": {"labels": 0, "columns": -1},
    "drop_duplicates": {"subset": 0},
    "duplicated": {"subset": 0},
    "unique": {"subset": 0},
    "dropna": {"subset": -1},
    "drop_nulls": {"subset": 0},
    "merge": {"on": 2, "left_on": 3},
    "join": {"on": 1, "left_on": -1},
    "melt": {"id_vars": 0, "value_vars": 1},
    "unpivot": {"on": 0, "index": -1},
    "pivot_table": {"values": 0, "index": 1, "columns": 2},
    "pivot": {"index": -1, "columns": -1, "values": -1, "on": 0},
    "explode": {"column": 0},
    "value_counts": {"subset": 0},
    "nlargest": {"columns": 1},
    "nsmallest": {"columns": 1},
    "filter": {"items": 0},
    "get": {"key": 0},
    "pop": {"item": 0},
    "reindex": {"columns": -1},
    "plot": {"x": 0, "y": 1},
    "scatter": {"x": 0, "y": 1},
    "bar": {"x": 0, "y": 1},
    "line": {"x": 0, "y": 1},
    "hist": {"column": 0, "by": 1},
    "boxplot": {"column": 0, "by": 1},
    "resample": {"on": -1},
    "get_column": {"name": 0},
    "to_records": {"column": -1},
    "itertuples": {},
}
MANY = frozenset(
    ("select", "with_columns", "group_by", "sort", "drop", "partition_by", "select_seq", "drop_nulls")
)
"""Methods of polars whose positional arguments are all columns."""
KEYS: Mapping[str, Mapping[str, int]] = {
    "agg": {"func": 0},
    "aggregate": {"func": 0},
    "rename": {"columns": -1, "mapper": 0, "mapping": 0},
    "astype": {"dtype": 0},
    "cast": {"dtypes": 0},
    "fillna": {"value": 0},
    "replace": {"to_replace": 0},
    "round": {"decimals": 0},
}
"""Parameters that take a dict whose keys are columns."""
EXPRESSIONS: Mapping[str, Mapping[str, int]] = {"query": {"expr": 0}, "eval": {"expr": 0}}
"""Parameters that take an expression over the columns as text."""
OF_FILE: Mapping[str, int] = {"usecols": -1, "parse_dates": -1, "index_col": -1, "columns": -1, "dtype": -1}
"""Parameters of readers that name columns of the file."""
OF_DATA = frozenset(
    ("x", "y", "hue", "size", "style", "col", "row", "color", "facet_col", "facet_row", "weights", "units")
)
"""Parameters that name columns of the frame given as `data=`, as plotting libraries have them."""
EXPRESSION_MAKERS = frozenset(
    ("col", "sum", "mean", "min", "max", "first", "last", "median", "n_unique", "over", "exclude")
)
"""Functions of polars whose texts are columns of the frame around."""
