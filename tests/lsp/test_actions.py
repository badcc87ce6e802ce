"""Hover, diagnostics and code actions through a real server process."""

import ast
import asyncio
from pathlib import Path
from typing import Any

import pytest
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


async def published(editor: Any, at: types.TextDocumentPositionParams, count: int) -> list[types.Diagnostic]:
    """The document's diagnostics once there are that many; fails after a while."""
    uri = at.text_document.uri
    for _ in range(200):
        if uri in editor.client.diagnostics and len(editor.client.diagnostics[uri]) == count:
            return list(editor.client.diagnostics[uri])
        await asyncio.sleep(0.05)
    pytest.fail(f"not {count} diagnostics: {editor.client.diagnostics.get(uri)}")


async def test_problems_are_published_on_open_after_a_pause_and_cleared_on_close(
    editor: Any, project: Path
) -> None:
    await editor.start(project)
    at = editor.open(
        "a.sql", "SELECT 'é🦀', nme FROM customers;\nSELECT name FORM orders;\nSELECT name FROM cust|;"
    )
    column, syntax, table = await published(editor, at, 3)
    assert column.range == types.Range(types.Position(0, 14), types.Position(0, 17))
    assert column.message == "Unknown column nme; did you mean name?"
    assert (column.severity, column.code) == (types.DiagnosticSeverity.Warning, "unknown-column")
    assert (syntax.severity, syntax.code) == (types.DiagnosticSeverity.Error, "syntax")
    assert syntax.range == types.Range(types.Position(1, 17), types.Position(1, 23))
    assert table.code == "unknown-table"
    editor.type(at, "omers")
    await published(editor, at, 2)
    editor.client.text_document_did_close(types.DidCloseTextDocumentParams(at.text_document))
    await published(editor, at, 0)


async def test_problems_in_python_strings_stand_in_their_place(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("a.py", "x = '🦀'\ncursor.execute('SELECT \\'🦀\\', nme FROM customers')\n|")
    (found,) = await published(editor, at, 1)
    assert found.range == types.Range(types.Position(1, 31), types.Position(1, 34))


async def test_typing_is_not_answered_with_problems_before_a_pause(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("a.sql", "SELECT name FROM |")
    await published(editor, at, 0)
    counts = []
    for letter in "custmers;":
        at = editor.type(at, letter)
        await asyncio.sleep(0.05)
        counts.append(len(editor.client.diagnostics[at.text_document.uri]))
    assert counts == [0] * 9
    await published(editor, at, 1)


async def test_an_untrusted_workspace_gets_problems_of_syntax_only(editor: Any, project: Path) -> None:
    await editor.start(project, trusted=False)
    at = editor.open("a.sql", "SELECT x FROM nowhere;\nSELECT x FORM nowhere y;|")
    (found,) = await published(editor, at, 1)
    assert found.code == "syntax"


async def actions(
    editor: Any, at: types.TextDocumentPositionParams, **context: Any
) -> list[types.CodeAction]:
    """What is offered at the cursor."""
    params = types.CodeActionParams(
        at.text_document,
        types.Range(at.position, at.position),
        types.CodeActionContext(**{"diagnostics": [], **context}),
    )
    return list(await editor.client.text_document_code_action_async(params) or [])


async def test_a_fix_from_a_diagnostic_edits_exactly_the_name(editor: Any, project: Path) -> None:
    result = await editor.start(project)
    provider = result.capabilities.code_action_provider
    assert {"quickfix", "refactor.rewrite", "refactor.extract"} <= set(provider.code_action_kinds)
    assert provider.resolve_provider
    at = editor.open("a.py", "x = '🦀'\ncursor.execute('SELECT \\'🦀\\', n|me FROM customers')\n")
    problems = await published(editor, at, 1)
    (fix,) = await actions(editor, at, diagnostics=problems, only=["quickfix"])
    assert (fix.title, fix.kind, fix.is_preferred) == ("Change to `name`", "quickfix", True)
    assert list(fix.diagnostics) == problems
    (change,) = fix.edit.document_changes
    assert (change.text_document.uri, change.text_document.version) == (at.text_document.uri, 1)
    assert list(change.edits) == [
        types.TextEdit(types.Range(types.Position(1, 31), types.Position(1, 34)), "name")
    ]


async def test_a_star_is_expanded_when_rewrites_are_asked_for(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("a.sql", "SELECT *| FROM customers;")
    rewrite, *later = await actions(editor, at, only=["refactor"])
    assert all(each.edit is None for each in later)
    assert rewrite.title == "Expand * to column names"
    (change,) = rewrite.edit.document_changes
    place = types.Range(types.Position(0, 7), types.Position(0, 8))
    assert list(change.edits) == [types.TextEdit(place, "customer_id, name, city")]
    assert await actions(editor, at, only=["quickfix"]) == []
    assert await actions(editor, editor.open("b.py", "x = 2 *| 3\n")) == []


async def test_where_no_rule_knows_a_fix_the_student_writes_one_or_says_that_it_cannot(
    editor: Any, project: Path
) -> None:
    await editor.start(project)
    at = editor.open("a.sql", "-- How many customers are there?\nSELECT turn|over FROM customers;\n")
    (mend,) = await actions(editor, at, only=["quickfix"])
    assert (mend.title, mend.edit) == ("Let the student mend it", None)
    mended = await editor.client.code_action_resolve_async(mend)
    if mended.edit is None:
        assert "does not mend it" in editor.client.messages[-1].message
    else:
        (change,) = mended.edit.document_changes
        assert "turnover" not in "".join(edit.new_text for edit in change.edits)


async def test_a_query_that_answers_a_question_can_be_taught_from_alone(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("a.sql", "-- How many orders?\nSELECT COUNT(*|) FROM orders;\n\nSELECT 1;\n")
    uri = at.text_document.uri
    query, file = await teaching(editor, at, at.position, at.position)
    here = {"line": 1, "character": 14}
    assert query == ("Teach from this query", {"path": uri, "range": {"start": here, "end": here}})
    assert file == ("Teach from this file", {"path": uri})
    first, last = types.Position(0, 0), types.Position(1, 14)
    (title, argument), _ = await teaching(editor, at, first, last)
    assert (title, argument["range"]["start"]["line"]) == ("Teach from the selection", 0)
    unasked = types.Position(3, 4)
    assert [title for title, _ in await teaching(editor, at, unasked, unasked)] == ["Teach from this file"]


async def teaching(
    editor: Any, at: types.TextDocumentPositionParams, start: types.Position, end: types.Position
) -> list[tuple[str, Any]]:
    """Title and argument of each way to teach from there."""
    context = types.CodeActionContext([], only=["understudy.ask"])
    params = types.CodeActionParams(at.text_document, types.Range(start, end), context)
    offered = await editor.client.text_document_code_action_async(params)
    # The client's library takes an action with a command for a command, whose name is then all of it as text.
    return [
        (each.title, ast.literal_eval(each.command)["arguments"][0])
        for each in offered
        if each.title.startswith("Teach")
    ]
