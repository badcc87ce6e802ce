"""The loop that the product is for, over a real server: open, suggest, accept, distill, and suggest better."""

import asyncio
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

COUNTED = "o.status NOT IN ('canceled', 'refunded')"
NET = "ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2)"
LINES = "FROM order_lines l JOIN orders o ON o.order_id = l.order_id"

# The token stands in the command's arguments, because no server library hands the request's own to commands.
pytestmark = pytest.mark.filterwarnings("ignore:Unknown progress token")

# Questions that stand nowhere in the project, and what this project means by them.
NEW = {
    "Net revenue by channel in 2023": f"SELECT o.channel, {NET} {LINES} WHERE {COUNTED} "
    "AND strftime('%Y', o.ordered_at) = '2023' GROUP BY 1",
    "Net revenue by month in 2023": f"SELECT strftime('%Y-%m', o.ordered_at), {NET} {LINES} WHERE {COUNTED} "
    "AND strftime('%Y', o.ordered_at) = '2023' GROUP BY 1",
    "Net revenue by month in 2022": f"SELECT strftime('%Y-%m', o.ordered_at), {NET} {LINES} WHERE {COUNTED} "
    "AND strftime('%Y', o.ordered_at) = '2022' GROUP BY 1",
    "Net revenue by channel in 2022": f"SELECT o.channel, {NET} {LINES} WHERE {COUNTED} "
    "AND strftime('%Y', o.ordered_at) = '2022' GROUP BY 1",
}
# What the schema alone answers, so that there is a suggestion before anything was taught.
PLAIN = "How many customers are there in each country?"


@pytest.fixture
def project(examples: Path, tmp_path: Path) -> Path:
    """The example project with one of its query files, so that exploration takes seconds."""
    for name in ("roastery.db", "schema.sql", "pyproject.toml"):
        shutil.copy(examples / name, tmp_path / name)
    (tmp_path / "queries").mkdir()
    shutil.copy(examples / "queries" / "revenue.sql", tmp_path / "queries")
    return tmp_path


@pytest_lsp.fixture(
    config=ClientServerConfig(server_command=[sys.executable, "-m", "understudy_server", "serve"])
)
async def client(lsp_client: LanguageClient) -> AsyncIterator[None]:
    """A client of a real server process."""

    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def _register(params: types.RegistrationParams) -> None:
        """As editors do: from then on they watch files."""

    yield
    await lsp_client.shutdown_session()


async def test_what_was_taught_makes_new_suggestions_right(client: LanguageClient, project: Path) -> None:
    await client.initialize_session(
        types.InitializeParams(
            capabilities=client_capabilities("visual-studio-code"), root_uri=project.as_uri()
        )
    )
    places = {question: _open(client, project, question) for question in NEW}

    before = {question: await _ghost(client, place) for question, place in places.items()}
    right_before = {question for question, item in before.items() if _is_right(project, question, item)}
    plain = _open(client, project, PLAIN)
    accepted = await _ghost(client, plain)
    assert accepted is not None
    assert accepted.command is not None
    await _command(client, accepted.command.command, *(accepted.command.arguments or []))
    assert _ask(project, "SELECT COUNT(*) FROM acceptances") == [(1,)]

    exploring = asyncio.ensure_future(_command(client, "understudy.distill", {"token": "teaching"}))
    await asyncio.sleep(1)
    meanwhile = await _ghost(client, plain)
    assert meanwhile is not None
    assert not exploring.done(), "a suggestion must not wait for exploration"
    outcome = await exploring
    assert outcome["status"] == "done", outcome
    assert outcome["admitted"] > 0
    assert Path(outcome["report"]).is_file()

    after = {question: await _ghost(client, place) for question, place in places.items()}
    right_after = {question for question, item in after.items() if _is_right(project, question, item)}
    assert right_before < right_after

    for question in right_after - right_before:
        item = after[question]
        assert item is not None
        assert item.command is not None
        await _command(client, item.command.command, *(item.command.arguments or []))
    helped = _ask(project, "SELECT COUNT(*) FROM acceptances WHERE cases <> '[]'")
    assert helped > [(0,)], "an acceptance is counted for the lesson that helped"


def _open(client: LanguageClient, project: Path, question: str) -> types.TextDocumentPositionParams:
    """A new file with the question as a comment; the cursor stands on the line below."""
    uri = (project / f"{question.replace(' ', '_')}.sql").as_uri()
    text = f"-- {question}\n"
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "sql", 1, text))
    )
    return types.TextDocumentPositionParams(types.TextDocumentIdentifier(uri), types.Position(1, 0))


async def _ghost(
    client: LanguageClient, place: types.TextDocumentPositionParams
) -> types.InlineCompletionItem | None:
    context = types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic)
    found = await client.text_document_inline_completion_async(
        types.InlineCompletionParams(
            context=context, text_document=place.text_document, position=place.position
        )
    )
    items = found.items if isinstance(found, types.InlineCompletionList) else list(found or [])
    return items[0] if items else None


async def _command(client: LanguageClient, name: str, *arguments: Any) -> Any:
    return await client.workspace_execute_command_async(types.ExecuteCommandParams(name, list(arguments)))


def _is_right(project: Path, question: str, item: types.InlineCompletionItem | None) -> bool:
    """Whether the suggestion answers what the gold query answers, in any order of rows."""
    if item is None:
        return False
    with closing(sqlite3.connect(project / "roastery.db")) as connection:
        try:
            rows = connection.execute(str(item.insert_text)).fetchall()
        except sqlite3.Error:
            return False
        return sorted(rows) == sorted(connection.execute(NEW[question]).fetchall())


def _ask(project: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(project / ".understudy" / "knowledge.db")) as connection:
        return connection.execute(statement).fetchall()
