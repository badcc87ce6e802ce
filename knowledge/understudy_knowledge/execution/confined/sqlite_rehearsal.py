"""A small statement like those that jobs run: a child copies the pages it will write to before its job comes."""

from understudy_knowledge.execution.confined.sqlite_engine import Database

_REQUEST = {
    "code": "SELECT n, count(*) FROM (SELECT 1 AS n) GROUP BY n ORDER BY 1",
    "seconds": 1.0,
    "rows": 9,
    "bytes": 1 << 16,
    "row_bytes": 1 << 16,
}


def rehearse() -> None:
    """Run it once, on a database in memory. No heap limit: SQLite never lets it be raised again, and the job has its own."""
    Database("file::memory:", heap=0).run(_REQUEST)
