"""The language server: which method goes to which handler, and how it is reached."""

import asyncio
import signal
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from understudy_server.lsp.accepted import accepted, accepted_in_part
from understudy_server.lsp.code_action import KINDS, code_action
from understudy_server.lsp.completion import QUOTES, completion
from understudy_server.lsp.configuration import did_change_configuration
from understudy_server.lsp.definition import definition
from understudy_server.lsp.diagnostic import OPTIONS, Report, asks, document_diagnostic, is_cell
from understudy_server.lsp.diagnostics import Diagnostics
from understudy_server.lsp.distill import DISTILL, ESTIMATE, distill, estimate
from understudy_server.lsp.doctor import doctor
from understudy_server.lsp.document_symbol import document_symbol
from understudy_server.lsp.explain import EXPLAIN, TEACHER, ask_teacher, explain
from understudy_server.lsp.forget import FORGET, forget
from understudy_server.lsp.formatting import can_be_told, formatting
from understudy_server.lsp.formatting import registration as formatting_registration
from understudy_server.lsp.generate import GENERATE, generate
from understudy_server.lsp.hover import hover
from understudy_server.lsp.initialize import initialize
from understudy_server.lsp.inline_completion import ACCEPTED, inline_completion
from understudy_server.lsp.knowledge import CASE, EDIT, KNOWLEDGE, VERIFY, case, edit, knowledge, verify
from understudy_server.lsp.notebooks import SYNC, Change
from understudy_server.lsp.protocol import Protocol
from understudy_server.lsp.read_ahead import ReadAhead
from understudy_server.lsp.report import REPORT, report
from understudy_server.lsp.rewrite import REWRITE, resolve, rewrite
from understudy_server.lsp.session import Session, Shown
from understudy_server.lsp.signature_help import signature_help
from understudy_server.lsp.student_status import teller
from understudy_server.lsp.synchronize import did_change, did_close, did_open
from understudy_server.lsp.watched_files import can_be_asked, did_change_watched_files, registration


class UnderstudyServer(LanguageServer):
    """One server for one editor."""

    def __init__(self) -> None:
        super().__init__(
            "understudy", version("understudy"), protocol_cls=Protocol, notebook_document_sync=SYNC
        )
        self.session = Session(log=self._log)

    def report_server_error(self, error: Exception, source: type[Exception]) -> None:
        """Into the log: a message that was not understood is the client's affair, not worth a pop-up at each keystroke."""
        self._log(f"Not understood: {error}")

    def _log(self, sentence: str) -> None:
        self.window_log_message(types.LogMessageParams(types.MessageType.Warning, sentence))


