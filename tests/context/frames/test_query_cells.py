"""The result of a cell of SQL, where its magic gives it a name, is a frame to the cells below."""

import pytest

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_server.context.extract import extract
from understudy_server.context.frames.cells_above import code_cells
from understudy_server.context.notebook.cells import Cell
from understudy_server.context.query_context import QueryContext
from understudy_server.context.text.document import Document

CATALOG = Catalog((Table("orders", (Column("id"), Column("total"))),))


def below(cells: tuple[Cell, ...], code: str = "⎸") -> QueryContext:
    before, after = code.split("⎸")
    document = Document("n:9", before + after)
    found = extract(document, len(before), language="python", catalog=CATALOG, cells_above=cells)
    assert found is not None
    return found


def cell(text: str, number: int = 1) -> Cell:
    return Cell(Document(f"n:{number}", text))


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("%%sql res <<\nSELECT id, total AS t FROM orders", ("id", "t")),
        ("%%sql sqlite:///shop.db res <<\nSELECT * FROM orders", ("id", "total")),
        ("%%sql res = <<\n-- all of it\nSELECT 'it''s' AS a,\n  \"id\"\nFROM orders\n", ("a", "id")),
        ("%%bigquery res --project shop\nSELECT total FROM orders", ("total",)),
        ("%%sql res <<\nSELECT {{ columns }} FROM unknown JOIN orders", None),
        ("%%sql res <<\nSELECT * FROM {{ table }}", None),
        ("%%sql res <<\nSELECT id FROM orders WHERE total > {{ least }} AND id = $one", ("id",)),
        ("%%sql res <<\nSELECT {x} AS a FROM orders", ("a",)),
        ("%%sql res <<\nSELECT * FROM unknown", None),
        ("%%sql res <<\n", None),
    ],
)
def test_a_named_result_is_a_frame_of_the_columns_that_its_query_yields(
    text: str, columns: tuple[str, ...] | None
) -> None:
    relations = below((cell(text),)).relations
    assert [(each.name, each.columns, each.kind) for each in relations] == [("res", columns, "frame")]


def test_a_result_goes_on_as_any_frame_does_and_is_a_table_to_queries_below() -> None:
    cells = (
        cell("import duckdb\n"),
        cell("%%sql res <<\nSELECT id, total FROM orders", 2),
        cell('res["tax"] = res["total"] * 0.2\n', 3),
        cell("%%sql more <<\nSELECT id, tax FROM res", 4),
    )
    assert {each.name: each.columns for each in below(cells).relations} == {
        "res": ("id", "total", "tax"),
        "more": ("id", "tax"),
    }
    (relation,) = below(cells, 'duckdb.sql("SELECT ⎸ FROM res")').relations
    assert relation.columns == ("id", "total", "tax")


@pytest.mark.parametrize(
    "text",
    [
        "%%sql\nSELECT 1 << 2 AS a",
        "%%sql --section res\nSELECT 1",
        "%%bash\necho <<END\n",
        "%%bigquery\nSELECT 1",
    ],
)
def test_what_names_no_result_leaves_no_frame(text: str) -> None:
    assert below((cell(text),)).relations == ()


def test_a_cell_that_stays_the_same_is_the_same_document() -> None:
    text = "%%sql res <<\nSELECT id FROM orders"
    assert code_cells((cell(text),))[0] is code_cells((cell(text),))[0]
