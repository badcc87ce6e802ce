"""A real server process for each test, on a copy of a small shop: two tables in SQLite, settings, and an editor's moves."""

import json
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_lsp
from aiohttp import web
from attrs import define, field
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

SCHEMA = """
CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT);
CREATE TABLE orders (
  order_id INTEGER PRIMARY KEY,
  customer_id INTEGER REFERENCES customers (customer_id),
  ordered_on TEXT,
  total_cents INTEGER
);
INSERT INTO customers VALUES (1, 'Ada', 'Lyon'), (2, 'Ben', 'Graz'), (3, 'Cleo', 'Lyon');
INSERT INTO orders VALUES (1, 1, '2024-01-05', 1200), (2, 1, '2024-02-01', 800), (3, 2, '2024-02-03', 400);
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A workspace with a database and settings, and nothing learned."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.executescript(SCHEMA)
    (tmp_path / "understudy.toml").write_text('[data]\ndatabase = "shop.db"\n', encoding="utf-8")
    return tmp_path


@pytest.fixture
async def serve_student(project: Path) -> AsyncIterator[Callable[[Callable[[str], str]], Awaitable[None]]]:
    """Makes a model server on a real socket the project's student; a test's function says what it answers to a request's text."""
    runners = list[web.AppRunner]()

    async def serve(says: Callable[[str], str]) -> None:
        async def models(request: web.Request) -> web.Response:
            return web.json_response({"data": [{"id": "student-base", "max_model_len": 4096}]})

        async def answer(request: web.Request) -> web.StreamResponse:
            words = says(await request.text())
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            choice = {"index": 0, "text": words, "delta": {"content": words}, "finish_reason": "stop"}
            await response.write(
                b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\ndata: [DONE]\n\n"
            )
            return response

        app = web.Application()
        app.router.add_get("/v1/models", models)
        app.router.add_post("/v1/completions", answer)
        app.router.add_post("/v1/chat/completions", answer)
        runners.append(runner := web.AppRunner(app, shutdown_timeout=0.1))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        with (project / "understudy.toml").open("a", encoding="utf-8") as settings:
            settings.write(f'[student]\nbase_url = "{url}"\nmodel = "student-base"\ntemplate = "plain"\n')

    yield serve
    for runner in runners:
        await runner.cleanup()


@define
class Editor:
    """What a person does in an editor. Documents are SQL unless their name ends in `.py`; `|` marks the cursor."""

    client: LanguageClient
    root: Path | None = None
    versions: dict[str, int] = field(factory=dict)

    async def start(self, root: Path | None, **options: object) -> types.InitializeResult:
        """Opens a folder."""
        self.root = root
        return await self.client.initialize_session(
            types.InitializeParams(
                capabilities=client_capabilities("visual-studio-code"),
                root_uri=root.as_uri() if root else None,
                initialization_options=options or None,
            )
        )

    def open(self, name: str, marked: str) -> types.TextDocumentPositionParams:
        """Opens a document; where its cursor stands."""
        before, _, after = marked.partition("|")
        uri = (self.root or Path.cwd()).joinpath(name).as_uri()
        language = "python" if name.endswith(".py") else "sql"
        self.versions[uri] = 1
        self.client.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, language, 1, before + after))
        )
        line = before.count("\n")
        character = len(before.rpartition("\n")[2].encode("utf-16-le")) // 2
        return types.TextDocumentPositionParams(
            types.TextDocumentIdentifier(uri), types.Position(line, character)
        )

    def type(self, at: types.TextDocumentPositionParams, text: str) -> types.TextDocumentPositionParams:
        """Types on one line; where the cursor stands then."""
        uri = at.text_document.uri
        self.versions[uri] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self.versions[uri], uri),
                [types.TextDocumentContentChangePartial(types.Range(at.position, at.position), text)],
            )
        )
        moved = types.Position(at.position.line, at.position.character + len(text))
        return types.TextDocumentPositionParams(at.text_document, moved)

    def erase(self, at: types.TextDocumentPositionParams, count: int) -> types.TextDocumentPositionParams:
        """Deletes so many characters before the cursor, on one line; where it stands then."""
        uri = at.text_document.uri
        self.versions[uri] += 1
        moved = types.Position(at.position.line, at.position.character - count)
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self.versions[uri], uri),
                [types.TextDocumentContentChangePartial(types.Range(moved, at.position), "")],
            )
        )
        return types.TextDocumentPositionParams(at.text_document, moved)

    async def ghost(self, at: types.TextDocumentPositionParams) -> types.InlineCompletionItem | None:
        """The ghost text at the cursor, if any."""
        found = await self.client.text_document_inline_completion_async(inline(at))
        items = found.items if isinstance(found, types.InlineCompletionList) else list(found or [])
        assert len(items) <= 1
        return items[0] if items else None

    async def labels(self, at: types.TextDocumentPositionParams) -> list[str]:
        """The labels of the completion list at the cursor."""
        found = await self.client.text_document_completion_async(
            types.CompletionParams(at.text_document, at.position)
        )
        items = found.items if isinstance(found, types.CompletionList) else list(found or [])
        return [item.label for item in items]

    async def command(self, name: str, *arguments: Any) -> Any:
        """Runs a command of the server."""
        return await self.client.workspace_execute_command_async(
            types.ExecuteCommandParams(name, list(arguments))
        )

    @property
    def log(self) -> list[str]:
        """What the server said in the editor's log."""
        return [message.message for message in self.client.log_messages]


def inline(at: types.TextDocumentPositionParams) -> types.InlineCompletionParams:
    return types.InlineCompletionParams(
        context=types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic),
        text_document=at.text_document,
        position=at.position,
    )


@pytest_lsp.fixture(
    config=ClientServerConfig(server_command=[sys.executable, "-m", "understudy_server", "serve"])
)
async def client(lsp_client: LanguageClient) -> AsyncIterator[None]:
    """A client whose server runs; each test initializes it."""

    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def _register(params: types.RegistrationParams) -> None:
        """As editors do: from then on they watch files."""

    yield
    if lsp_client.capabilities is None:  # the test failed before; the server is waited for
        lsp_client.exit(None)
    await lsp_client.shutdown_session()


@pytest.fixture
def editor(client: LanguageClient) -> Editor:
    """An editor with no folder open yet."""
    return Editor(client)
