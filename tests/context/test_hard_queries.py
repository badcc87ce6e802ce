"""Cuts through hard queries of each dialect, against what sqlglot says of the whole query."""

from pathlib import Path

import pytest

from understudy_knowledge.catalog import Catalog, read_ddl
from understudy_server.bench.context.gold import Failure, tally_query
from understudy_server.context.sql.statements import split_statements

QUERIES = Path(__file__).parent / "queries"
CATALOG = read_ddl((QUERIES / "schema.sql").read_text("utf-8"), dialect="", source="schema.sql")
DIALECTS = sorted(path.stem for path in QUERIES.glob("*.sql") if path.stem != "schema")


def statements(dialect: str) -> list[str]:
    raw = (QUERIES / f"{dialect}.sql").read_bytes()
    return [raw[one.span.start : one.span.end].decode() for one in split_statements(raw)]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_relations_and_clause_are_those_of_the_whole_query(dialect: str) -> None:
    cuts = right = clause = 0
    failures: list[Failure] = []
    for sql in statements(dialect):
        tally = tally_query(sql, Catalog(CATALOG.tables, dialect), dialect, step=1)
        assert not tally.counts["hole crashes"] + tally.counts["truncated crashes"], tally.failures
        cuts += tally.counts["hole"] + tally.counts["truncated"]
        right += tally.counts["hole right"] + tally.counts["truncated right"]
        clause += tally.counts["hole clause"] + tally.counts["truncated clause"]
        failures += tally.failures
    shown = "\n".join(f"{f.mode} {f.kind}: {f.text}\n  {f.expected}\n  {f.got}" for f in failures)
    assert right / cuts >= 0.98, shown
    assert clause / cuts >= 0.99, shown
