"""Relations of DuckDB, DataFrames of Spark, and the results of queries: their way to pandas and polars."""

from attrs import evolve

from understudy_server.context.frames.call import Call
from understudy_server.context.frames.column_methods import label_columns
from understudy_server.context.frames.values import Frame, Value, as_column, names_of

_TO_PANDAS = frozenset(("df", "fetchdf", "fetch_df", "to_df", "to_dataframe", "toPandas", "to_pandas"))
_UNCHANGED = frozenset(
    (
        "filter", "where", "limit", "order", "orderBy", "sort", "distinct", "dropDuplicates", "dropna", "fillna", "cache", "persist",
        "repartition", "coalesce", "sample", "alias", "set_alias", "unpersist", "checkpoint", "result", "execute", "na",
    )
)  # fmt: skip


def call(frame: Frame, name: str, call: Call) -> Value | None:
    """What a method of the relation is worth."""
    if name in _TO_PANDAS:
        return evolve(frame, kind="pandas", index=(None,))
    if name in ("pl", "to_polars"):
        return evolve(frame, kind="polars")
    if name in _UNCHANGED:
        return frame
    if frame.kind == "spark":
        return _spark(frame, name, call)
    return (
        Frame(open=True, kind=frame.kind)
        if name in ("project", "select", "join", "aggregate", "query", "union")
        else None
    )


def _spark(frame: Frame, name: str, call: Call) -> Value | None:
    if name == "withColumn":
        column = as_column(call.get("colName", 0))
        return frame.having([column]) if column is not None else evolve(frame, open=True)
    if name == "withColumnRenamed":
        old, new = as_column(call.get("existing", 0)), as_column(call.get("new", 1))
        if old is None or new is None:
            return Frame(open=True, kind="spark")
        return evolve(
            frame,
            columns=tuple(
                evolve(each, name=new.name) if each.name == old.name else each for each in frame.columns
            ),
        )
    if name == "drop":
        gone = label_columns(call.positional)
        return frame.without(names_of(gone)) if gone is not None else Frame(open=True, kind="spark")
    if name == "select":
        chosen = label_columns(call.positional)
        return (
            frame.selecting(chosen)
            if chosen is not None and all(each.name != "*" for each in chosen)
            else Frame(open=True, kind="spark")
        )
    known = name in ("join", "groupBy", "union", "unionByName", "agg", "withColumns", "crossJoin", "toDF")
    return Frame(open=True, kind="spark") if known else None
