"""Which examples a run is about: those of the project's files, those of the files that were named, those at named lines."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from understudy_knowledge.errors import ConfigurationError, NothingToDoError
from understudy_knowledge.memory.records import DataSource, Example
from understudy_server.cli.runs import Wish
from understudy_server.mining import Mined, Skipped, mine
from understudy_server.project import Project

_WHAT_IT_IS = (
    "an example is a query with a comment above it that says what it answers, in a .sql file, a Python string "
    "or a notebook"
)


def source_of(project: Project) -> DataSource:
    """What the project's SQL runs on. Raises ConfigurationError, DataSourceError."""
    source = project.source
    if source is None:
        raise ConfigurationError(
            'no database is configured; write `database = "…"` under [tool.understudy.data] in pyproject.toml, '
            "or under [data] in understudy.toml"
        )
    return source


def mined_from(project: Project, source: DataSource, wish: Wish) -> Mined:
    """The project's examples, those below the paths that were asked for. Raises NothingToDoError."""
    found = mine(project.root, source=source, dialect=project.dialect, exclude=project.settings.exclude)
    if wish.paths:
        found = Mined(
            tuple(each for each in found.examples if _below(each.origin.path, wish.paths)),
            tuple(each for each in found.skipped if _below(each.origin.path, wish.paths)),
        )
    if not found.examples:
        where = ", ".join(str(project.root / path) for path in wish.paths) or str(project.root)
        passed_over = (
            f" ({len(found.skipped)} were skipped: {found.skipped[0].origin} {found.skipped[0].reason})"
            if found.skipped
            else ""
        )
        raise NothingToDoError(f"no examples were found in {where}{passed_over}; {_WHAT_IT_IS}")
    return found


def chosen_from(mined: Mined, wish: Wish) -> frozenset[str]:
    """Ids of the examples on the lines that were asked for; none where no lines were. Raises NothingToDoError."""
    standing = [each for lines in wish.only for each in mined.at(lines)]
    chosen = frozenset(each.id for each in standing if isinstance(each, Example))
    if wish.only and not chosen:
        where = ", ".join(str(lines) for lines in wish.only)
        why = next(
            (f", because the one there {each.reason}" for each in standing if isinstance(each, Skipped)), ""
        )
        raise NothingToDoError(f"no example stands at {where}{why}; {_WHAT_IT_IS}")
    return chosen


def _below(path: str, folders: Sequence[str]) -> bool:
    return any(PurePosixPath(path).is_relative_to(folder) for folder in folders)
