"""Words of SQL by what they do in a statement, whatever its dialect."""

_CLAUSES = frozenset(
    """WHERE GROUP ORDER HAVING LIMIT OFFSET WINDOW QUALIFY FETCH RETURNING SET VALUES SELECT WHEN UNION EXCEPT INTERSECT
    MINUS""".split()
)
# These are names too: what follows tells.
_CLAUSE_WITH = {
    "CONNECT": frozenset(("BY",)),
    "START": frozenset(("WITH",)),
    "SORT": frozenset(("BY",)),
    "CLUSTER": frozenset(("BY",)),
    "DISTRIBUTE": frozenset(("BY",)),
    "GROUPING": frozenset(("SETS",)),
    "OUTPUT": frozenset(("INSERTED", "DELETED", "")),
}

RESERVED = _CLAUSES | frozenset(
    """FROM JOIN LEFT RIGHT INNER OUTER FULL CROSS NATURAL ON USING BY FOR LATERAL TABLESAMPLE INDEXED NOT AND OR THEN ELSE
    CASE AS ASOF ANTI SEMI POSITIONAL PIVOT UNPIVOT WITH IN IS LIKE BETWEEN EXISTS DISTINCT INSERT UPDATE DELETE INTO
    DEFAULT STRAIGHT_JOIN APPLY END ALL DESC ASC""".split()
)
"""Words that name no relation and no alias unless they are quoted."""

INTRODUCES = (
    _CLAUSES
    | frozenset(_CLAUSE_WITH)
    | frozenset(
        """FROM JOIN APPLY STRAIGHT_JOIN INTO UPDATE MERGE OVERWRITE TABLE ON LATERAL USING""".split()
    )
)
"""What begins, ends or interrupts a list of relations, or may."""

STARTERS = frozenset(
    """SELECT WITH INSERT REPLACE UPDATE DELETE MERGE CREATE ALTER DROP TRUNCATE EXPLAIN PRAGMA DECLARE GRANT REVOKE
    CALL""".split()
)
"""Words that begin a statement where they begin a line."""

CONTINUING = frozenset(
    """UNION ALL DISTINCT EXCEPT INTERSECT MINUS AS EXPLAIN ANALYZE PLAN BEGIN DO ON OR FOR AFTER BEFORE THEN ELSE
    MATERIALIZED""".split()
)
"""After these a statement keyword goes on with the statement it stands in."""

ASKING = frozenset(
    """SELECT FROM JOIN WHERE AND OR NOT BY HAVING SET INTO VALUES IN LIKE BETWEEN IS LIMIT OFFSET USING WHEN CASE
    WITH UPDATE LEFT RIGHT INNER OUTER FULL CROSS""".split()
)
"""After these, and after those, something must follow."""


def begins_clause(word: str, following: str) -> bool:
    """Whether the keyword, with the one behind it, ends a list of relations; ON and USING only interrupt it."""
    return word in _CLAUSES or (word in _CLAUSE_WITH and following in _CLAUSE_WITH[word])
