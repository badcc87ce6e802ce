"""The index on disk is derived: stale, damaged or unwritable, the answers stay right and nothing is raised."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from understudy_knowledge.memory.store import Entry, KnowledgeStore
from understudy_knowledge.retrieval import RetrievalQuery, Retriever, dense, upkeep
from understudy_knowledge.retrieval.part import Part

QUERY = RetrievalQuery("total of hotels by month")


@pytest.fixture
def folder(store: KnowledgeStore, five_hundred, tmp_path: Path) -> Path:
    store.put_cases(five_hundred)
    Retriever.open(store, tmp_path / "index")
    return tmp_path / "index"


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of cases of each index that is built rather than read."""
    real, sizes = upkeep.build_part, []

    def build(entries: Iterable[Entry], *others: Any) -> Part:
        part = real(entries, *others)
        if len(part.rows):
            sizes.append(len(part.rows))
        return part

    monkeypatch.setattr(upkeep, "build_part", build)
    return sizes


def found(store: KnowledgeStore, folder: Path | None) -> list[tuple[str, float]]:
    return [(lesson.case_id, lesson.score) for lesson in Retriever.open(store, folder).lessons_for(QUERY, 3)]


def test_a_kept_index_is_read_and_answers_alike(
    store: KnowledgeStore, folder: Path, builds: list[int]
) -> None:
    assert found(store, folder) == found(store, None)
    assert builds == [500]  # only the one without a folder


def test_the_manifest_says_what_the_index_is_of(store: KnowledgeStore, folder: Path) -> None:
    manifest = json.loads((folder / "index.json").read_text())
    assert manifest["generation"] == store.generation
    assert manifest["dimensions"] == 384
    assert manifest["cases"] == len(store.cases())


def test_a_forgotten_case_costs_no_new_index(store: KnowledgeStore, folder: Path, builds: list[int]) -> None:
    store.forget("hotel-total-month")
    assert "hotel-total-month" not in dict(found(store, folder))
    assert builds == []


def test_a_new_case_is_put_beside_the_index(
    store: KnowledgeStore, folder: Path, builds: list[int], case_maker
) -> None:
    store.put_case(case_maker("new", QUERY.question, ("hotels",)))
    assert {"new", "hotel-total-month"} <= dict(found(store, folder)).keys()
    assert builds == [1]


def test_an_index_that_differs_much_is_built_again_and_the_old_files_go(
    store: KnowledgeStore, folder: Path, builds: list[int], five_hundred
) -> None:
    before = {path.name for path in folder.iterdir()}
    (folder / "notes.txt").write_text("the user's own")
    for case in five_hundred[:250]:
        store.forget(case.id)
    assert found(store, folder)
    assert builds == [250]
    after = {path.name for path in folder.iterdir()}
    assert before & after == {"index.json", "writing.lock"}
    assert len(after) == len(before) + 1


def test_an_index_of_another_store_at_the_same_generation_is_not_taken(
    folder: Path, tmp_path: Path, case_maker, builds: list[int]
) -> None:
    with KnowledgeStore.open(tmp_path / "other.db") as other:
        other.put_case(case_maker("only", QUERY.question, ("hotels",)))
        assert dict(found(other, folder)).keys() == {"only"}
    assert builds == [1]


def test_instructions_that_change_do_not_cost_a_new_index(
    store: KnowledgeStore, folder: Path, builds: list[int]
) -> None:
    store.put_general(store.general())
    assert found(store, folder)
    assert builds == []


@pytest.mark.parametrize("pattern", ["index.json", "*.faiss", "*.impacts.npy", "*.cases.npy"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "absent", "nonsense", "folder"])
def test_a_damaged_index_is_built_again(
    store: KnowledgeStore, folder: Path, builds: list[int], pattern: str, damage: str
) -> None:
    expected = found(store, folder)
    (path,) = folder.glob(pattern)
    content = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        at = len(content) // 2 if pattern != "index.json" else content.index(b'"fingerprint": "') + 20
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "nonsense":
        path.write_bytes(b"\xff{]" * 100)
    elif damage == "folder":
        path.mkdir()
    assert found(store, folder) == expected
    assert builds == [500]


def test_a_folder_that_cannot_be_made_leaves_the_index_in_memory(
    store: KnowledgeStore, five_hundred, tmp_path: Path
) -> None:
    store.put_cases(five_hundred)
    (tmp_path / "taken").write_text("")
    assert found(store, tmp_path / "taken" / "index") == found(store, None)
    assert (tmp_path / "taken").read_text() == ""


def test_leftovers_of_a_killed_writer_are_swept(store: KnowledgeStore, folder: Path) -> None:
    before = len(list(folder.iterdir()))
    (folder / ".index-abc.tmp").write_bytes(b"half")
    shutil.copy(folder / "index.json", folder / ("cases-" + "0" * 24 + ".npz"))
    shutil.copy(folder / "index.json", folder / ("cases-" + "0" * 24 + "-01234567.faiss"))
    (folder / "index.json").unlink()
    Retriever.open(store, folder)
    assert len(list(folder.iterdir())) == before


def test_above_the_flat_limit_inverted_lists_find_the_same(
    store: KnowledgeStore, five_hundred, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put_cases(five_hundred)
    exact = found(store, None)
    monkeypatch.setattr(dense, "MOST_FLAT", 100)
    for _ in range(2):  # built, then read
        near = found(store, tmp_path / "lists")
        assert [case_id for case_id, _ in near] == [case_id for case_id, _ in exact]
        assert [score for _, score in near] == pytest.approx([score for _, score in exact], abs=0.05)
