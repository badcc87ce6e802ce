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

from understudy_server.bench.teach.plots import arms_plot, curve_plot, reliability_plot
from understudy_server.report.code_colors import colored
from understudy_server.report.contents import p_value, share
from understudy_server.report.page_file import write_html
from understudy_server.report.visible import visible


def write_page(path: Path, figures: Mapping[str, Any]) -> None:
    """Write the page; the file is whole or absent. Raises KnowledgeStoreError where it cannot be written."""
    write_html(path, render(figures))


def render(figures: Mapping[str, Any]) -> str:
    """The whole page as text."""
    style = (files("understudy_server.report") / "templates" / "report.css").read_text(encoding="utf-8")
    curves = figures["curves"]
    plots = [
        arms_plot(figures["arms"]),
        curve_plot(
            "Accuracy by what the teacher was asked",
            [(each["teacher_calls"], *_share(each)) for each in curves["budget"]],
            "teacher calls",
        ),
        curve_plot(
            "Accuracy by turns of refinement",
            [(each["turns"], *_share(each)) for each in curves["turns"]],
            "turns",
        ),
        curve_plot(
            "Taught items solved by turn",
            [
                (each["turn"], each["solved"] / (each["n"] or 1), f"{each['solved']}")
                for each in curves["solved"]
            ],
            "turn",
        ),
        reliability_plot((curves["abstention"] or {}).get("bins", ())),
    ]
    sources = list(dict.fromkeys(name for arm in figures["arms"].values() for name in arm["by_source"]))
    levels = sorted({name for arm in figures["arms"].values() for name in arm["by_difficulty"]})
    failures = sorted({name for arm in figures["arms"].values() for name in arm["by_failure"]})
    return _environment().get_template("bench.html.jinja").render(
        figures=figures,
        sources=sources,
        levels=levels,
        failures=failures,
        plots=[plot for plot in plots if plot is not None],
        style=Markup(style),  # noqa: S704 - our own file, and nothing is rendered into it
        style_hash=b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )  # fmt: skip


def _share(point: Mapping[str, Any]) -> tuple[float, str]:
    return point["passed"] / (point["n"] or 1), str(point["passed"])


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
    environment.filters |= {"sql": colored, "p_value": p_value}
    environment.globals |= {"share": share}
    return environment
