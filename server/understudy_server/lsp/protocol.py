"""What pygls does differently from what we need: text is kept by our own Document, and bad messages get an answer."""

from collections.abc import Callable, Generator
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.protocol import LanguageServerProtocol, lsp_method


class Protocol(LanguageServerProtocol):
    """pygls' protocol without its copy of every document: that one splits the whole text at each keystroke.

    The document handlers are plain functions, not pygls' generators, because each generator leaves a future behind for good.
    """

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Only our own handler."""
        self._own(types.TEXT_DOCUMENT_DID_OPEN)(params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Only our own handler."""
        self._own(types.TEXT_DOCUMENT_DID_CHANGE)(params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Only our own handler."""
        self._own(types.TEXT_DOCUMENT_DID_CLOSE)(params)

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def lsp_notebook_document__did_open(self, params: types.DidOpenNotebookDocumentParams) -> None:
        """Only our own handler."""
        self._own(types.NOTEBOOK_DOCUMENT_DID_OPEN)(params)

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def lsp_notebook_document__did_change(self, params: types.DidChangeNotebookDocumentParams) -> None:
        """Only our own handler."""
        self._own(types.NOTEBOOK_DOCUMENT_DID_CHANGE)(params)

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def lsp_notebook_document__did_close(self, params: types.DidCloseNotebookDocumentParams) -> None:
        """Only our own handler."""
        self._own(types.NOTEBOOK_DOCUMENT_DID_CLOSE)(params)

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Generator[Any, Any, None]:
        """pygls' own, but over a copy: ending a request takes it out of the table that is walked."""
        yield self.fm.features[types.SHUTDOWN], args, None
        for identifier, future in list(self._request_futures.items()):
            if identifier != self.msg_id and not future.done():
                future.cancel()
        self._shutdown = True

    def structure_message(self, data: dict[str, Any]) -> Any:
        """The message; a request with bad parameters is answered with an error, which pygls leaves out."""
        try:
            return super().structure_message(data)
        except JsonRpcException:
            error = JsonRpcInvalidParams(f"the parameters of {data.get('method')} are not as LSP has them")
            if "method" in data and isinstance(data.get("id"), int | str):
                self._send_response(data["id"], None, error.to_response_error())
            raise error from None

    def _own(self, method: str) -> Callable[[Any], None]:
        handler: Callable[[Any], None] = self.fm.features[method]
        return handler
