"""The open documents: their text, kept in step with the editor, and which language they are read as."""

from collections.abc import Callable
from typing import Literal

from attrs import define, field
from lsprotocol import types

from understudy_knowledge.errors import UnderstudyError
from understudy_server.context.text.document import Document, Encoding

Language = Literal["sql", "python"]

_LANGUAGES: dict[str, Language] = {"sql": "sql", "jinja-sql": "sql", "sqlite": "sql", "python": "python"}
_SUFFIXES: dict[str, Language] = {".sql": "sql", ".py": "python"}


@define
class OpenDocument:
    """One document of the editor. `document` is None when its text is not known; `declined` says why it is left alone."""

    uri: str
    language: Language | None
    document: Document | None
    declined: str | None = None


@define
class Documents:
    """All open documents by URI. Each method returns the sentence to log when a document is declined, else None."""

    encoding: Encoding = "utf-16"
    edited: Callable[[str, int, int, str], None] = lambda uri, offset, deleted, text: None
    """Is called after an edit of the document of that URI: the text in place of so many bytes at the byte offset."""
    _open: dict[str, OpenDocument] = field(factory=dict)

    def open(self, item: types.TextDocumentItem) -> str | None:
        """A document was opened; one of that URI is replaced."""
        opened = OpenDocument(item.uri, _language(item.uri, item.language_id), None)
        self._open[item.uri] = opened
        return self._replace(opened, item.text, item.version)

    def change(self, params: types.DidChangeTextDocumentParams) -> str | None:
        """Edits of one document, in order; edits of an unknown one are ignored."""
        opened = self._open.get(params.text_document.uri)
        if opened is None:
            return None
        before = opened.declined
        for change in params.content_changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                self._edit(opened, change)
            else:
                replaced = len(opened.document) if opened.document is not None else 0
                self._replace(opened, change.text, params.text_document.version)
                self.edited(opened.uri, 0, replaced, change.text)
        if opened.document is not None:
            opened.document.version = params.text_document.version
        return opened.declined if opened.declined != before else None

    def close(self, uri: str) -> None:
        """The document is no longer open."""
        self._open.pop(uri, None)

    def opened(self, uri: str) -> OpenDocument | None:
        """The document of that URI in whatever language."""
        return self._open.get(uri)

    def find(self, uri: str) -> tuple[Document, Language] | None:
        """The document and its language, or None when it is unknown, declined or in another language."""
        opened = self._open.get(uri)
        if opened is None or opened.document is None or opened.declined or opened.language is None:
            return None
        return opened.document, opened.language

    def _replace(self, opened: OpenDocument, text: str, version: int) -> str | None:
        try:
            opened.document, opened.declined = Document(opened.uri, text, version), None
        except UnderstudyError as error:
            opened.document, opened.declined = None, str(error)
        return opened.declined

    def _edit(self, opened: OpenDocument, change: types.TextDocumentContentChangePartial) -> None:
        if opened.document is None:
            return
        start, end = change.range.start, change.range.end
        first, last = (opened.document.offset_at(at.line, at.character, self.encoding) for at in (start, end))
        try:
            opened.document.apply_change(
                start.line, start.character, end.line, end.character, change.text, self.encoding
            )
            opened.declined = None
            self.edited(opened.uri, first, last - first, change.text)
        except UnderstudyError as error:
            opened.declined = str(error)
        except ValueError as error:
            # The editor and we no longer have the same text; guessing would put suggestions in wrong places.
            opened.document = None
            opened.declined = (
                f"{opened.uri}: an edit could not be followed ({error}); close and open the file again."
            )


def _language(uri: str, language_id: str) -> Language | None:
    suffix = uri[uri.rfind(".") :].lower() if "." in uri else ""
    return _LANGUAGES.get(language_id) or _SUFFIXES.get(suffix)
