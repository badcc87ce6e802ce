"""The measurement of the catalog runs on a real server and says what it measured."""

from understudy_server.bench.context.catalog import measure
from understudy_server.bench.part import Terms


def test_the_catalog_is_measured_with_and_without_a_silent_database() -> None:
    part = measure(Terms(limit=1))
    assert part.figures["first_answer_ms"] > 0
    assert part.figures["first_answer_silent_database_ms"] > 0
    assert 0 < part.figures["read_one_changed_ms"] < part.figures["read_all_ms"]
    assert any("says nothing" in line.what for line in part.lines)
