"""The action that has a question answered: where it is offered, what it puts in, and what it says of it."""

from pathlib import Path
from typing import Any

from lsprotocol import types

QUESTION = "-- How many customers are there?\n"


async def actions(editor: Any, at: types.TextDocumentPositionParams) -> dict[str, types.CodeAction]:
    found = await editor.client.text_document_code_action_async(
        types.CodeActionParams(
            at.text_document, types.Range(at.position, at.position), types.CodeActionContext([])
        )
    )
    return {action.title: action for action in found or []}


def edits_of(editor: Any) -> list[types.ApplyWorkspaceEditParams]:
    taken: list[types.ApplyWorkspaceEditParams] = []

    @editor.client.feature(types.WORKSPACE_APPLY_EDIT)
    def _apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        taken.append(params)
        return types.ApplyWorkspaceEditResult(applied=True)

    return taken


async def test_it_is_offered_at_a_question_without_an_answer_only(editor: Any, project: Path) -> None:
    await editor.start(project)
    for name, text in (("a.sql", QUESTION + "|"), ("b.sql", "-- How many| customers are there?\n")):
        assert "Generate the query" in await actions(editor, editor.open(name, text))
    for name, text in (
        ("c.sql", "|"),
        ("d.sql", QUESTION + "SELECT |1;\n"),
        ("e.py", "# How many?\n|x = 1\n"),
    ):
        assert "Generate the query" not in await actions(editor, editor.open(name, text))


async def test_it_puts_the_query_in_and_says_how_sure_it_is(editor: Any, project: Path) -> None:
    await editor.start(project)
    taken = edits_of(editor)
    at = editor.open("a.sql", QUESTION + "|")
    result = await editor.command("understudy.generate", {"uri": at.text_document.uri, "line": 1})
    assert len(taken) == 1
    (edit,) = taken[0].edit.changes[at.text_document.uri]
    assert edit.range.start == types.Position(1, 0)
    assert "COUNT(" in edit.new_text.upper()
    # The embedded student leaves nothing to chance, so there is nothing to agree.
    assert taken[0].label == "Understudy: generated query (the only candidate, it runs)"
    assert result["message"].endswith("the only candidate, it runs.")


async def test_in_a_workspace_that_is_not_trusted_nothing_is_run(editor: Any, project: Path) -> None:
    (project / "schema.sql").write_text("CREATE TABLE customers (customer_id INTEGER, name TEXT);")
    await editor.start(project, trusted=False)
    edits_of(editor)
    at = editor.open("a.sql", QUESTION + "|")
    result = await editor.command("understudy.generate", {"uri": at.text_document.uri, "line": 1})
    assert "runs" not in result["message"]
    assert not result.get("executed")


async def test_bad_arguments_get_a_sentence(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("a.sql", "SELECT 1;|")
    for arguments in ({}, {"uri": 3, "line": 0}, {"uri": at.text_document.uri, "line": -1}):
        assert "takes the URI" in (await editor.command("understudy.generate", arguments))["message"]
    result = await editor.command("understudy.generate", {"uri": at.text_document.uri, "line": 0})
    assert "no question at the cursor" in result["message"]
