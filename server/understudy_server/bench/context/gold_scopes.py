"""The truth held against sqlglot's own scope analysis: each query's relations, and the columns that its subqueries yield."""

import re
from collections.abc import Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from understudy_server.bench.context.gold_reading import UntrustedError
from understudy_server.bench.context.gold_truth import Truth

# qualify gives every expression a name; those that nobody wrote are none.
_INVENTED = re.compile(r"_(?:col_|q_)?\d+")


def hold_to_scopes(truth: Truth, schema: Mapping[str, tuple[str, ...]], dialect: str) -> bool:
    """Whether sqlglot could qualify the statement; raises UntrustedError where its scopes say something else."""
    tree = truth.reading.tree
    tables: dict[str, object] = {
        name: dict.fromkeys(columns, "TEXT") for name, columns in schema.items() if columns
    }
    try:
        qualified = qualify(tree.copy(), dialect=dialect or None, schema=tables)
        scopes = {id(scope.expression): scope for scope in traverse_scope(qualified)}
    except SqlglotError:
        return False
    for select, other in zip(tree.find_all(exp.Select), qualified.find_all(exp.Select), strict=True):
        if (scope := scopes.get(id(other))) is None:
            continue
        own = {source.name.lower(): source.columns for source in truth.own(select)}
        theirs = {name.lower(): source for name, (_, source) in scope.selected_sources.items()}
        if set(own) != {name for name in theirs if not _INVENTED.fullmatch(name)}:
            raise UntrustedError("relations are not those of sqlglot's scopes")
        for name, columns in own.items():
            expected = _columns(theirs[name])
            if columns is not None and expected is not None and _lower(columns) != expected:
                raise UntrustedError("columns are not those of sqlglot's scopes")
    return True


def _columns(source: exp.Expr | Scope) -> list[str] | None:
    """What a subquery or CTE yields; a table's columns are the schema's."""
    if not isinstance(source, Scope) or not isinstance(source.expression, exp.Query):
        return None
    names = source.expression.named_selects
    return sorted(name.lower() for name in names if not _INVENTED.fullmatch(name))


def _lower(columns: tuple[str, ...]) -> list[str]:
    return sorted(column.lower() for column in columns)
