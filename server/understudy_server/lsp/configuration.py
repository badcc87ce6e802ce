"""workspace/didChangeConfiguration: the editor's settings, and the project opened anew with them."""

from collections.abc import Mapping

from lsprotocol import types

from understudy_server.lsp.session import Session


def did_change_configuration(session: Session, params: types.DidChangeConfigurationParams) -> None:
    """All that the editor sets, replacing what it set before."""
    session.overrides = overrides(params.settings)
    session.load()


def overrides(settings: object) -> Mapping[str, object]:
    """The settings as a table; some editors send them under the server's name."""
    if isinstance(settings, Mapping) and set(settings) == {"understudy"}:
        settings = settings["understudy"]
    return settings if isinstance(settings, Mapping) else {}
