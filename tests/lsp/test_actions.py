"""Hover, diagnostics and code actions through a real server process."""

from pathlib import Path
from typing import Any

from lsprotocol import types


async def hover(editor: Any, at: types.TextDocumentPositionParams) -> types.Hover | None:
    found: types.Hover | None = await editor.client.text_document_hover_async(
        types.HoverParams(at.text_document, at.position)
    )
    return found


async def test_hover_in_sql_and_in_a_python_string_has_exact_ranges(editor: Any, project: Path) -> None:
    result = await editor.start(project)
    assert result.capabilities.hover_provider
    found = await hover(editor, editor.open("a.sql", "SELECT c.name FROM cust|omers AS c"))
    assert found is not None
    assert found.contents.kind == types.MarkupKind.Markdown
    assert found.contents.value.startswith("table `customers`, 3 rows, from `shop.db`")
    assert found.range == types.Range(types.Position(0, 19), types.Position(0, 28))
    found = await hover(
        editor, editor.open("a.py", "# 🦀\ncursor.execute('SELECT \\'🦀\\', ci|ty FROM customers')\n")
    )
    assert found is not None
    assert found.contents.value.startswith("`customers.city`: `TEXT`")
    assert found.range == types.Range(types.Position(1, 31), types.Position(1, 35))


async def test_hover_knows_which_suggestion_wrote_the_statement(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("a.sql", "-- How many customers are there?\n|")
    item = await editor.ghost(at)
    assert item is not None
    editor.type(at, item.insert_text)
    found = await hover(editor, at)
    assert found is not None
    assert "suggested this without a lesson" in found.contents.value


async def test_hover_says_nothing_where_nothing_is_known(editor: Any, project: Path) -> None:
    await editor.start(project)
    assert await hover(editor, editor.open("a.sql", "SELECT nothing|_known FROM customers")) is None
    assert await hover(editor, editor.open("a.py", "import o|s\n")) is None
