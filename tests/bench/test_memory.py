"""What an open document takes is measured in a process of its own."""

from understudy_server.bench.context.memory import measure
from understudy_server.bench.part import Terms


def test_an_open_document_takes_more_than_its_text_and_of_sql_less_than_ten_times_that() -> None:
    figures = measure(Terms(limit=1)).figures
    assert all(each["bytes of text"] < each["allocated"] for each in figures.values())
    assert figures["SQL"]["allocated"] < 10 * figures["SQL"]["bytes of text"]
