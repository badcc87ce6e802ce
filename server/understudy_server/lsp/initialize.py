"""initialize and initialized: whom we serve, and the project opened in the background."""

from collections.abc import Mapping
from pathlib import Path

from lsprotocol import types
from pygls.uris import to_fs_path

from understudy_server.lsp.configuration import overrides
from understudy_server.lsp.session import Session


def initialize(session: Session, params: types.InitializeParams) -> None:
    """Takes the folder, the editor's settings and its trust. A client that says nothing of trust has none to withhold."""
    session.root = _root(params)
    options = params.initialization_options
    if isinstance(options, Mapping):
        session.overrides = overrides(options.get("settings"))
        session.trusted = options.get("trusted") is not False


def _root(params: types.InitializeParams) -> Path | None:
    """The first workspace folder, else the root as older clients say it."""
    folders = params.workspace_folders or []
    uri = folders[0].uri if folders else params.root_uri
    path = (to_fs_path(uri) if uri.startswith("file:") else None) if uri else params.root_path
    return Path(path) if path and Path(path).is_dir() else None
