"""Rewrites, looking up and laying out through a real server process: what an editor sees of them."""

from pathlib import Path
from typing import Any

from lsprotocol import types

NESTED = "x = '🦀'\nf('SELECT d.name FROM (SEL|ECT name FROM customers WHERE city = \\'🦀\\') AS d')\n"


async def offered(
    editor: Any, at: types.TextDocumentPositionParams, **context: Any
) -> dict[str, types.CodeAction]:
    """The actions at the cursor by their titles."""
    params = types.CodeActionParams(
        at.text_document,
        types.Range(at.position, at.position),
        types.CodeActionContext(**{"diagnostics": [], **context}),
    )
    found = await editor.client.text_document_code_action_async(params)
    return {action.title: action for action in found or []}


async def resolved(editor: Any, action: types.CodeAction, text: str) -> str:
    """The document's text after the action, all of it one change of the workspace."""
    action = await editor.client.code_action_resolve_async(action)
    (change,) = action.edit.document_changes
    return edited(text, list(change.edits))


def edited(text: str, edits: list[types.TextEdit]) -> str:
    lines = [line.encode("utf-16-le") for line in text.split("\n")]
    starts = [sum(len(line) + 2 for line in lines[:number]) for number in range(len(lines))]
    encoded = text.encode("utf-16-le")
    places = [
        (*(starts[at.line] + 2 * at.character for at in (edit.range.start, edit.range.end)), edit.new_text)
        for edit in edits
    ]
    for start, end, new in sorted(places, reverse=True):
        encoded = encoded[:start] + new.encode("utf-16-le") + encoded[end:]
    return encoded.decode("utf-16-le")


def said(editor: Any) -> list[str]:
    return [message.message for message in editor.client.messages]


