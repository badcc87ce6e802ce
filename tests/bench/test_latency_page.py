"""The performance page: one file that runs and loads nothing, with every server's figures, their plots, and what they hold for."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from understudy_knowledge.errors import NothingToDoError
from understudy_server.bench import latency
from understudy_server.bench.latency.page import render
from understudy_server.bench.part import Line, Part, Terms
from understudy_server.cli.bench import bench


def _made(overhead: float, *, asks_model: bool = True, version: str = "1.5.0") -> dict[str, Any]:
    return {
        "version": version,
        "asks_model": asks_model,
        "overhead_ms": {"0.5": overhead, "0.9": 2 * overhead, "0.99": 3 * overhead},
        "ready_seconds": 0.5,
        "first_answer_seconds": 0.75,
        "starts": {"answered": 4, "failed": 1},
        "megabytes": 71.4,
        "requests": 40,
        "without_answer": 2,
    }


BESIDE = {
    "delay_ms": 100.0,
    "starts": 5,
    "patience_seconds": 30.0,
    "node": "v20.1.0",
    "understudy": _made(2.5, version="0.1.0"),
    "tabby-agent": _made(210.0),
    "sql-language-server": _made(5.0, asks_model=False, version="1.7.1"),
}


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said += data


def _page(*left_out: str, **parts: Part) -> tuple[_Page, str]:
    html = render(parts, Terms(limit=40), left_out)
    return _Page(html), html


def test_the_page_loads_and_runs_nothing() -> None:
    page, html = _page(beside=Part("Beside", (), BESIDE))
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert not re.search(r"https?://|url\(|@import", html)
    assert "default-src 'none'" in html


def test_every_server_has_its_figures_in_plots_and_in_a_table() -> None:
    page, html = _page(beside=Part("Beside", (), BESIDE))
    drawings = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert [re.search(r"<title>(.*?)</title>", each)[1] for each in drawings] == [  # type: ignore[index]
        "Overhead: median, 99 of 100", "Memory", "Start: ready, first answer",
    ]  # fmt: skip
    for server in ("understudy", "tabby-agent", "sql-language-server"):
        assert all(server in each for each in drawings)
    row = re.findall(r'<tr><th scope="row">tabby-agent.*?</tr>', html, re.DOTALL)[0]
    said = " ".join(re.sub(r"<[^>]*>", " ", row).split())
    assert said == "tabby-agent 210.0 ms 420.0 ms 630.0 ms 71 MB 0.50 s 0.75 s 1 of 5 2 of 40"
    assert "asks no model" in page.said


def test_a_bar_is_as_long_as_its_figure() -> None:
    _, html = _page(beside=Part("Beside", (), BESIDE))
    overhead = re.findall(r"<svg.*?</svg>", html, re.DOTALL)[0]
    widths = [float(width) for width in re.findall(r'<rect[^>]* width="([\d.]+)"', overhead)]
    assert widths[1] == pytest.approx(100)
    assert widths[2] == pytest.approx(100 * 5 / 210, abs=0.01)


def test_versions_and_how_it_was_measured_are_said() -> None:
    page, _ = _page(beside=Part("Beside", (), BESIDE))
    for said in ("1.5.0", "1.7.1", "v20.1.0", "100 ms after it was asked", "started 5 times", "processors"):
        assert said in page.said


def test_a_hostile_name_is_only_shown() -> None:
    lines = (Line("<script>x</script>", "1 ms", "2 ms", met=True),)
    page, _ = _page("no <b>node</b>", overhead=Part("Over & out", lines, {}))
    assert "script" not in {tag for tag, _ in page.tags}
    assert "<script>x</script>" in page.said
    assert "no <b>node</b>" in page.said
    assert "✓ met" in page.said


def test_the_command_writes_what_could_be_measured_and_says_what_could_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measurement(name: str) -> Any:
        def measure(terms: Terms) -> Part:
            if name == "beside":
                return Part("Beside", (Line("a", "1 ms"),), BESIDE)
            raise NothingToDoError(f"{name} needs a model server")

        return measure

    monkeypatch.setattr(latency, "measurement", measurement)
    result = CliRunner().invoke(bench, ["latency", "--report", str(tmp_path / "new" / "page.html")])
    assert result.exit_code == 0, result.output
    page = _Page((tmp_path / "new" / "page.html").read_text(encoding="utf-8"))
    assert "tabby-agent" in page.said
    assert "overhead needs a model server" in page.said
