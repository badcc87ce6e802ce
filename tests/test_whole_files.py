"""Files that are whole or absent."""

import stat
from pathlib import Path

import pytest

from understudy_knowledge.whole_files import replace_file


def test_a_file_appears_with_its_bytes_and_is_its_owners_alone(tmp_path: Path) -> None:
    replace_file(tmp_path / "kept", b"new\n")

    assert (tmp_path / "kept").read_bytes() == b"new\n"
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o600


def test_a_file_that_others_may_read_says_so(tmp_path: Path) -> None:
    replace_file(tmp_path / "page", b"<p>", mode=0o644)

    assert stat.S_IMODE((tmp_path / "page").stat().st_mode) == 0o644


def test_what_cannot_be_moved_into_place_leaves_the_old_one_and_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "kept" / "inside").mkdir(parents=True)

    with pytest.raises(OSError, match="kept"):
        replace_file(tmp_path / "kept", b"new\n")

    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        replace_file(tmp_path / "nowhere" / "kept", b"")
