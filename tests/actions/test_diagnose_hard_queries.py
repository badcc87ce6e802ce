"""No alarm about hard queries of any dialect, which are right, also as one file."""

from pathlib import Path

import pytest

from understudy_knowledge.catalog import Catalog, read_ddl
from understudy_server.actions.diagnose import Known, diagnose

QUERIES = Path(__file__).parents[1] / "context" / "queries"
CATALOG = read_ddl((QUERIES / "schema.sql").read_text("utf-8"), dialect="", source="schema.sql")
DIALECTS = sorted(path.stem for path in QUERIES.glob("*.sql") if path.stem != "schema")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_false_alarm_about_hard_queries(dialect: str) -> None:
    text = (QUERIES / f"{dialect}.sql").read_bytes()
    known = Known(Catalog(CATALOG.tables, dialect), dialect, live=True)
    found = diagnose(text, "sql", known)
    lines = [text[: each.span.start].count(b"\n") for each in found]
    wrong = [
        (each.message, text.split(b"\n")[line].decode()) for each, line in zip(found, lines, strict=True)
    ]
    assert [one for one in wrong if not one[0].startswith("Syntax")] == []
