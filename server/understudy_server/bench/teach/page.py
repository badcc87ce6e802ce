"""The report of a benchmark as one HTML file that runs nothing and loads nothing, made of nothing but the figures."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from understudy_server.bench.teach.charts import charts
from understudy_server.bench.teach.legend import explained
from understudy_server.bench.teach.summary import chance
from understudy_server.report.code_colors import colored
from understudy_server.report.contents import p_value, share
from understudy_server.report.page_environment import page_environment, style_and_hash
from understudy_server.report.page_file import write_html

MOST_REFUSED = 200
"""Skipped items that the page lists; the JSON has all of them."""


def write_page(path: Path, figures: Mapping[str, Any]) -> None:
    """Write the page; the file is whole or absent. Raises KnowledgeStoreError where it cannot be written."""
    write_html(path, render(figures))


def render(figures: Mapping[str, Any]) -> str:
    """The whole page as text."""
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
        **style_and_hash(),
    )  # fmt: skip


@cache
def _environment() -> Environment:
    environment = page_environment("understudy_server.bench.teach")
    environment.filters |= {"sql": colored, "p_value": p_value, "chance": chance, "explained": explained}
    environment.globals |= {"share": share, "most_refused": MOST_REFUSED}
    return environment
