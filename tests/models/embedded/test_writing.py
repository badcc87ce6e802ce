"""A statement as a person of its dialect would write it, whichever dialect its parts were put together in."""

import pytest

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.catalog.model import Column, Table
from understudy_knowledge.models.embedded.sketch import parse
from understudy_knowledge.models.embedded.writing import write

RIDES = Catalog(
    (
        Table(
            "rides",
            (Column("started_at", "TIMESTAMP"), Column("day", "DATE"), Column("text_day", "VARCHAR")),
        ),
    )
)


@pytest.mark.parametrize(
    ("code", "dialect", "written"),
    [
        ("SELECT STRFTIME('%Y-%m', r.started_at) FROM rides AS r", "duckdb", "SELECT STRFTIME(r.started_at, '%Y-%m') FROM rides AS r"),
        ("SELECT STRFTIME('%Y-%m', day) FROM rides", "postgres", "SELECT TO_CHAR(day, 'YYYY-MM') FROM rides"),
        ("SELECT STRFTIME('%Y', text_day) FROM rides", "duckdb", "SELECT STRFTIME(CAST(text_day AS TIMESTAMP), '%Y') FROM rides"),
        ("SELECT STRFTIME('%Y', day) FROM rides", "sqlite", "SELECT STRFTIME('%Y', day) FROM rides"),
        ("SELECT day FROM rides ORDER BY day ASC", "duckdb", "SELECT day FROM rides ORDER BY day ASC"),
        ("SELECT day FROM rides ORDER BY day ASC", "postgres", "SELECT day FROM rides ORDER BY day ASC"),
        ("SELECT day FROM rides ORDER BY day DESC", "postgres", "SELECT day FROM rides ORDER BY day DESC"),
        ("SELECT day FROM rides ORDER BY day DESC NULLS FIRST", "duckdb", "SELECT day FROM rides ORDER BY day DESC NULLS FIRST"),
        ("SELECT day FROM rides ORDER BY day NULLS LAST", "postgres", "SELECT day FROM rides ORDER BY day"),
    ],
)  # fmt: skip
def test_casts_and_the_place_of_null_are_written_where_they_are_needed(
    code: str, dialect: str, written: str
) -> None:
    tree = parse(code, "sqlite")
    assert tree is not None
    assert " ".join(write(tree, dialect, RIDES).split()) == written
