"""Join paths over keys: how the tables that a sketch needs hang together."""

from collections import deque

from sqlglot import exp

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.models.embedded.sketch import Join, identifier


def edges(catalog: Catalog) -> list[Join]:
    """Every declared key as a join, then columns that share a name with another table's single-column key."""
    found = []
    for table in catalog.tables:
        for key in table.foreign_keys:
            other = catalog.table(key.ref_table)
            if other is None or len(key.columns) != len(key.ref_columns):
                continue
            tests = [
                _equal(table.name, left, other.name, right)
                for left, right in zip(key.columns, key.ref_columns, strict=True)
            ]
            found.append(Join(table.name.lower(), other.name.lower(), exp.and_(*tests, copy=False)))
    declared = {frozenset((join.left, join.right)) for join in found}
    for table in catalog.tables:
        if len(table.primary_key) != 1 or table.primary_key[0].lower() in {"id", "name", "key"}:
            continue
        name = table.primary_key[0]
        for other in catalog.tables:
            pair = frozenset((table.name.lower(), other.name.lower()))
            if other is not table and pair not in declared and other.column(name):
                found.append(
                    Join(other.name.lower(), table.name.lower(), _equal(other.name, name, table.name, name))
                )
    return found


def _equal(left: str, left_column: str, right: str, right_column: str) -> exp.Expr:
    return exp.EQ(
        this=exp.column(identifier(left_column), table=identifier(left)),
        expression=exp.column(identifier(right_column), table=identifier(right)),
    )


def connect(
    root: str, needed: tuple[str, ...], preferred: tuple[Join, ...], known: list[Join]
) -> tuple[Join, ...] | None:
    """Joins in order that reach every needed table from `root`; None when some table cannot be reached.

    The joins a lesson used come before those that only the keys suggest, shorter paths before longer ones. Tables are
    lower-cased.
    """
    reached = {root}
    path: list[Join] = []
    for target in needed:
        if target in reached:
            continue
        steps = _shortest(reached, target, preferred) or _shortest(reached, target, (*preferred, *known))
        if steps is None:
            return None
        for join in steps:
            reached.add(join.right)
            path.append(join)
    return tuple(path)


def _shortest(reached: set[str], target: str, usable: tuple[Join, ...]) -> list[Join] | None:
    queue: deque[tuple[str, list[Join]]] = deque((table, []) for table in sorted(reached))
    seen = set(reached)
    while queue:
        table, path = queue.popleft()
        for join in usable:
            following = _leaving(join, table)
            if following is None or following.right in seen:
                continue
            if following.right == target:
                return [*path, following]
            seen.add(following.right)
            queue.append((following.right, [*path, following]))
    return None


def _leaving(join: Join, table: str) -> Join | None:
    if join.left == table:
        return join
    if join.right == table:
        return Join(table, join.left, join.on)
    return None
