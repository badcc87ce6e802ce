"""Cells of a notebook on disk, and the question in its Markdown."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_server.context.notebook.file import StoredCell, read_cells, stored_cells
from understudy_server.context.notebook.question import question_of_markdown


def test_cells_have_kind_language_and_text() -> None:
    notebook = {
        "metadata": {"kernelspec": {"language": "python"}},
        "cells": [
            {"cell_type": "markdown", "source": ["# a\n", "b"]},
            {"cell_type": "code", "source": "x = 1"},
            {"cell_type": "code", "source": "SELECT 1", "metadata": {"vscode": {"languageId": "sql"}}},
            {"cell_type": "code", "source": "ls", "metadata": {"vscode": {"languageId": "shellscript"}}},
            {"cell_type": "raw", "source": "r"},
            "broken",
        ],
    }
    assert stored_cells(json.dumps(notebook)) == [
        StoredCell("markdown", "# a\nb"),
        StoredCell("code", "x = 1"),
        StoredCell("code", "SELECT 1", "sql"),
        StoredCell("code", "ls", None),
        StoredCell("raw", "r"),
        StoredCell("raw", ""),
    ]


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({}, "python"),
        ({"language_info": {"name": "R"}}, None),
        ({"kernelspec": {"language": "sql"}}, "sql"),
        ({"application/vnd.databricks.v1+notebook": {"language": "sql"}}, "sql"),
        ("broken", "python"),
    ],
)
def test_a_notebook_says_the_language_of_its_cells(metadata: object, language: str | None) -> None:
    (cell,) = stored_cells(
        json.dumps({"metadata": metadata, "cells": [{"cell_type": "code", "source": "1"}]})
    )
    assert cell.language == language


def test_cells_of_old_notebooks_lie_in_worksheets() -> None:
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["a\n", "b"]}]}]}
    assert stored_cells(json.dumps(old)) == [StoredCell("code", "a\nb")]


def test_a_cell_is_a_document_named_by_its_number() -> None:
    cells = read_cells("n.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": "é"}] * 2}))
    assert [cell.document.name for cell in cells] == ["n.ipynb:1", "n.ipynb:2"]
    assert len(cells[0].document) == 2


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "3", '{"cells"', "[" * 100_000, '{"worksheets": []}', "null"]
)
def test_what_is_no_notebook_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match="is not a notebook"):
        stored_cells(text)


def test_a_lone_surrogate_is_replaced() -> None:
    assert (
        read_cells("n", '{"cells": [{"cell_type": "code", "source": "\\ud800a"}]}')[0].document.slice()
        == b"?a"
    )


@pytest.mark.parametrize(
    ("markdown", "question", "place"),
    [
        ("# Orders per day", "Orders per day", "# Orders per day"),
        (
            "## Totals\nWhich city pays *most*?\n\nIt is Lyon.",
            "Which city pays most?",
            "Which city pays *most*?",
        ),
        ("It grew. How much? And why? See below.", "And why?", "And why?"),
        ("# Review\n\nOf June.", "Of June.", "Of June."),
        ("- first\n- Orders by [city](https://x.y)", "Orders by city", "- Orders by [city](https://x.y)"),
        ("¿Cuántos pedidos hay?", "¿Cuántos pedidos hay?", "¿Cuántos pedidos hay?"),
        (
            "Die Kunden. Wie viele Bestellungen gibt es?",
            "Wie viele Bestellungen gibt es?",
            "Wie viele Bestellungen gibt es?",
        ),
        ("顧客の一覧です。注文は何件ありますか？", "注文は何件ありますか？", "注文は何件ありますか？"),  # noqa: RUF001
        ("```sql\nSELECT 1?\n```\nPaid orders", "Paid orders", "Paid orders"),
        ("Paid orders\n\n---\n", "Paid orders", "Paid orders"),
    ],
)
def test_the_question_of_markdown_and_its_place(markdown: str, question: str, place: str) -> None:
    found = question_of_markdown(markdown)
    assert found is not None
    text, span = found
    assert text == question
    assert markdown.encode()[span.start : span.end].decode() == place


@pytest.mark.parametrize(
    "markdown", ["", "---", "```\ncode\n```", "![](x.png)", "TODO: write", "***\n\n===\n"]
)
def test_markdown_may_ask_nothing(markdown: str) -> None:
    assert question_of_markdown(markdown) is None


@given(st.text(alphabet="#?!. \n*_`-ab。é[]()<>", max_size=60))
def test_a_question_lies_in_its_markdown(markdown: str) -> None:
    found = question_of_markdown(markdown)
    if found is not None:
        assert 0 <= found[1].start < found[1].end <= len(markdown.encode())
