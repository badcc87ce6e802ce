"""The performance page: what was measured of the way to a suggestion, as one HTML file that runs nothing and loads nothing."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

from understudy_server.bench.latency.beside_plots import OURS, beside_plots, contenders
from understudy_server.bench.part import Part, Terms
from understudy_server.report.page_environment import page_environment, style_and_hash
from understudy_server.report.page_file import write_html


def write_page(path: Path, parts: Mapping[str, Part], terms: Terms, left_out: Sequence[str]) -> None:
    """Write the page of these measurements, by name; `left_out` says of others why not. Raises KnowledgeStoreError."""
    write_html(path, render(parts, terms, left_out))


def render(parts: Mapping[str, Part], terms: Terms, left_out: Sequence[str]) -> str:
    """The whole page as text."""
    beside = parts["beside"].figures if "beside" in parts else {}
    return page_environment("understudy_server.bench.latency").get_template("latency.html.jinja").render(
        beside=beside,
        servers=contenders(beside),
        plots=beside_plots(beside),
        others={name: part for name, part in parts.items() if name != "beside"},
        left_out=left_out,
        facts=_facts(parts, terms),
        **style_and_hash(),
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
    facts += [(name, made["version"]) for name, made in contenders(beside).items() if name != OURS]
    return facts + ([("Node.js", beside["node"])] if beside else [])


def _load() -> str:
    """How busy they are: figures of a busy machine are of that machine."""
    if not hasattr(os, "getloadavg"):
        return "how busy the system does not say"
    return f"{os.getloadavg()[0]:.1f} processes on them or waiting for them in the last minute"