def serve(tcp: tuple[str, int] | None = None) -> None:
    """Serve one editor on stdin and stdout, or on a TCP address; returns when it is gone. Raises OSError for the address."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        # Whoever starts an editor in the background of a script has it, and all it starts, ignore interrupts: the exploration,
        # which is interrupted to stop it, would inherit that.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    server = create_server()
    if tcp is not None:
        server.start_tcp(*tcp)
        return
    stdout = sys.stdout.buffer
    # Whatever prints from here on must not end up between two messages.
    sys.stdout = sys.stderr
    server.start_io(sys.stdin.buffer, stdout)


def create_server() -> UnderstudyServer:
    """The server with every handler registered, not yet started."""
    server = UnderstudyServer()
    session = server.session
    diagnostics = Diagnostics(session, server.text_document_publish_diagnostics)
    reading = ReadAhead(session.documents, session.notebooks, lambda: session.catalog)
    session.loaded = reading.refresh

    def catalog_changed() -> None:
        diagnostics.refresh()
        reading.refresh()

    session.catalog_changed = catalog_changed
    noting: set[asyncio.Task[None]] = set()

    def taken_in_part(shown: Shown) -> None:
        task = asyncio.ensure_future(accepted_in_part(session, shown))
        noting.add(task)  # the loop alone would let go of it
        task.add_done_callback(noting.discard)

    session.taken_in_part = taken_in_part
    session.student_changed = teller(server.protocol.notify, session.log)
    session.unsaid = lambda reason: server.protocol.notify("understudy/unsaid", {"reason": reason})

    @server.feature(types.INITIALIZE)
    def _initialize(params: types.InitializeParams) -> None:
        encoding = types.PositionEncodingKind(server.workspace.position_encoding)
        session.documents.encoding = encoding.value
        if not can_be_told(params.capabilities):
            _register_formatting(server)
        if asks(params.capabilities):
            _register_diagnostic(server, diagnostics)
        initialize(session, params)

    @server.feature(types.INITIALIZED)
    def _initialized(params: types.InitializedParams) -> None:
        session.load()
        if can_be_asked(server.client_capabilities):
            server.client_register_capability(registration())
        if can_be_told(server.client_capabilities):
            _register_formatting(server)  # now that it is not advertised for Python as well
            server.client_register_capability(formatting_registration())

    @server.feature(types.SHUTDOWN)
    async def _shutdown(params: None) -> None:
        diagnostics.close()
        reading.close()
        await session.close()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def _did_open(params: types.DidOpenTextDocumentParams) -> None:
        did_open(session, params)
        diagnostics.opened(params.text_document.uri)
        reading.opened(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def _did_change(params: types.DidChangeTextDocumentParams) -> None:
        did_change(session, params)
        diagnostics.changed(params.text_document.uri)
        reading.changed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def _did_close(params: types.DidCloseTextDocumentParams) -> None:
        did_close(session, params)
        diagnostics.closed(params.text_document.uri)
        reading.closed(params.text_document.uri)

    _register_notebooks(server, diagnostics, reading)

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def _did_change_configuration(params: types.DidChangeConfigurationParams) -> None:
        did_change_configuration(session, params)
        diagnostics.refresh()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def _did_change_watched_files(params: types.DidChangeWatchedFilesParams) -> None:
        if did_change_watched_files(session, params):
            diagnostics.refresh()

    # Without options pygls does not advertise the method.
    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    async def _inline_completion(params: types.InlineCompletionParams) -> types.InlineCompletionList | None:
        return await inline_completion(session, params)

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=[".", *QUOTES])
    )
    async def _completion(params: types.CompletionParams) -> types.CompletionList | None:
        return await completion(session, params)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def _hover(params: types.HoverParams) -> types.Hover | None:
        return await hover(session, params, formatted=_shows_markdown(server.client_capabilities))

    _register_lookups(server)
    _register_actions(server)
    _register_commands(server, diagnostics)
    _register_knowledge(server)
    return server


def _register_notebooks(server: UnderstudyServer, diagnostics: Diagnostics, reading: ReadAhead) -> None:
    notebooks = server.session.notebooks

    def _take(change: Change, *looks: Callable[[str], None]) -> None:
        for declined in change.declined:
            server.session.log_once(declined)
        for uri in change.closed:
            diagnostics.closed(uri)
            reading.closed(uri)
            if under_way := server.session.suggesting.pop(uri, None):
                under_way.cancel()
        for uri in change.touched:
            for look in looks:
                look(uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def _did_open(params: types.DidOpenNotebookDocumentParams) -> None:
        _take(notebooks.open(params), diagnostics.opened, reading.opened)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def _did_change(params: types.DidChangeNotebookDocumentParams) -> None:
        _take(notebooks.change(params), diagnostics.changed, reading.changed)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def _did_close(params: types.DidCloseNotebookDocumentParams) -> None:
        _take(notebooks.close(params))


def _register_lookups(server: UnderstudyServer) -> None:
    session = server.session

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def _definition(params: types.DefinitionParams) -> types.Location | None:
        return await definition(session, params)

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def _document_symbol(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol] | None:
        return await document_symbol(session, params)

    @server.feature(
        types.TEXT_DOCUMENT_SIGNATURE_HELP, types.SignatureHelpOptions(trigger_characters=["(", ","])
    )
    async def _signature_help(params: types.SignatureHelpParams) -> types.SignatureHelp | None:
        return await signature_help(session, params)


def _register_diagnostic(server: UnderstudyServer, diagnostics: Diagnostics) -> None:
    """For an editor that asks: advertised to others, some would show both what they asked for and what is published."""
    session = server.session
    asks_for_cells = False
    diagnostics.asked_for = lambda uri: asks_for_cells or not is_cell(session, uri)

    def ask_anew() -> None:
        server.workspace_diagnostic_refresh(None)

    diagnostics.asked_anew = ask_anew

    @server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, OPTIONS)
    async def _diagnostic(params: types.DocumentDiagnosticParams) -> Report:
        nonlocal asks_for_cells
        if not asks_for_cells and is_cell(session, params.text_document.uri):
            asks_for_cells = True
            diagnostics.stop_publishing()
        return await document_diagnostic(session, params)


def _register_formatting(server: UnderstudyServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    async def _formatting(params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        return await formatting(server.session, params)


def _register_actions(server: UnderstudyServer) -> None:
    session = server.session
    options = types.CodeActionOptions(code_action_kinds=list(KINDS.values()), resolve_provider=True)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    async def _code_action(params: types.CodeActionParams) -> list[types.CodeAction] | None:
        capabilities = server.client_capabilities
        return await code_action(
            session,
            params,
            versioned=_takes_versioned_edits(capabilities),
            resolves=_resolves_edits(capabilities),
        )

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def _resolve(params: types.CodeAction) -> types.CodeAction:
        versioned = _takes_versioned_edits(server.client_capabilities)
        return await resolve(session, server, params, versioned=versioned)


def _register_commands(server: UnderstudyServer, diagnostics: Diagnostics) -> None:
    session = server.session

    # `ls` comes first because pygls asks of a first parameter without that name whether its annotation is a server, and
    # `Any` cannot be asked on Python 3.10.
    @server.command(DISTILL)
    async def _distill(ls: UnderstudyServer, *arguments: Any) -> dict[str, Any]:
        token, path = _argument(arguments, "token"), _argument(arguments, "path")
        outcome = await distill(session, server, token, path, _argument(arguments, "range"))
        diagnostics.refresh()  # exploration may have come to doubt an example that is open
        return outcome

    @server.command(ESTIMATE)
    async def _estimate(ls: UnderstudyServer, *arguments: Any) -> dict[str, Any]:
        return await estimate(session, _argument(arguments, "path"), _argument(arguments, "range"))

    @server.command("understudy.cancel")
    def _cancel(ls: UnderstudyServer, *arguments: Any) -> None:
        if session.interrupt is not None:
            session.interrupt()

    @server.command(ACCEPTED)
    async def _accepted(ls: UnderstudyServer, *arguments: Any) -> None:
        await accepted(session, _argument(arguments, "id"))

    @server.command(GENERATE)
    async def _generate(ls: UnderstudyServer, *arguments: Any) -> dict[str, Any]:
        return await generate(session, server, _argument(arguments, "uri"), _argument(arguments, "line"))

    @server.command(REWRITE)
    async def _rewrite(ls: UnderstudyServer, *arguments: Any) -> dict[str, Any]:
        return await rewrite(session, server, arguments[0] if arguments else None)

    @server.command(EXPLAIN)
    async def _explain(ls: UnderstudyServer, *arguments: Any) -> dict[str, Any]:
        return await explain(session, server, *_place(arguments))

    @server.command(TEACHER)
    async def _ask_teacher(ls: UnderstudyServer, *arguments: Any) -> dict[str, Any]:
        return await ask_teacher(session, server, *_place(arguments))

    @server.command(FORGET)
    async def _forget(ls: UnderstudyServer, *arguments: Any) -> dict[str, Any]:
        return await forget(session, server, _argument(arguments, "id"))

    @server.command("understudy.doctor")
    async def _doctor(ls: UnderstudyServer, *arguments: Any) -> Any:
        return await doctor(session)


def _register_knowledge(server: UnderstudyServer) -> None:
    session = server.session

    @server.feature(KNOWLEDGE)
    async def _knowledge(params: Any) -> dict[str, Any]:
        return await knowledge(session)

    @server.feature(CASE)
    async def _case(params: Any) -> dict[str, Any]:
        return await case(session, getattr(params, "id", None))

    @server.feature(REPORT)
    async def _report(params: Any) -> dict[str, Any]:
        return await report(session)

    @server.command(EDIT)
    async def _edit(ls: UnderstudyServer, *arguments: Any) -> dict[str, Any]:
        return await edit(session, arguments[0] if arguments and isinstance(arguments[0], Mapping) else {})

    @server.command(VERIFY)
    async def _verify(ls: UnderstudyServer, *arguments: Any) -> dict[str, Any]:
        return await verify(session)


def _argument(arguments: tuple[Any, ...], name: str) -> object:
    """A value of the table that clients send as the only argument; None when it is not there."""
    first = arguments[0] if arguments else None
    return first.get(name) if isinstance(first, Mapping) else None


def _place(arguments: tuple[Any, ...]) -> tuple[object, object, object]:
    """URI, line and character of the table that clients send."""
    return _argument(arguments, "uri"), _argument(arguments, "line"), _argument(arguments, "character")


def _resolves_edits(capabilities: types.ClientCapabilities) -> bool:
    document = capabilities.text_document
    actions = document.code_action if document else None
    resolved = actions.resolve_support.properties if actions and actions.resolve_support else ()
    return bool(actions and actions.data_support) and "edit" in resolved


def _shows_markdown(capabilities: types.ClientCapabilities) -> bool:
    document = capabilities.text_document
    formats = document.hover.content_format if document and document.hover else None
    return types.MarkupKind.Markdown in (formats or ())


def _takes_versioned_edits(capabilities: types.ClientCapabilities) -> bool:
    workspace = capabilities.workspace
    return bool(workspace and workspace.workspace_edit and workspace.workspace_edit.document_changes)
