"""The page says what the figures say, and nothing in it runs, loads or hides."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_knowledge.memory.records import Case, GeneralInstructions, Hole, Lift, Origin, Step
from understudy_knowledge.retrieval.abstention import Bin
from understudy_knowledge.teaching.records import Attempt, ExampleFigures, RunFigures
from understudy_server.report import write_report
from understudy_server.report.budget import Earning
from understudy_server.report.contents import Piece, pieces
from understudy_server.report.html import Evidence, fragment, render

HOSTILE = [
    "<script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "{{ 7 * 7 }}{% raw %}",
    "<!-- --><svg onload=alert(1)>",
    "]]><a href='https://evil.example/'>x</a>",
    "-- '); DROP TABLE payments; -- </code></pre>",
]


VOID = {"meta", "br", "hr", "img", "link", "input"}
UNREAD = {"style", "script"}


class Page(HTMLParser):
    """`words` is all text outside of styles; `elements` are (name, attributes) in order; `open` are elements never closed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self._words: list[str] = []
        self.feed(html)
        self.close()

    @property
    def words(self) -> str:
        return " ".join(" ".join(self._words).split())

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.elements if found == name]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in UNREAD:
            self._words.append(data)


def page_of(
    figures: RunFigures, cases: tuple[Case, ...] = (), general: GeneralInstructions | None = None
) -> Page:
    return Page(render(figures, cases, general or GeneralInstructions(), "A title", Evidence({"turns": 4})))


def hostile_run(text: str, figures: RunFigures, case: Case) -> tuple[RunFigures, Case]:
    attempt = Attempt("x", text, False, text, text, lesson_ids=("case1",))
    held_out = ExampleFigures("x", text, text, attempt, attempt, Origin(text, 1))
    step = Step(text, f"{text} :h1", "metric", (Hole("h1", "value", text, pinned=text),), text)
    case = evolve(
        case,
        question=text,
        code=text,
        explanation=text,
        reason=text,
        origin=Origin(text, 1),
        student=text,
        catalog_version=text,
        plan=evolve(case.plan, steps=(step,), notes=(text,)),
    )
    figures = evolve(
        figures, run_id=text, held_out=(held_out,), refused_gold=((text, text),), reasons={text: 1}
    )
    return figures, case


def test_the_numbers_in_the_text_are_those_of_the_figures(
    figures: RunFigures, case: Case, general: GeneralInstructions
) -> None:
    words = page_of(figures, (case,), general).words
    assert "Asked 7 questions it was never taught" in words
    assert "passes 5 with what it learned and passed 2 without" in words
    assert "2 of 7 (29%) passed without lessons" in words
    assert "5 of 7 (71%) passed with them" in words
    assert "+4 \N{MINUS SIGN}1 exact McNemar p = 0.38, n = 7" in words
    assert "may well be chance" in words
    assert "of 14 tried; 6 refused, 2 quarantined" in words
    assert "19 calls, 45,678 tokens" in words
    assert "12.3 s 23 examples, 14 of them taught" in words
    assert "each measured without its own family: +0.25 (n = 14)" in words
    assert "1 → 3 of 5" in words
    assert "2 turns, 2 teacher calls, 1,234 tokens, 0.50 s" in words
    assert "catalog abc123" in words
    assert "turns 4" in words


def test_every_plot_says_in_words_what_it_shows(figures: RunFigures, case: Case) -> None:
    page = page_of(figures, (case,))
    assert len(page.named("svg")) == 4
    assert all(svg["role"] == "img" for svg in page.named("svg"))
    assert "One square for each of 7 held-out questions: 4 gained, 1 kept, 1 lost, 1 failing." in page.words
    assert "SQL files: 0 of 4 before, 4 of 4 after; Python: 1 of 1 before, 0 of 1 after" in page.words
    assert "alone: 3 of 14, turn 1: 5 of 14, turn 2: 4 of 14, never: 2 of 14." in page.words
    assert "How much was settled?: 1 of 5 siblings pass without it, 3 with it." in page.words


def test_a_run_in_which_nothing_happened_is_still_a_page(nothing: RunFigures) -> None:
    page = page_of(nothing)
    assert not page.open
    assert not page.named("svg")
    assert "No example was held out" in page.words
    assert "No case was admitted" in page.words
    assert "Memory holds no case." in page.words


def test_the_page_loads_nothing_runs_nothing_and_says_so_to_the_browser(
    figures: RunFigures, case: Case, general: GeneralInstructions
) -> None:
    html = render(figures, (case,), general, "A title", Evidence())
    page = Page(html)
    names = {name for name, _ in page.elements}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "image", "use"}
    for _, attributes in page.elements:
        assert not {"src", "srcset", "style", "xlink:href", "action"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith("#")
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style
    assert not re.search(r"https?://", html)
    policy = next(meta["content"] for meta in page.named("meta") if "http-equiv" in meta) or ""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_every_link_of_the_page_leads_somewhere(figures: RunFigures, case: Case) -> None:
    page = page_of(figures, (case,))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {link["href"] for link in page.named("a")} <= {f"#{key}" for key in ids}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_not_obeyed(text: str, figures: RunFigures, case: Case) -> None:
    page, harmless = (
        Page(render(run, (kept,), GeneralInstructions(said), said, Evidence({said: said})))
        for said in (text, "plain")
        for run, kept in [hostile_run(said, figures, case)]
    )
    assert not page.open
    # Spans are the colors of the code, which differs.
    structure, expected = ([name for name, _ in one.elements if name != "span"] for one in (page, harmless))
    assert structure == expected
    assert " ".join(text.split()) in page.words


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=80))
def test_any_text_makes_a_page_that_is_whole(text: str) -> None:
    attempt = Attempt("x", text, False, "ok", text)
    figures = RunFigures(
        text, 1, 0, (ExampleFigures("x", text, text, attempt, attempt),), ((text, text),), (), 0, 0, 0, 0, {text: 1}, 0, 0, 0.0
    )  # fmt: skip
    html = render(figures, (), GeneralInstructions(text), text, Evidence())
    html.encode()
    assert not Page(html).open


