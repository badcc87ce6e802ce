"""What an argument names, and what a run that goes on was begun with."""

from pathlib import Path

import pytest

from understudy_knowledge.errors import ConfigurationError
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_server.cli.parts import Part, part_of, scope
from understudy_server.cli.runs import Wish, choose_run, gone_on_with, terms_of
from understudy_server.config import DistillSettings
from understudy_server.mining import Lines


@pytest.mark.parametrize(
    ("argument", "part"),
    [
        ("queries", Part(Path("queries"))),
        ("a.sql", Part(Path("a.sql"))),
        ("a.sql:12", Part(Path("a.sql"), (12, 12))),
        ("a.sql:12-40", Part(Path("a.sql"), (12, 40))),
        ("a.sql:40-12", Part(Path("a.sql"), (40, 40))),
        ("n.ipynb:3:2", Part(Path("n.ipynb"), (2, 2), 3)),
        ("n.ipynb:3:2-4", Part(Path("n.ipynb"), (2, 4), 3)),
        ("C:\\work\\a.sql:7", Part(Path("C:\\work\\a.sql"), (7, 7))),
        ("C:\\work\\a.sql", Part(Path("C:\\work\\a.sql"))),
    ],
)
def test_an_argument_is_a_path_or_lines(argument: str, part: Part) -> None:
    assert part_of(argument) == part


def test_a_file_whose_name_reads_like_lines_is_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        (tmp_path / "odd:12").mkdir()
    except OSError:
        pytest.skip("no such name is allowed here")
    assert part_of("odd:12") == Part(Path("odd:12"))


def test_lines_are_relative_to_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.sql").write_text("")
    monkeypatch.chdir(tmp_path / "sub")
    found = scope(tmp_path, [part_of("a.sql:3"), part_of("a.sql:5-6")])
    assert found.only == (Lines("sub/a.sql", 3, 3), Lines("sub/a.sql", 5, 6))
    assert scope(tmp_path, [part_of("..")]).paths == ()
    with pytest.raises(ConfigurationError, match="lies outside"):
        scope(tmp_path / "sub", [part_of("..:1")])


def test_a_run_that_goes_on_is_about_what_it_was_begun_with(tmp_path: Path) -> None:
    begun = Wish(only=(Lines("a.sql", 3, 3),))
    with KnowledgeStore.open(tmp_path / "knowledge.db") as store:
        terms = terms_of(begun, DistillSettings(), lessons=1, student="s", teacher="t")
        run, _ = choose_run(store, begun, terms, print)
        resumed = gone_on_with(store, Wish(resume=True))
        assert resumed.only == begun.only
        assert choose_run(store, resumed, terms, print) == (run, terms)
        assert gone_on_with(store, Wish()).only == ()
        other = Wish(only=(Lines("a.sql", 9, 9),), resume=True)
        with pytest.raises(ConfigurationError, match="begun with other only"):
            choose_run(store, gone_on_with(store, other), terms, print)
