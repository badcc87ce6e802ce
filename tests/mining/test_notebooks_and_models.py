"""Notebook cells and dbt models become examples."""

import json
from typing import Any


def notebook(*cells: tuple[str, str]) -> str:
    shown = [{"cell_type": kind, "source": source.splitlines(keepends=True)} for kind, source in cells]
    return json.dumps({"cells": shown, "nbformat": 4}, indent=1)


def test_markdown_above_a_cell_asks(mined: Any) -> None:
    text = notebook(
        ("markdown", "# Review\n\nOf *June*."),
        ("code", "x = 1"),
        ("markdown", "## Orders\nHow many **orders** a day?"),
        ("code", "%load_ext sql"),
        ("code", "%%sql conn\nSELECT day, COUNT(*)\nFROM orders GROUP BY day"),
        ("code", 'frame = pd.read_sql("SELECT a FROM t", conn)'),
    )
    found = mined({"n.ipynb": text})
    (example,) = found.examples
    assert example.question == "How many orders a day?"
    assert example.gold == "SELECT day, COUNT(*)\nFROM orders GROUP BY day"
    assert example.origin.kind == "notebook"
    assert "SELECT day" in text.splitlines()[example.origin.line - 1]
    assert [skipped.reason for skipped in found.skipped] == [
        "no comment, docstring or name says what it answers"
    ]


def test_a_comment_in_the_cell_comes_first(mined: Any) -> None:
    text = notebook(
        ("markdown", "Some things"),
        ("code", '!ls\n# Total of orders\nx = pd.read_sql("SELECT SUM(a) FROM t", c)'),
    )
    assert [example.question for example in mined({"n.ipynb": text}).examples] == ["Total of orders"]


def test_what_is_no_notebook_is_skipped_with_a_reason(mined: Any) -> None:
    files = {
        "a.ipynb": "{",
        "b.ipynb": "[1]",
        "c.ipynb": '{"cells": [1, {"cell_type": "code", "source": 3}]}',
        "d.ipynb": "[" * 100_000,
    }
    found = mined(files)
    assert [str(skipped.origin) for skipped in found.skipped] == ["a.ipynb:1", "b.ipynb:1", "d.ipynb:1"]
    assert {skipped.reason for skipped in found.skipped} == {
        "is not a notebook: it has no JSON list of cells"
    }


def test_a_model_is_mined_with_names_for_refs(mined: Any) -> None:
    text = "{{ config(\n  materialized='view') }}\n\n-- Orders of each customer\nselect a from {{ ref('stg_orders') }} as o\njoin {{ source('shop', 'customers') }} using (id)\n"
    (example,) = mined({"models/m.sql": text}).examples
    assert example.gold == "select a from stg_orders as o\njoin customers using (id)"
    assert (example.origin.line, example.origin.kind) == (5, "dbt")


def test_other_jinja_cannot_be_filled_in_here(mined: Any) -> None:
    text = (
        "-- Orders of each day\nselect a from {{ ref('o') }} {% if is_incremental() %} where b {% endif %}\n"
    )
    found = mined({"m.sql": text})
    assert not found.examples
    assert [skipped.reason for skipped in found.skipped] == ["holds Jinja that only dbt can fill in"]