@pytest.mark.parametrize("char", ["\u202e", "\u200b", "\u2066", "\x00", "\x1b", "\ud800", "\U000e0041"])
def test_characters_that_hide_or_reorder_are_spelled_out(
    char: str, figures: RunFigures, case: Case, tmp_path: Path
) -> None:
    figures, case = hostile_run(f"paid{char}out", figures, case)
    written = write_report(tmp_path / "r.html", figures, (case,), GeneralInstructions(), "A title")
    html = written.read_text(encoding="utf-8")
    assert char not in html
    assert f"paid⟨U+{ord(char):04X}⟩out" in html


def test_a_text_of_a_megabyte_is_cut_and_the_cut_is_named(figures: RunFigures, case: Case) -> None:
    figures, case = hostile_run("x" * 1_000_000, figures, case)
    html = render(figures, (case,), GeneralInstructions(), "A title", Evidence())
    assert len(html) < 400_000
    assert "(994,000 more characters)" in html


def test_ten_thousand_cases_make_a_page_that_says_how_many_it_lists(figures: RunFigures, case: Case) -> None:
    cases = tuple(evolve(case, id=f"c{i}", question=f"Question {i}") for i in range(10_000))
    html = render(figures, cases, GeneralInstructions(), "A title", Evidence())
    assert len(html) < 2_000_000
    assert "the first 500 of 10000" in html
    assert "The 40 with the largest lift of 10000." in html
    assert "The 30 largest of 10000." in html


def test_a_lesson_that_was_forgotten_since_is_not_linked(figures: RunFigures) -> None:
    page = page_of(figures, ())
    assert "Its lesson is no longer in memory." in page.words
    assert not [link for link in page.named("a") if (link["href"] or "").startswith("#lesson-")]


def test_a_case_that_was_never_measured_has_no_lift(figures: RunFigures, case: Case) -> None:
    refused = evolve(case, status="refused", lift=None, reason="there is no sibling example to measure it on")
    assert "refused not measured" in page_of(figures, (refused,)).words


def test_the_best_lesson_comes_first(figures: RunFigures, case: Case) -> None:
    better = evolve(case, id="better", question="The better one", lift=Lift(0.8, 0.0, 5))
    page = page_of(figures, (case, better))
    lessons = [one["id"] for one in page.named("details") if "id" in one]
    assert lessons == ["lesson-better", "lesson-case1"]


def test_each_hole_of_a_step_says_who_filled_it() -> None:
    step = Step(
        "x",
        "ROUND(:h1, 2) > :h2 AND :h3 AND ':h9'",
        "condition",
        (
            Hole("h1", "column", "a number", filled="a.b"),
            Hole("h2", "value", "a limit", pinned="100"),
            Hole("h3", "expression", "a condition"),
        ),
    )
    assert pieces(step) == [
        Piece("ROUND("),
        Piece("a.b", "filled"),
        Piece(", 2) > "),
        Piece("100", "pinned"),
        Piece(" AND "),
        Piece("a condition", "open"),
        Piece(" AND ':h9'"),
    ]


def test_a_report_replaces_the_one_before_it_and_leaves_nothing_else(
    figures: RunFigures, tmp_path: Path
) -> None:
    path = tmp_path / "runs" / "report.html"
    for title in ("First", "Second"):
        assert write_report(path, figures, (), GeneralInstructions(), title) == path
    assert "<h1>Second</h1>" in path.read_text(encoding="utf-8")
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]


def test_a_place_that_cannot_be_written_is_one_sentence(figures: RunFigures, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KnowledgeStoreError, match="the report cannot be written to") as caught:
        write_report(tmp_path / "file" / "report.html", figures, (), GeneralInstructions(), "A title")
    assert "\n" not in str(caught.value)


def test_each_plot_has_its_figures_as_a_table(figures: RunFigures, case: Case) -> None:
    page = page_of(figures, (case,))
    assert page.words.count("The same figures as a table") == 3  # by source, by turn, lift
    assert "Passed without Passed with" in page.words


def test_what_the_budget_bought_and_how_abstention_did_are_drawn(figures: RunFigures) -> None:
    earned = (Earning(1, 400, 1, 0), Earning(3, 900, 2, 1))
    evidence = Evidence(earned=earned, bins=(Bin(0.3, 0.25, 9, -0.2),))
    page = Page(render(figures, (), GeneralInstructions(), "A title", evidence))
    assert "What the budget bought" in page.words
    assert "Gains predicted and measured" in page.words


def test_only_the_editors_page_has_buttons(figures: RunFigures, case: Case) -> None:
    parts = (figures, (case,), GeneralInstructions(), "A title", Evidence())
    assert not Page(render(*parts)).named("button")
    live = Page(fragment(*parts).body)
    assert not live.open
    acts = {button["data-act"] for button in live.named("button")}
    assert acts == {"teach", "knowledge", "browser", "open", "case", "forget"}
    place = next(b for b in live.named("button") if b["data-act"] == "open")
    assert (place["data-path"], place["data-line"]) == ("queries/money.sql", "12")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_in_the_editors_page(text: str, figures: RunFigures, case: Case) -> None:
    run, kept = hostile_run(text, figures, case)
    page = Page(fragment(run, (kept,), GeneralInstructions(text), text, Evidence({text: text})).body)
    assert not page.open
    assert not page.named("script")
    assert not page.named("img")
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
