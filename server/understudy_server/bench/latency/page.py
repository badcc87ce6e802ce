"""The performance page: what was measured of the way to a suggestion, as one HTML file that runs nothing and loads nothing."""

import hashlib
import os
import platform
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from understudy_server.bench.latency.beside_plots import beside_plots, contenders
from understudy_server.bench.part import Part, Terms
from understudy_server.report.page_file import write_html
from understudy_server.report.visible import visible


def write_page(path: Path, parts: Mapping[str, Part], terms: Terms, left_out: Sequence[str]) -> None:
    """Write the page of these measurements, by name; `left_out` says of others why not. Raises KnowledgeStoreError."""
    write_html(path, render(parts, terms, left_out))


def render(parts: Mapping[str, Part], terms: Terms, left_out: Sequence[str]) -> str:
    """The whole page as text."""
    style = (files("understudy_server.report") / "templates" / "report.css").read_text(encoding="utf-8")
    beside = parts["beside"].figures if "beside" in parts else {}
    return _environment().get_template("latency.html.jinja").render(
        beside=beside,
        servers=contenders(beside),
        plots=beside_plots(beside),
        others={name: part for name, part in parts.items() if name != "beside"},
        left_out=left_out,
        facts=_facts(parts, terms),
        style=Markup(style),  # noqa: S704 - our own file, and nothing is rendered into it
        style_hash=b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )  # fmt: skip


def _facts(parts: Mapping[str, Part], terms: Terms) -> list[tuple[str, str]]:
    """What the figures hold for. A machine is told by its kind, never by its name."""
    beside = parts["beside"].figures if "beside" in parts else {}
    facts = [
        ("written", datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
        ("measured", ", ".join(parts) or "nothing"),
        ("model server", terms.server.base_url if terms.server else "none"),
        ("model", (terms.server.model if terms.server else None) or "none named"),
        ("most items of each part", str(terms.limit or "as each part has it")),
        ("seed", str(terms.seed)),
        ("understudy", version("understudy")),
        ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
        ("system", f"{platform.system()} on {platform.machine()}"),
        ("processors", f"{os.cpu_count()}, {_load()}"),
    ]
    facts += [(name, made["version"]) for name, made in contenders(beside).items() if name != "understudy"]
    return facts + ([("Node.js", beside["node"])] if beside else [])


def _load() -> str:
    """How busy they are: figures of a busy machine are of that machine."""
    if not hasattr(os, "getloadavg"):
        return "how busy the system does not say"
    return f"{os.getloadavg()[0]:.1f} processes on them or waiting for them in the last minute"


@cache
def _environment() -> Environment:
    folder = files("understudy_server.bench.latency") / "templates"
    return Environment(
        loader=FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: visible(value) if isinstance(value, str) else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
