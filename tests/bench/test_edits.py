"""The measurement of edits runs, and tells a document that went wrong."""

from understudy_server.bench.context.edits import differing, measure
from understudy_server.bench.part import Terms
from understudy_server.context.sql.checkpoint import Border, read
from understudy_server.context.text.document import Document


def test_nothing_differs_after_some_edits() -> None:
    part = measure(Terms(limit=120))
    assert part.figures["different"] == []
    assert part.figures["contexts"] == 240


def test_a_document_that_remembers_something_wrong_is_told() -> None:
    document = Document(
        "x.sql", "SELECT a, b FROM orders;\n" * 5 + "SELECT a FROM orders\nSELECT b FROM visits"
    )
    offset = len(document) - 2
    assert differing(document, offset, "sql") is None
    for _, block in document.blocks():
        for state, (after, _) in block.notes.get(read, {}).items():
            block.notes[read][state] = (after, [Border(offset - 10, offset - 10)])
    assert differing(document, offset, "sql") is not None
