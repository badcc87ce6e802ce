"""workspace/didChangeWatchedFiles: what the catalog is read from changed on disk."""

from lsprotocol import types

from understudy_server.lsp.session import Session

_KINDS = "sql,ddl,py,yml,yaml,json,csv,tsv,parquet,prisma,rb,db,sqlite,sqlite3,duckdb"
_SETTINGS = ("/understudy.toml", "/pyproject.toml")
_REGISTRATION = "understudy.watched-files"


def did_change_watched_files(session: Session, params: types.DidChangeWatchedFilesParams) -> bool:
    """Whether the project is opened anew, because its settings changed. Sources of the catalog are read in a thread."""
    changes = [change for change in params.changes if "/.understudy/" not in change.uri]
    if any(change.uri.endswith(_SETTINGS) for change in changes) and session.settings_changed():
        session.load()
        return True
    if changes:
        found = any(change.type != types.FileChangeType.Changed for change in changes)
        session.files_changed(found=found)
    return False


def registration() -> types.RegistrationParams:
    """What the editor is asked to watch: the kinds of files that may say something of the data."""
    options = types.DidChangeWatchedFilesRegistrationOptions(
        [types.FileSystemWatcher("**/*.{" + _KINDS + "}"), types.FileSystemWatcher("**/*.toml")]
    )
    return types.RegistrationParams(
        [types.Registration(_REGISTRATION, types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)]
    )


def can_be_asked(capabilities: types.ClientCapabilities) -> bool:
    """Whether the editor watches files for servers; where it does not, they are looked at now and then."""
    watched = capabilities.workspace and capabilities.workspace.did_change_watched_files
    return bool(watched and watched.dynamic_registration)