async def test_rewrites_get_their_edits_when_they_are_chosen(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("a.py", NESTED)
    found = await offered(editor, at, only=["refactor"])
    extract = found["Extract subquery to a common table expression"]
    assert (extract.kind, extract.edit) == ("refactor.extract", None)
    changed = await resolved(editor, extract, NESTED.replace("|", ""))
    assert changed.splitlines()[1] == (
        "f('WITH d AS (SELECT name FROM customers WHERE city = \\'🦀\\') SELECT d.name FROM d')"
    )
    # The answer of the optimized query is held against that of the original, on the project's own database.
    text = "SELECT d.name FROM (SELECT name, city FROM customers) AS d WHERE d.city = 'Lyon';"
    at = editor.open("b.sql", f"|{text}")
    found = await offered(editor, at, only=["refactor.rewrite"])
    assert "(SELECT" not in await resolved(editor, found["Optimize query"], text)
    like = editor.open("c.sql", "|SELECT name FROM customers WHERE city LIKE 'l%'")
    convert = (await offered(editor, like))["Convert to PostgreSQL"]
    assert (await editor.client.code_action_resolve_async(convert)).edit is None
    assert "capitals" in said(editor)[-1]


async def test_a_rewrite_of_an_older_text_is_not_made(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("a.sql", "|SELECT name FROM customers")
    qualify = (await offered(editor, at))["Qualify column names"]
    editor.type(at, "-- new\n")
    assert (await editor.client.code_action_resolve_async(qualify)).edit is None
    assert "edited meanwhile" in said(editor)[-1]


async def test_an_action_that_lacks_nothing_stays_as_it_is_when_it_is_resolved(
    editor: Any, project: Path
) -> None:
    await editor.start(project)
    at = editor.open("a.sql", "SELECT na|em FROM customers")
    fix = (await offered(editor, at, only=["quickfix"]))["Change to `name`"]
    assert await editor.client.code_action_resolve_async(fix) == fix
    assert said(editor) == []


async def test_commands_rewrite_explain_and_plan(editor: Any, project: Path) -> None:
    await editor.start(project)
    applied: list[types.ApplyWorkspaceEditParams] = []

    @editor.client.feature(types.WORKSPACE_APPLY_EDIT)
    def _apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        applied.append(params)
        return types.ApplyWorkspaceEditResult(applied=True)

    text = "-- Who lives in Lyon?\nSELECT \"name\" FROM customers WHERE city = 'Lyon' LIMIT 3;"
    uri = editor.open("a.sql", text).text_document.uri
    here = {"uri": uri, "line": 1, "character": 3}
    outcome = await editor.command("understudy.rewrite", {**here, "name": "transpile:mysql"})
    assert outcome == {"applied": True}
    ((changed,),) = (params.edit.changes[uri] for params in applied)
    assert changed.new_text == "`name`"
    outcome = await editor.command("understudy.rewrite", {**here, "name": "transpile:nonsense"})
    assert outcome == {"applied": False}
    told = await editor.command("understudy.explain", here)
    assert "Start from `customers`." in told["markdown"]
    assert "`city = 'Lyon'`" in told["markdown"]
    told = await editor.command("understudy.askTeacher", here)
    assert "teacher's plan" in told["markdown"]
    outcome = await editor.command("understudy.forget", {"id": "nothing"})
    assert outcome["forgotten"] is False


async def test_names_lead_to_where_they_are_defined(editor: Any, project: Path) -> None:
    (project / "schema.sql").write_text(
        "-- é\nCREATE TABLE IF NOT EXISTS parcels (\n  parcel_id INTEGER,\n  weight REAL\n);\n",
        encoding="utf-8",
    )
    models = project / "models"
    models.mkdir()
    (models / "daily.sql").write_text("select 1 as day\n", encoding="utf-8")
    result = await editor.start(project)
    assert result.capabilities.definition_provider

    async def lead(name: str, marked: str) -> tuple[str, tuple[int, int]] | None:
        at = editor.open(name, marked)
        params = types.DefinitionParams(at.text_document, at.position)
        found = await editor.client.text_document_definition_async(params)
        if found is None:
            return None
        return found.uri.rpartition("/")[2], (found.range.start.line, found.range.start.character)

    cte = "WITH big AS (SELECT 1 AS n)\nSELECT b.n FROM big| AS b"
    assert await lead("a.sql", cte) == ("a.sql", (0, 5))
    assert await lead("b.sql", cte.replace("|", "").replace("b.n", "|b.n")) == ("b.sql", (1, 23))
    assert await lead("c.py", 'x = "🦀"\nf("SELECT weight FROM par|cels")') == ("schema.sql", (1, 27))
    assert await lead("d.sql", "SELECT p.wei|ght FROM parcels AS p") == ("schema.sql", (3, 2))
    assert await lead("e.sql", "SELECT * FROM {{ ref('da|ily') }}") == ("daily.sql", (0, 0))
    assert await lead("g.sql", "SELECT * FROM cust|omers") is None
    assert await lead("h.py", "import o|s\n") is None


async def test_statements_are_outlined_by_their_questions(editor: Any, project: Path) -> None:
    await editor.start(project)
    text = "-- Who lives in Lyon?\nWITH a AS (SELECT 1) SELECT name FROM customers;\n\nSELECT 2;\n"
    at = editor.open("a.sql", text)
    first, second = await editor.client.text_document_document_symbol_async(
        types.DocumentSymbolParams(at.text_document)
    )
    assert (first.name, second.name) == ("Who lives in Lyon?", "SELECT 2")
    assert [child.name for child in first.children] == ["a"]


async def test_a_call_shows_its_arguments(editor: Any, project: Path) -> None:
    await editor.start(project)

    async def shown(name: str, marked: str) -> tuple[str, int | None] | None:
        at = editor.open(name, marked)
        params = types.SignatureHelpParams(at.text_document, at.position)
        found = await editor.client.text_document_signature_help_async(params)
        return (found.signatures[0].label, found.active_parameter) if found else None

    assert await shown("a.sql", "SELECT SUBSTR(name, 1, |) FROM customers") == (
        "SUBSTR(text, start, [length])",
        2,
    )
    assert await shown("b.py", 'f("SELECT COALESCE(a, LOWER(b), c, |")') == (
        "COALESCE(value, value, [value...])",
        2,
    )
    assert await shown("c.sql", "SELECT name FROM customers WHERE city IN (|)") is None


async def test_sql_files_are_laid_out_and_python_is_left_to_others(editor: Any, project: Path) -> None:
    result = await editor.start(project)
    assert result.capabilities.document_formatting_provider is None
    text = "SELECT name, city FROM customers WHERE city = 'a  b' -- é\n;\n"
    at = editor.open("a.sql", text)
    params = types.DocumentFormattingParams(at.text_document, types.FormattingOptions(2, True))
    edits = await editor.client.text_document_formatting_async(params)
    assert edited(text, list(edits)) == (
        "SELECT\n  name,\n  city\nFROM customers\nWHERE\n  city = 'a  b' -- é\n;\n"
    )
    at = editor.open("a.py", f"f('''{text}''')")
    params = types.DocumentFormattingParams(at.text_document, types.FormattingOptions(2, True))
    assert await editor.client.text_document_formatting_async(params) is None
