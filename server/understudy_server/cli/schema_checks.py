"""What the doctor says of the schema and the dialect: where they are from."""

import re

from understudy_server.cli.finding import Finding
from understudy_server.context.dialect.decision import decide_dialect
from understudy_server.project import Project

_SOURCES = 5
_NOTES = 3
_LINE = re.compile(r":\d+$")


def which_schema(project: Project) -> Finding:
    """How many tables are known, and from where; several files of a folder are named by it."""
    catalog = project.catalog
    if not catalog.tables:
        return Finding(
            "schema",
            "note",
            "no tables are known, so names of tables and columns cannot be completed",
            "set database or url under [data], or keep CREATE TABLE statements, migrations or models in the project",
        )
    sources = {_LINE.sub("", name) for table in catalog.tables for name in (table.source, *table.also)}
    folders: dict[str, list[str]] = {}
    for source in sorted(sources - {""}):
        folders.setdefault(source.rpartition("/")[0], []).append(source)
    named = [
        (f"{folder}/ ({len(files)} files)" if folder and len(files) > 1 else ", ".join(files), len(files))
        for folder, files in folders.items()
    ]
    shown = [name for name, _ in sorted(named, key=lambda each: -each[1])]
    failure = str(project.keeper.failure or "")
    unread = [note for note in catalog.notes if note != failure]
    return Finding(
        "schema",
        "note" if unread else "ok",
        f"{len(catalog.tables)} tables and views from {', '.join(shown[:_SOURCES])}"
        + (f" and {len(shown) - _SOURCES} other places" if len(shown) > _SOURCES else "")
        + (f"; not understood: {'; '.join(unread[:_NOTES])}" if unread else "")
        + (f"; and {len(unread) - _NOTES} more" if len(unread) > _NOTES else ""),
        "mend what is named, or leave it: the rest is used" if unread else "",
    )


def which_dialect(project: Project) -> Finding:
    """What a query is read as about which nothing else is known."""
    hints = project.dialect_hints
    dialect, source = decide_dialect(hints, b"", name=(project.root / "query.sql").as_posix())
    own = (
        "" if hints.settled else "; what a file's imports, markers or syntax say counts more for its queries"
    )
    engine = project.connection_dialect
    if engine and dialect != engine:
        return Finding(
            "dialect",
            "note",
            f"{dialect} ({source}){own}, while the database is {engine}",
            f"leave out dialect, or set it to {engine}, unless that is meant",
        )
    return Finding("dialect", "ok", f"{dialect} ({source}){own}")
