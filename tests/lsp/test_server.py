"""The language server as a process: what an editor sees of it."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

COUNT = "-- How many customers are there?\n"


async def test_initialize_advertises_what_the_server_does(editor: Any, project: Path) -> None:
    result = await editor.start(project)
    capabilities = result.capabilities
    assert capabilities.inline_completion_provider is not None
    assert list(capabilities.completion_provider.trigger_characters) == [".", '"', "'", "["]
    assert set(capabilities.execute_command_provider.commands) == {
        "understudy.distill",
        "understudy.cancel",
        "understudy.accepted",
        "understudy.doctor",
        "understudy.generate",
        "understudy.rewrite",
        "understudy.explain",
        "understudy.askTeacher",
        "understudy.forget",
        "understudy.edit",
        "understudy.estimate",
        "understudy.verify",
    }
    assert result.server_info.name == "understudy"


async def test_ghost_text_answers_the_comment_above(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("a.sql", COUNT + "|")
    item = await editor.ghost(at)
    assert item is not None
    assert "COUNT(" in item.insert_text.upper()
    assert "customers" in item.insert_text
    assert item.range == types.Range(at.position, at.position)
    assert item.command.command == "understudy.accepted"


async def test_ghost_text_in_a_python_string_is_written_as_the_string_needs(
    editor: Any, project: Path
) -> None:
    await editor.start(project)
    at = editor.open(
        "a.py",
        "def count_customers(cursor):\n"
        '    """How many customers are there?"""\n'
        '    return cursor.execute("SELECT |")\n',
    )
    item = await editor.ghost(at)
    assert item is not None
    assert "\n" not in item.insert_text
    assert "customers" in item.insert_text


async def test_ghost_text_follows_typing_under_the_same_id(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("a.sql", COUNT + "|")
    first = await editor.ghost(at)
    assert first is not None
    rest = await editor.ghost(editor.type(at, first.insert_text[:6]))
    assert rest is not None
    assert rest.insert_text == first.insert_text[6:]
    assert rest.command.arguments == first.command.arguments


async def test_typing_beyond_the_bmp_keeps_positions_right(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("a.sql", "-- 🦀🦀 How many customers are there?\n|")
    at = editor.type(types.TextDocumentPositionParams(at.text_document, types.Position(0, 7)), " 🦀")
    item = await editor.ghost(types.TextDocumentPositionParams(at.text_document, types.Position(1, 0)))
    assert item is not None
    assert item.range.start == types.Position(1, 0)


async def test_completion_gives_the_columns_of_frames(editor: Any, project: Path) -> None:
    await editor.start(project)
    code = 'import pandas as pd\n# 🦀\ndf = pd.DataFrame({"city": ["Lyon"], "n": [1]})\n'
    assert await editor.labels(editor.open("a.py", code + 'df["|"]')) == ["city", "n"]
    assert await editor.labels(editor.open("b.py", code + "df.groupby('ci|')")) == ["city", "n"]
    at = editor.open("c.py", code + "df[[\"🦀\", 'ci|']]")
    found = await editor.client.text_document_completion_async(
        types.CompletionParams(at.text_document, at.position)
    )
    edit = found.items[0].text_edit
    assert (edit.new_text, edit.range.start.character, edit.range.end.character) == ("city", 11, 13)
    assert await editor.labels(editor.open("d.py", code + "duckdb.sql('SELECT * FROM |')")) != []


async def test_ghost_text_is_silent_in_python_code(editor: Any, project: Path) -> None:
    await editor.start(project)
    assert await editor.ghost(editor.open("a.py", "# How many customers are there?\nx = |\n")) is None


async def test_completion_gives_tables_columns_and_joins(editor: Any, project: Path) -> None:
    await editor.start(project)
    assert {"customers", "orders"} <= set(await editor.labels(editor.open("a.sql", "SELECT * FROM |")))
    columns = await editor.labels(editor.open("b.sql", "SELECT c.| FROM customers AS c"))
    assert columns == ["customer_id", "name", "city"]
    joins = await editor.labels(editor.open("c.sql", "SELECT * FROM orders AS o JOIN |"))
    assert "customers ON o.customer_id = customers.customer_id" in joins


async def test_python_code_outside_of_sql_gets_nothing(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("a.py", "import os\nos.|\n")
    assert await editor.labels(at) == []
    assert await editor.ghost(at) is None


async def test_an_acceptance_is_recorded_once_and_opening_a_folder_writes_nothing(
    editor: Any, project: Path
) -> None:
    await editor.start(project)
    item = await editor.ghost(editor.open("a.sql", COUNT + "|"))
    assert item is not None
    assert not (project / ".understudy").exists()
    await editor.command(item.command.command, *item.command.arguments)
    await editor.command(item.command.command, *item.command.arguments)
    await editor.command("understudy.accepted", {"id": "nobody was shown this"})
    with closing(sqlite3.connect(project / ".understudy" / "knowledge.db")) as connection:
        assert connection.execute("SELECT suggestion FROM acceptances").fetchall() == [
            (item.command.arguments[0]["id"],)
        ]


async def test_an_untrusted_workspace_is_not_executed_read_or_written(editor: Any, project: Path) -> None:
    (project / "schema.sql").write_text("CREATE TABLE parcels (parcel_id INTEGER);", encoding="utf-8")
    await editor.start(project, trusted=False)
    outcome = await editor.command("understudy.distill", {"token": "t"})
    assert outcome["status"] == "failed"
    assert "not trusted" in outcome["message"]
    # Text is read, the database is not.
    assert await editor.labels(editor.open("a.sql", "SELECT * FROM |")) == ["parcels"]
    item = await editor.ghost(editor.open("b.sql", "-- How many parcels are there?\n|"))
    if item is not None:
        await editor.command(item.command.command, *item.command.arguments)
    assert not (project / ".understudy").exists()


async def test_without_a_folder_nothing_is_known_and_nothing_breaks(editor: Any) -> None:
    await editor.start(None)
    assert await editor.labels(editor.open("a.sql", "SELECT * FROM |")) == []
    outcome = await editor.command("understudy.distill")
    assert "no folder is open" in outcome["message"]


async def test_an_unknown_document_gets_nothing(editor: Any, project: Path) -> None:
    await editor.start(project)
    nowhere = types.TextDocumentPositionParams(
        types.TextDocumentIdentifier("file:///never/opened.sql"), types.Position(3, 4)
    )
    assert await editor.ghost(nowhere) is None
    assert await editor.labels(nowhere) == []


@pytest.mark.parametrize("position", [(0, 999_999), (999_999, 0), (2**31 - 1, 2**31 - 1)])
async def test_a_position_outside_of_the_text_is_moved_into_it(
    editor: Any, project: Path, position: tuple[int, int]
) -> None:
    await editor.start(project)
    at = editor.open("a.sql", "SELECT * FROM |")
    far = types.TextDocumentPositionParams(at.text_document, types.Position(*position))
    assert "customers" in await editor.labels(far)


async def test_a_statement_over_the_limits_is_declined_once(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("huge.sql", "SELECT '" + "x" * 140_000 + "'|")
    assert await editor.ghost(at) is None
    assert await editor.ghost(editor.type(at, " ")) is None
    assert len([said for said in editor.log if "huge.sql" in said]) == 1


async def test_a_reversed_range_is_not_guessed_at(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("a.sql", "SELECT * FROM |")
    editor.client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(2, at.text_document.uri),
            [
                types.TextDocumentContentChangePartial(
                    types.Range(types.Position(0, 9), types.Position(0, 2)), "x"
                )
            ],
        )
    )
    assert await editor.labels(at) == []
    assert any("close and open the file again" in said for said in editor.log)


async def test_bad_settings_are_said_once_and_the_rest_goes_on(editor: Any, project: Path) -> None:
    (project / "schema.sql").write_text("CREATE TABLE parcels (parcel_id INTEGER);", encoding="utf-8")
    (project / "understudy.toml").write_text("[data]\ndatabse = 'shop.db'\n", encoding="utf-8")
    await editor.start(project)
    assert await editor.labels(editor.open("a.sql", "SELECT * FROM |")) == ["parcels"]
    (said,) = editor.log
    assert said.startswith("understudy.toml:2:")
    assert "did you mean database?" in said


@pytest.mark.parametrize("spoil", ["database", "knowledge"])
async def test_a_broken_file_is_said_and_the_rest_goes_on(editor: Any, project: Path, spoil: str) -> None:
    knowledge = project / ".understudy" / "knowledge.db"
    knowledge.parent.mkdir()
    broken = project / "shop.db" if spoil == "database" else knowledge
    broken.write_bytes(b"this is not a database at all" * 100)
    (project / "schema.sql").write_text("CREATE TABLE parcels (parcel_id INTEGER);", encoding="utf-8")
    await editor.start(project)
    assert "parcels" in await editor.labels(editor.open("a.sql", "SELECT * FROM |"))
    assert any(str(broken) in said for said in editor.log)
    assert broken.read_bytes().startswith(b"this is not a database")


async def test_the_editors_settings_win_and_can_change(editor: Any, project: Path) -> None:
    await editor.start(project, settings={"completion": {"enabled": False}})
    at = editor.open("a.sql", COUNT + "|")
    assert await editor.ghost(at) is None
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams({"understudy": {}}))
    assert await editor.ghost(at) is not None


async def test_the_newest_request_ends_the_older_ones(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("a.sql", COUNT + "|")
    requests = [asyncio.ensure_future(editor.ghost(at)) for _ in range(5)]
    *older, newest = await asyncio.gather(*requests)
    assert newest is not None
    assert older == [None] * 4


async def test_a_cancelled_request_is_answered_as_cancelled(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("a.sql", COUNT + "|")
    protocol = editor.client.protocol
    params = types.InlineCompletionParams(
        types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic),
        at.text_document,
        at.position,
    )
    request = protocol.send_request_async("textDocument/inlineCompletion", params, msg_id="to-cancel")
    waiting = asyncio.ensure_future(request)
    await asyncio.sleep(0)
    editor.client.cancel_request(types.CancelParams(id="to-cancel"))
    with pytest.raises(JsonRpcException, match="cancel"):
        await asyncio.wait_for(waiting, 10)
    assert await editor.ghost(at) is not None


async def test_an_absent_model_server_is_said_once(editor: Any, project: Path) -> None:
    await editor.start(project, settings={"student": {"base_url": "http://127.0.0.1:9/v1", "model": "m"}})
    at = editor.open("a.sql", COUNT + "|")
    # The embedded student stands in.
    assert await editor.ghost(at) is not None
    assert await editor.ghost(at) is not None
    assert len([said for said in editor.log if "127.0.0.1:9" in said]) == 1
    assert "customers" in await editor.labels(editor.open("b.sql", "SELECT * FROM |"))


@pytest.mark.parametrize(
    ("marked", "listed"),
    [
        ("SELECT * FROM customers WHERE city = '|'", ["Lyon", "Graz"]),
        ("SELECT '|' FROM customers", []),
        ('SELECT "|" FROM customers', None),
    ],
)
async def test_a_quote_in_sql_opens_the_list_of_values_alone(
    editor: Any, project: Path, marked: str, listed: list[str] | None
) -> None:
    await editor.start(project)
    at = editor.open("a.sql", marked)
    typed = types.CompletionContext(types.CompletionTriggerKind.TriggerCharacter, "'")
    params = types.CompletionParams(at.text_document, at.position, typed)
    found = await editor.client.text_document_completion_async(params)
    assert (found and sorted(item.label for item in found.items)) == (listed and sorted(listed))
