"""The report of a benchmark as one HTML file that runs nothing and loads nothing, made of nothing but the figures."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from understudy_server.bench.teach.charts import charts
from understudy_server.bench.teach.legend import explained
from understudy_server.bench.teach.summary import chance
from understudy_server.report.code_colors import colored
from understudy_server.report.contents import p_value, share
from understudy_server.report.page_file import write_html
from understudy_server.report.visible import visible

MOST_REFUSED = 200
"""Skipped items that the page lists; the JSON has all of them."""


def write_page(path: Path, figures: Mapping[str, Any]) -> None:
    """Write the page; the file is whole or absent. Raises KnowledgeStoreError where it cannot be written."""
    write_html(path, render(figures))


def render(figures: Mapping[str, Any]) -> str:
    """The whole page as text."""
    style = (files("understudy_server.report") / "templates" / "report.css").read_text(encoding="utf-8")
    sources = list(dict.fromkeys(name for arm in figures["arms"].values() for name in arm["by_source"]))
    levels = sorted({name for arm in figures["arms"].values() for name in arm["by_difficulty"]})
    failures = sorted({name for arm in figures["arms"].values() for name in arm["by_failure"]})
    return _environment().get_template("bench.html.jinja").render(
        figures={"servers": {}, **figures},
        sources=sources,
        levels=levels,
        failures=failures,
        charts=charts(figures),
        said=figures["summary"],
        comparisons=[
            (name, {"zero": pair, **pair["against"]}) for name, pair in figures["paired"].items() if "against" in pair
        ],
        style=Markup(style),  # noqa: S704 - our own file, and nothing is rendered into it
        style_hash=b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )  # fmt: skip


@cache
def _environment() -> Environment:
    folder = files("understudy_server.bench.teach") / "templates"
    environment = Environment(
        loader=FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: visible(value) if isinstance(value, str) else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"sql": colored, "p_value": p_value, "chance": chance, "explained": explained}
    environment.globals |= {"share": share, "most_refused": MOST_REFUSED}
    return environment
