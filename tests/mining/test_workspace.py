"""Mining reads what belongs to the project, says what it could not read, and goes on."""

import os
from pathlib import Path
from typing import Any

import pytest

from understudy_knowledge.memory.records import DataSource
from understudy_server.mining import mine

QUERY = "-- All of a\nSELECT a FROM t;"


def test_generated_and_hidden_folders_are_not_entered(mined: Any) -> None:
    paths = [
        ".hidden/a.sql",
        "node_modules/a.sql",
        ".understudy/a.sql",
        "own/env2/a.sql",
        "venv/a.sql",
        ".a.sql",
    ]
    found = mined({**dict.fromkeys(paths, QUERY), "own/env2/pyvenv.cfg": "", "b/a.sql": QUERY})
    assert [example.origin.path for example in found.examples] == ["b/a.sql"]


def test_excluded_paths_are_not_read(mined: Any) -> None:
    files = {"a/x.sql": QUERY, "b/x.sql": QUERY.replace("a", "b"), "b/y_test.sql": QUERY.replace("a", "c")}
    found = mined(files, exclude=("a/", "*_test.sql"))
    assert [example.origin.path for example in found.examples] == ["b/x.sql"]


def test_what_cannot_be_read_is_skipped_with_its_reason(mined: Any) -> None:
    files = {
        "binary.sql": b"SELECT \0",
        "big.sql": b"-- x\n" * 500_000,
        "latin.sql": "-- größer als\nSELECT 1;".encode("latin-1"),
        "mark.sql": b"\xef\xbb\xbf" + QUERY.encode(),
    }
    found = mined(files)
    assert [(skipped.origin.path, skipped.reason) for skipped in found.skipped] == [
        ("big.sql", "is larger than 2 MB"),
        ("binary.sql", "is binary"),
        ("latin.sql", "is not UTF-8 text"),
    ]
    assert [example.origin.path for example in found.examples] == ["mark.sql"]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
def test_a_link_out_of_the_workspace_is_not_followed(
    mined: Any, tmp_path: Path, tmp_path_factory: Any
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.sql"
    outside.write_text(QUERY)
    (tmp_path / "link.sql").symlink_to(outside)
    (tmp_path / "loop.sql").symlink_to(tmp_path / "loop.sql")
    (tmp_path / "folder").symlink_to(outside.parent)
    found = mined({})
    assert not found.examples
    reasons = {skipped.origin.path: skipped.reason for skipped in found.skipped}
    assert reasons["link.sql"] == "is a link that leaves the workspace"
    assert set(reasons) == {"link.sql", "loop.sql"}


def test_an_empty_folder_gives_nothing(tmp_path: Path) -> None:
    found = mine(tmp_path, source=None, dialect="sqlite")
    assert found.examples == found.skipped == ()


EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_example_project_gives_at_least_sixty_examples_of_every_kind() -> None:
    source = DataSource(EXAMPLES / "roastery.db")
    found = mine(EXAMPLES, source=source, dialect="sqlite")
    assert len(found.examples) >= 60
    assert {example.origin.kind for example in found.examples} == {"sql", "python", "notebook", "dbt"}
    assert len({example.id for example in found.examples}) == len(found.examples)
    assert all(example.source is source for example in found.examples)
    assert not [skipped for skipped in found.skipped if "syntax error" in skipped.reason]


def test_mining_twice_gives_the_same() -> None:
    assert mine(EXAMPLES, source=None, dialect="sqlite") == mine(EXAMPLES, source=None, dialect="sqlite")


def test_an_origin_points_at_its_gold_code() -> None:
    for example in mine(EXAMPLES, source=None, dialect="sqlite").examples:
        if example.origin.kind in ("sql", "python", "dbt"):
            lines = (EXAMPLES / example.origin.path).read_text("utf-8").splitlines()
            line = lines[example.origin.line - 1][example.origin.column - 1 :]
            assert line.lower().startswith(("select", "with")), example.origin
