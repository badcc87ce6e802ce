"""The report of a run as one HTML file. It runs nothing and loads nothing: its questions and code come from hostile text."""

import hashlib
import os
import platform
import tempfile
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_knowledge.memory.records import Case, GeneralInstructions
from understudy_knowledge.teaching.ledger_book import Entry, sums
from understudy_knowledge.teaching.records import RunFigures
from understudy_server.report.code_colors import colored
from understudy_server.report.contents import (
    MOST_LESSONS,
    MOST_ROWS,
    contents,
    p_value,
    pieces,
    place,
    rate_of,
    share,
)
from understudy_server.report.visible import visible


def write_report(
    path: Path,
    figures: RunFigures,
    cases: Sequence[Case],
    general: GeneralInstructions,
    title: str,
    *,
    settings: Mapping[str, object] | None = None,
    ledger: Sequence[Entry] = (),
) -> Path:
    """Write the page of one run and return its path. `cases` are all that memory holds, `settings` what the run was told,
    `ledger` its calls of models.

    The file is whole or absent, never half. Raises KnowledgeStoreError where it cannot be written.
    """
    page = render(figures, cases, general, title, settings or {}, ledger)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".report-", suffix=".html", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(page)
            # A temporary file is its owner's alone; a report may be read by whoever may read the project.
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise KnowledgeStoreError(
            f"the report cannot be written to {path} ({error.strerror}); make its folder writable and try again"
        ) from error
    return path


def render(
    figures: RunFigures,
    cases: Sequence[Case],
    general: GeneralInstructions,
    title: str,
    settings: Mapping[str, object],
    ledger: Sequence[Entry] = (),
) -> str:
    """The whole page as text."""
    style = _environment().get_template("report.css").render()
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            title=title,
            figures=figures,
            general=general,
            page=contents(figures, cases),
            sent=sums(ledger),
            facts=_facts(figures, cases, settings),
            style=Markup(style),  # noqa: S704 - our own file, and nothing is rendered into it
            style_hash=b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            most_rows=MOST_ROWS,
            most_lessons=MOST_LESSONS,
        )
    )


def _facts(
    figures: RunFigures, cases: Sequence[Case], settings: Mapping[str, object]
) -> list[tuple[str, str]]:
    """What the figures hold for: who was measured, on which catalog, with which versions and settings."""
    students = sorted({case.student for case in cases if case.student})
    catalogs = sorted({case.catalog_version for case in cases if case.catalog_version})
    facts = [
        ("run", figures.run_id),
        ("written", datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
        ("student", ", ".join(students) or "none"),
        ("catalog", ", ".join(catalogs) or "none"),
        ("understudy", version("understudy")),
        ("sqlglot", version("sqlglot")),
        ("Python", platform.python_version()),
    ]
    return facts + [(name, str(value)) for name, value in settings.items()]


@cache
def _environment() -> Environment:
    folder = files("understudy_server.report") / "templates"
    environment = Environment(
        loader=FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: visible(value) if isinstance(value, str) else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"sql": colored, "pieces": pieces, "place": place, "p_value": p_value}
    environment.globals |= {"share": share, "rate_of": rate_of}
    return environment
