"""understudy.distill over a real server and a real child process. The child is a stand-in that speaks the protocol.

The real exploration is driven in tests/e2e; here the child misbehaves on purpose, which the real one never should.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import LanguageClient, client_capabilities, make_test_lsp_client

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script with a first line"),
    # The token stands in the command's arguments, because no server library hands the request's own to commands.
    pytest.mark.filterwarnings("ignore:Unknown progress token"),
]

EXPLORER = """#!{python}
import json, os, signal, sys, time

def say(**event):
    print(json.dumps(event), flush=True)

open({pid!r}, "w").write(f"{{os.getpid()}} {{' '.join(sys.argv[1:])}} {{os.environ['UNDERSTUDY_EDITOR_SETTINGS']}}")
RESULT = dict(tried=3, admitted=2, refused=1, held_out=dict(n=4, before=1, after=3), report="r.html", extra=1, message='Well.')
try:
    {body}
except KeyboardInterrupt:
    say(event="done", result=dict(RESULT, tried=1, admitted=1, refused=0))
    sys.exit(130)
"""
CHILDREN = {
    "well": """
    print("noise on stdout")
    say(event="progress", stage="mine", done=0, total=3, message="Finding examples")
    say(event="progress", stage="explore", done=3, total=3, message="Exploring", spent=dict(calls=2, words="2 calls, 3 of 9 min"))
    say(event="progress", stage="explore", done=0, total=3, message="Exploring")
    say(event="done", result=RESULT)
""",
    "endless": """
    say(event="progress", done=1, total=3, message="planning")
    time.sleep(60)
""",
    "deaf": """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    say(event="progress", done=1, total=3, message="planning")
    time.sleep(60)
""",
    "broken": """
    print("understudy: No examples were found; write a comment above a query.", file=sys.stderr)
    sys.exit(2)
""",
    "nonsense": """
    print("[1]", "null", sep="\\n", flush=True)
    say(event="progress", done="x", total=None)
    say(event="progress")
    say(event="done", result=7)
