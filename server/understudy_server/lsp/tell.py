"""A word to the person who asked for something explicitly, so that the answer may be seen."""

from lsprotocol import types
from pygls.lsp.server import LanguageServer


def told(server: LanguageServer, sentence: str) -> dict[str, str]:
    """Shows the sentence; `{"message": …}` as commands answer it."""
    message = f"Understudy: {sentence}"
    server.window_show_message(types.ShowMessageParams(types.MessageType.Info, message))
    return {"message": message}
