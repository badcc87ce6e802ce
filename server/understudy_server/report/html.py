"""The report of a run as one HTML file. It runs nothing and loads nothing: its questions and code come from hostile text."""

import platform
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from functools import cache
from importlib.metadata import version
from pathlib import Path

from attrs import field, frozen
from jinja2 import Environment

from understudy_knowledge.memory.records import Case, GeneralInstructions
from understudy_knowledge.retrieval.abstention import Bin
from understudy_knowledge.teaching.ledger_book import Entry, sums
from understudy_knowledge.teaching.records import RunFigures
from understudy_server.report.budget import Earning, budget_curve
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
from understudy_server.report.page_environment import page_environment, page_style, style_and_hash
from understudy_server.report.page_file import write_html
from understudy_server.report.reliability import reliability


@frozen
class Evidence:
    """What lies beside a run's figures: what it was told, its calls of models, what they bought, how abstention did."""

    settings: Mapping[str, object] = field(factory=dict)
    ledger: Sequence[Entry] = ()
    earned: Sequence[Earning] = ()
    bins: Sequence[Bin] = ()
    threshold: float | None = None
    """Of the relevance below which no lesson is given."""


@frozen
class Fragment:
    """The page for an editor, which puts its own policy around it. `body` has buttons, by `data-act`."""

    title: str
    style: str
    body: str


def write_report(
    path: Path,
    figures: RunFigures,
    cases: Sequence[Case],
    general: GeneralInstructions,
    title: str,
    evidence: Evidence | None = None,
) -> Path:
    """Write the page of one run and return its path. `cases` are all that memory holds.

    The file is whole or absent, never half. Raises KnowledgeStoreError where it cannot be written.
    """
    write_html(path, render(figures, cases, general, title, evidence or Evidence()))
    return path


def render(
    figures: RunFigures,
    cases: Sequence[Case],
    general: GeneralInstructions,
    title: str,
    evidence: Evidence,
) -> str:
    """The whole page as text."""
    words = _words(figures, cases, general, title, evidence, live=False)
    return _environment().get_template("report.html.jinja").render(words | style_and_hash())


def fragment(
    figures: RunFigures,
    cases: Sequence[Case],
    general: GeneralInstructions,
    title: str,
    evidence: Evidence,
) -> Fragment:
    """The page in parts, with a button wherever an editor can do something."""
    words = _words(figures, cases, general, title, evidence, live=True)
    return Fragment(title, page_style(), _environment().get_template("report_body.html.jinja").render(words))


def _words(
    figures: RunFigures,
    cases: Sequence[Case],
    general: GeneralInstructions,
    title: str,
    evidence: Evidence,
    *,
    live: bool,
) -> dict[str, object]:
    return {
        "title": title,
        "figures": figures,
        "general": general,
        "page": contents(figures, cases),
        "budget_plot": budget_curve(evidence.earned),
        "reliability_plot": reliability(evidence.bins, evidence.threshold),
        "sent": sums(evidence.ledger),
        "facts": _facts(figures, cases, evidence.settings),
        "most_rows": MOST_ROWS,
        "most_lessons": MOST_LESSONS,
        "live": live,
    }


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
    told = {name for name, _ in facts}
    return facts + [(name, _in_words(value)) for name, value in settings.items() if name not in told]


def _in_words(value: object) -> str:
    """A setting as a person would write it; what is not set is `none`."""
    if isinstance(value, Mapping):
        value = [f"{name} {_in_words(each)}" for name, each in value.items() if each is not None]
    if isinstance(value, list | tuple):
        return ", ".join(_in_words(each) for each in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


@cache
def _environment() -> Environment:
    environment = page_environment("understudy_server.report")
    environment.filters |= {"sql": colored, "pieces": pieces, "place": place, "p_value": p_value}
    environment.globals |= {"share": share, "rate_of": rate_of}
    return environment
