"""Which dialect a statement is in, and what said so. The strongest that speaks decides; see DialectSource for their order."""

from attrs import frozen

from understudy_server.context.dialect.markers import marker_in, marker_of_name, path_of
from understudy_server.context.dialect.marks import DIALECTS
from understudy_server.context.dialect.syntax import add, syntax_scores
from understudy_server.context.query_context import DialectSource

_SHARE_OF_ABOVE = 0.5
_MARGIN = 0.75


@frozen
class DialectHints:
    """What is known of the dialect before any text is read; empty where nothing is."""

    configured: str = ""
    connection: str = ""
    """That of the database that the project is connected to."""
    folders: tuple[tuple[str, str], ...] = ()
    """What tools of the workspace say: (absolute folder with forward slashes, dialect), the innermost folder first."""
    schema: str = ""
    """That of the DDL in the workspace."""
    default: str = "sqlite"

    @property
    def settled(self) -> tuple[str, DialectSource] | None:
        """(dialect, what said so) where no text can change it."""
        if self.configured:
            return self.configured, "configuration"
        return (self.connection, "connection") if self.connection else None

    def of_folder(self, name: str) -> str:
        """What the workspace's tools say of the document of that path or URI."""
        if not self.folders:
            return ""
        path = path_of(name)
        relative = not path.startswith("/") and path[1:2] != ":"
        return next((said for folder, said in self.folders if relative or path.startswith(folder + "/")), "")


def decide_dialect(
    hints: DialectHints, sql: bytes, *, name: str, head: bytes = b"", above: bytes = b"", imported: str = ""
) -> tuple[str, DialectSource]:
    """(dialect, what said so) of the statement `sql`.

    `name` is the document's path or URI, `head` its first bytes, `above` SQL that stands above the statement, `imported`
    the dialect that Python around it connects to. Costs about what the statement's length costs, and remembers the rest.
    """
    if settled := hints.settled:
        return settled
    if imported:
        return imported, "import"
    if marked := marker_in(head) or marker_of_name(name) or hints.of_folder(name):
        return marked, "marker"
    return _by_syntax(sql, above, hints)


def _by_syntax(sql: bytes, above: bytes, hints: DialectHints) -> tuple[str, DialectSource]:
    """The schema's dialect, else the default, wherever it fits: only marks that it lacks speak against it."""
    usually = hints.schema or hints.default
    scores = syntax_scores(sql)
    if above:
        scores = add(scores, syntax_scores(above), _SHARE_OF_ABOVE)
    best = max(scores)
    usual = scores[DIALECTS.index(usually)] if usually in DIALECTS else 0.0
    if usual > -_MARGIN or usual > best - _MARGIN:
        if hints.schema:
            return usually, "schema"
        # What several dialects are written like is no evidence for one of them.
        return usually, "syntax" if usual > _MARGIN and scores.count(best) == 1 else "default"
    return DIALECTS[scores.index(best)], "syntax"
