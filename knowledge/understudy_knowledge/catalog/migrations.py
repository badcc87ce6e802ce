"""Which SQL files of a workspace are steps of one migration, and in what order; knows every layout by its file names alone."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from attrs import frozen

_BACK = re.compile(r"(?:^|[._-])(?:down|undo|rollback|revert)\.sql$|^U\d[\d._]*__", re.IGNORECASE)
_BACK_FOLDERS = frozenset("revert verify rollback rollbacks down undo".split())
_FLYWAY = re.compile(r"(?:[VB](?P<version>\d[\d._]*?)|(?P<repeatable>R))__")
_NUMBERED = re.compile(r"\d+[_.-]|\d{4,}")
_WHOLE_STEPS = frozenset(("up.sql", "migration.sql"))
_FOLDERS = frozenset("migrations migrate migration changelog changelogs deploy".split())
_NUMBERS = re.compile(r"\d+|\D+")


@frozen
class Migration:
    """`steps` are paths in the order in which they run; `folder` is how they are called together."""

    folder: str
    steps: tuple[str, ...]


def find_migrations(paths: Iterable[str]) -> tuple[tuple[Migration, ...], tuple[str, ...]]:
    """The migrations among `paths` (relative, with forward slashes), and the files that belong to none.

    Flyway, golang-migrate, dbmate, goose, sqitch, Prisma, Diesel, Supabase, Hasura, Drizzle, Liquibase's formatted SQL and
    plain numbered files are told by their names. Steps back are in neither answer: nobody runs them.
    """
    found: dict[str, list[str]] = defaultdict(list)
    rest: list[str] = []
    for name in paths:
        path = PurePosixPath(name)
        if _is_way_back(path):
            continue
        folder = _folder(path)
        if folder is None:
            rest.append(name)
        else:
            found[folder].append(name)
    return tuple(
        Migration(folder, tuple(sorted(steps, key=_order))) for folder, steps in sorted(found.items())
    ), tuple(rest)


def in_planned_order(migration: Migration, plan: str) -> Migration:
    """The steps as sqitch's plan has them; what the plan does not name comes last."""
    places: dict[str, int] = {}
    for line in plan.splitlines():
        words = line.split()
        if words and not words[0].startswith(("%", "#", "@", "-", "+")):
            places[words[0].lower()] = len(places)

    def place(step: str) -> int:
        below = PurePosixPath(step).relative_to(migration.folder).with_suffix("")
        return places.get(below.as_posix().lower(), len(places))

    return Migration(migration.folder, tuple(sorted(migration.steps, key=place)))


def _is_way_back(path: PurePosixPath) -> bool:
    return _BACK.search(path.name) is not None or path.parent.name.lower() in _BACK_FOLDERS


def _folder(path: PurePosixPath) -> str | None:
    """How the migration that the file is a step of is called; None for a file that is none."""
    if path.name.lower() in _WHOLE_STEPS and _NUMBERED.match(path.parent.name):
        return path.parent.parent.as_posix()
    if (
        _FLYWAY.match(path.name)
        or _NUMBERED.match(path.name)
        or _FOLDERS.intersection(map(str.lower, path.parts[-2:-1]))
    ):
        return path.parent.as_posix()
    return None


def _order(step: str) -> tuple[object, ...]:
    """Versions are compared as numbers: 2 comes before 10, and 1.2 before 1.10; Flyway's repeatable steps come last."""
    path = PurePosixPath(step)
    name = path.parent.name if path.name.lower() in _WHOLE_STEPS else path.name
    if (flyway := _FLYWAY.match(name)) is not None:
        version = tuple(map(int, re.findall(r"\d+", flyway["version"] or "")))
        return (flyway["repeatable"] is not None, version, name)
    return (False, (), *natural(name))


def natural(name: str) -> Sequence[tuple[bool, int, str]]:
    """A key that sorts names with numbers in them as people do."""
    return [
        (not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in _NUMBERS.findall(name)
    ]