""",
}


class Explored:
    """An editor whose server starts the stand-in instead of the real exploration."""

    def __init__(self, client: LanguageClient, pid_file: Path) -> None:
        self.client = client
        self.pid_file = pid_file
        self.is_shut_down = False

    def distill(self, **argument: Any) -> "asyncio.Future[Any]":
        params = types.ExecuteCommandParams("understudy.distill", [argument])
        return asyncio.ensure_future(self.client.workspace_execute_command_async(params))

    async def progress(self, token: str, number: int) -> list[Any]:
        """The progress values so far, once there are `number`."""
        while len(self.client.progress_reports.get(token, [])) < number:
            await asyncio.sleep(0.02)
        return self.client.progress_reports[token]

    def child_lives(self) -> bool:
        try:
            os.kill(int(self.pid_file.read_text().split()[0]), 0)
        except ProcessLookupError:
            return False
        return True


@pytest.fixture
async def explored(project: Path, request: pytest.FixtureRequest) -> Any:
    explorer, pid_file = project / "explorer", project / "pid"
    body = CHILDREN[request.param].strip()
    explorer.write_text(
        EXPLORER.format(python=sys.executable, pid=str(pid_file), body=body), encoding="utf-8"
    )
    explorer.chmod(0o755)
    # Interrupts are ignored, as they are in whatever a script starts in the background.
    program = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); sys.executable = sys.argv[1]; "
        "from understudy_server.lsp.server import serve; serve()"
    )
    client = make_test_lsp_client()
    await client.start_io(sys.executable, "-c", program, str(explorer))
    await client.initialize_session(
        types.InitializeParams(
            capabilities=client_capabilities("visual-studio-code"),
            root_uri=project.as_uri(),
            initialization_options={"settings": {"distill": {"turns": 2}}},
        )
    )
    explored = Explored(client, pid_file)
    yield explored
    if not explored.is_shut_down:
        await client.shutdown_async(None)
    client.exit(None)
    await client.stop()


@pytest.mark.parametrize("explored", ["well"], indirect=True)
async def test_progress_is_forwarded_and_the_result_returned(explored: Explored, project: Path) -> None:
    outcome = await explored.distill(token="t")
    assert outcome == {
        "status": "done",
        "message": "Well.",
        "tried": 3,
        "admitted": 2,
        "refused": 1,
        "held_out": {"n": 4, "before": 1, "after": 3},
        "report": "r.html",
    }
    begin, first, last, again, end = explored.client.progress_reports["t"]
    assert begin.cancellable
    assert (first.message, first.percentage) == ("0/3 Finding examples", 0)
    assert last.message == "3/3 Exploring · 2 calls, 3 of 9 min"
    assert 50 < last.percentage == again.percentage < 100
    assert end.kind == "end"
    said = explored.pid_file.read_text()
    assert f"-m understudy_server distill --json --progress-json --root {project}" in said
    assert '{"distill": {"turns": 2}}' in said


@pytest.mark.parametrize("explored", ["endless"], indirect=True)
async def test_cancelling_stops_the_child_and_keeps_what_it_did(explored: Explored) -> None:
    running = explored.distill(token="t")
    await explored.progress("t", 2)
    second = await explored.distill(token="u")
    assert "under way already" in second["message"]
    explored.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams("t"))
    outcome = await asyncio.wait_for(running, 20)
    assert (outcome["status"], outcome["tried"]) == ("cancelled", 1)
    assert not explored.child_lives()
    assert explored.client.progress_reports["t"][-1].kind == "end"


@pytest.mark.parametrize("explored", ["deaf"], indirect=True)
async def test_a_child_that_does_not_listen_is_killed(explored: Explored) -> None:
    running = explored.distill(token="t")
    await explored.progress("t", 2)
    await explored.client.workspace_execute_command_async(types.ExecuteCommandParams("understudy.cancel"))
    outcome = await asyncio.wait_for(running, 30)
    assert outcome["status"] == "cancelled"
    assert not explored.child_lives()


@pytest.mark.parametrize("explored", ["broken"], indirect=True)
async def test_the_childs_sentence_is_the_message(explored: Explored) -> None:
    outcome = await explored.distill(token="t")
    assert outcome["status"] == "failed"
    assert outcome["message"] == "understudy: No examples were found; write a comment above a query."


@pytest.mark.parametrize("explored", ["nonsense"], indirect=True)
async def test_nonsense_from_the_child_is_a_failure_not_a_crash(explored: Explored) -> None:
    outcome = await explored.distill(token="t")
    assert outcome["status"] == "failed"
    assert outcome["held_out"] == {"n": 0, "before": 0, "after": 0}


@pytest.mark.parametrize("explored", ["endless"], indirect=True)
async def test_without_a_token_the_server_makes_one(explored: Explored) -> None:
    running = explored.distill()
    while not explored.client.progress_reports:
        await asyncio.sleep(0.02)
    (token,) = explored.client.progress_reports
    explored.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
    assert (await asyncio.wait_for(running, 20))["status"] == "cancelled"


@pytest.mark.parametrize("explored", ["endless"], indirect=True)
async def test_shutting_down_takes_the_child_along(explored: Explored) -> None:
    running = explored.distill(token="t")
    await explored.progress("t", 2)
    await explored.client.shutdown_async(None)
    explored.is_shut_down = True
    for _ in range(250):
        if not explored.child_lives():
            break
        await asyncio.sleep(0.02)
    assert not explored.child_lives()
    with pytest.raises(JsonRpcException):
        await running


@pytest.mark.parametrize("explored", ["endless"], indirect=True)
async def test_completion_answers_while_exploration_runs(explored: Explored, project: Path) -> None:
    running = explored.distill(token="t")
    await explored.progress("t", 2)
    uri = (project / "a.sql").as_uri()
    explored.client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "sql", 1, "SELECT * FROM "))
    )
    found = await explored.client.text_document_completion_async(
        types.CompletionParams(types.TextDocumentIdentifier(uri), types.Position(0, 14))
    )
    assert [item.label for item in found.items] == ["customers", "orders"]
    assert not running.done()
    explored.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams("t"))
    await running


def at_lines(first: int, last: int, character: int = 0) -> dict[str, Any]:
    return {"start": {"line": first, "character": 0}, "end": {"line": last, "character": character}}


@pytest.mark.parametrize("explored", ["well"], indirect=True)
async def test_a_selection_is_taught_by_its_lines_as_they_are_on_disk(
    explored: Explored, project: Path
) -> None:
    file = project / "a.sql"
    file.write_text("-- How many?\nSELECT COUNT(*)\nFROM orders;\n")
    outcome = await explored.distill(token="t", path=file.as_uri(), range=at_lines(1, 3))
    assert outcome["status"] == "done"
    assert f"--root {project} -- {file}:2-3 " in explored.pid_file.read_text()
    await explored.distill(token="u", path=file.as_uri(), range=at_lines(1, 1))
    assert f"-- {file}:2-2 " in explored.pid_file.read_text()
    explored.client.text_document_did_open(
        types.DidOpenTextDocumentParams(
            types.TextDocumentItem(file.as_uri(), "sql", 1, "\n" + file.read_text())
        )
    )
    outcome = await explored.distill(token="v", path=file.as_uri(), range=at_lines(1, 3))
    assert (outcome["status"], outcome["message"]) == (
        "failed", "the document has changes that are not saved; save it to teach from it.",
    )  # fmt: skip
    assert (await explored.distill(path=file.as_uri(), range={"start": 1}))["status"] == "failed"


@pytest.mark.parametrize("explored", ["well"], indirect=True)
async def test_a_cell_is_taught_by_its_number(explored: Explored, project: Path) -> None:
    file, cell = project / "n.ipynb", "vscode-notebook-cell:/n.ipynb#W1"
    texts = [("markdown", "Orders"), ("code", "%%sql\nSELECT COUNT(*) FROM orders")]
    stored = [{"cell_type": kind, "source": text} for kind, text in texts]
    file.write_text(json.dumps({"cells": stored}))
    kinds = (types.NotebookCellKind.Markup, types.NotebookCellKind.Code)
    uris = (cell.replace("W1", "W0"), cell)
    held = [types.NotebookCell(kind, uri) for kind, uri in zip(kinds, uris, strict=True)]
    languages = ("markdown", "python")
    items = [
        types.TextDocumentItem(uri, language, 1, text)
        for uri, language, (_, text) in zip(uris, languages, texts, strict=True)
    ]
    notebook = types.NotebookDocument(file.as_uri(), "jupyter-notebook", 1, held)
    explored.client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(notebook, items))
    await explored.distill(token="t", path=cell, range=at_lines(1, 1, 5))
    assert f"-- {file}:2:2-2 " in explored.pid_file.read_text()
    await explored.distill(token="u", path=cell)
    assert f"-- {file} " in explored.pid_file.read_text()


async def test_what_teaching_may_take_is_known_before(editor: Any, project: Path) -> None:
    (project / "a.sql").write_text("-- How many orders are there?\nSELECT COUNT(*) FROM orders;\n")
    await editor.start(project)
    uri = (project / "a.sql").as_uri()
    found = await editor.command("understudy.estimate", {"path": uri, "range": at_lines(0, 0)})
    assert (found["status"], found["examples"], found["calls"], found["tokens"]) == ("done", 1, 3, 0)
    assert found["message"].startswith("1 example; at most 3 calls of ")
    found = await editor.command("understudy.estimate", {"path": uri, "range": at_lines(7, 7)})
    assert found["status"] == "failed"
    assert "no example stands at a.sql:8" in found["message"]
    assert not (project / ".understudy" / "knowledge.db").exists()
