"""An index keeps up with its store: small changes at once, large ones by a process of its own, and a kill leaves the old one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval import RetrievalQuery, Retriever, upkeep
from understudy_knowledge.retrieval.build import build_part
from understudy_knowledge.retrieval.building import start_building
from understudy_knowledge.retrieval.differences import differences
from understudy_knowledge.retrieval.index_files import load

QUERY = RetrievalQuery("total of hotels by month")
HOLDING = """
import sys, time
from pathlib import Path
from understudy_knowledge.retrieval.file_lock import locked
with locked(Path(sys.argv[1])) as alone:
    print(alone, flush=True)
    time.sleep(600)
"""


def ids(retriever: Retriever, query: RetrievalQuery = QUERY, k: int = 3) -> list[str]:
    return [lesson.case_id for lesson in retriever.lessons_for(query, k)]


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few hundred cases count as many."""
    monkeypatch.setattr(upkeep, "_SMALL", 10)
    monkeypatch.setattr(upkeep, "_FEW", 5)


@pytest.fixture
def filled(store: KnowledgeStore, five_hundred) -> KnowledgeStore:
    store.put_cases(five_hundred)
    return store


def test_only_stretches_that_changed_are_read(
    filled: KnowledgeStore, case_maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("understudy_knowledge.retrieval.rows.STRETCH", 50)
    rows = build_part(filled.entries()).rows
    assert differences(filled, rows, {}, 99) == {}
    filled.forget("hotel-total-month")
    filled.put_case(case_maker("hotel-total-monti", "new", ("hotels",)))
    filled.put_case(case_maker("book-count-region", "count of books by county", ("books",)))
    found = differences(filled, rows, {}, 99)
    assert found is not None
    assert sorted(entry.case_id for each in found.values() for entry in each.entries) == [
        "book-count-region",
        "hotel-total-monti",
    ]
    assert sorted(rows.case_id(row) for each in found.values() for row in each.dead) == [
        "book-count-region",
        "hotel-total-month",
    ]
    read: list[tuple[str, str | None]] = []
    monkeypatch.setattr(KnowledgeStore, "entries", lambda self, *bounds: read.append(bounds) or iter(()))
    assert differences(filled, rows, found, 99) == found
    assert read == []


def test_too_many_differences_are_not_gathered(filled: KnowledgeStore, case_maker) -> None:
    rows = build_part(filled.entries()).rows
    filled.put_cases(case_maker(f"new{n}", f"new {n}", ("hotels",)) for n in range(30))
    assert differences(filled, rows, {}, 20) is None
    assert differences(filled, rows, {}, 30) is not None


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["put", "forget", "refuse", "reword"]), st.integers(0, 29), st.integers(0, 9)
        ),
        max_size=12,
    )
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_index_with_changes_beside_it_finds_what_a_new_one_finds(
    steps, case_maker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with KnowledgeStore.open(tmp_path_factory.mktemp("steps") / "knowledge.db") as store:
        store.put_cases(case_maker(f"c{n}", f"question about thing{n}", (f"table{n}",)) for n in range(30))
        retriever = Retriever.open(store, None)
        for step, number, other in steps:
            known = {case.id for case in store.cases()}
            if step == "put":
                store.put_case(case_maker(f"d{number}", f"question about item{number}", (f"table{number}",)))
            elif step == "reword":
                store.put_case(case_maker(f"c{number}", f"words of another{other}", (f"table{other}",)))
            elif f"c{number}" in known:
                if step == "forget":
                    store.forget(f"c{number}")
                else:
                    store.set_status(f"c{number}", "refused", "for no reason")
        retriever.refresh()
        fresh = {entry.case_id: entry for entry in store.entries()}
        assert len(retriever._snapshot.index) == len(fresh)
        for entry in fresh.values():
            hits = retriever.nearest(RetrievalQuery(entry.masked_question, entry.skeleton, entry.tables), 40)
            assert hits[0].similarity > 0.9
            assert entry.masked_question == fresh[hits[0].case_id].masked_question
            assert {hit.case_id for hit in hits} <= fresh.keys()


def test_in_the_background_the_old_index_serves_while_another_process_builds(
    filled: KnowledgeStore, large: None, tmp_path: Path, case_maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "index"
    Retriever.open(filled, folder)
    before = (folder / "index.json").read_bytes()
    retriever = Retriever.open(filled, folder, background=True)
    assert retriever.wait(60)
    assert (folder / "index.json").read_bytes() == before
    filled.put_cases(
        case_maker(f"volcano{n}", f"volcanoes that erupted {n} times twice", ("volcanoes",))
        for n in range(40)
    )
    monkeypatch.setattr(upkeep.Upkeep, "_built_here", None)  # whoever builds here fails
    retriever.refresh()
    assert ids(retriever)[0] == "hotel-total-month"
    assert retriever.wait(120)
    assert retriever.generation == filled.generation
    assert not retriever.refresh()
    assert (folder / "index.json").read_bytes() != before
    assert ids(retriever, RetrievalQuery("which volcano erupted twice"), 1)[0].startswith("volcano")
    assert retriever._snapshot.index.recent is None


def test_without_any_index_the_background_begins_with_silence(
    filled: KnowledgeStore, large: None, tmp_path: Path
) -> None:
    retriever = Retriever.open(filled, tmp_path / "index", background=True)
    assert retriever.wait(120)
    assert retriever.generation == filled.generation
    assert ids(retriever)[0] == "hotel-total-month"


def test_a_build_that_fails_leaves_what_there_was_and_is_not_tried_again(
    filled: KnowledgeStore, large: None, tmp_path: Path, case_maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "index"
    Retriever.open(filled, folder)
    retriever = Retriever.open(filled, folder, background=True)
    assert retriever.wait(60)
    starts: list[Path] = []

    def fail(store: Path, folder: Path) -> subprocess.Popen[bytes]:
        starts.append(store)
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"], stdin=subprocess.PIPE)

    monkeypatch.setattr(upkeep, "start_building", fail)
    filled.put_cases(case_maker(f"v{n}", f"volcanoes {n}", ("volcanoes",)) for n in range(4_100))
    for _ in range(3):
        retriever.refresh()
        assert retriever.wait(60)
    assert len(starts) == 1
    assert ids(retriever)[0] == "hotel-total-month"


def test_a_builder_killed_at_any_moment_leaves_the_old_index(
    filled: KnowledgeStore, tmp_path: Path, case_maker
) -> None:
    folder = tmp_path / "index"
    Retriever.open(filled, folder)
    filled.put_case(case_maker("new", "volcanoes that erupted", ("volcanoes",)))
    for moment in (0.0, 0.3, 0.6, 0.9, 1.2):
        process = start_building(filled.path, folder)
        time.sleep(moment)
        process.kill()
        with process:
            pass
        part = load(folder)
        assert part is not None
        assert len(part.rows) in (500, 501)
    assert ids(Retriever.open(filled, folder))[0] == "hotel-total-month"


def test_the_builder_ends_with_the_one_who_started_it(filled: KnowledgeStore, tmp_path: Path) -> None:
    process = start_building(filled.path, tmp_path / "index")
    assert process.stdin is not None
    process.stdin.close()
    with process:
        assert process.wait(60) in (0, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="stops a process with a signal")
def test_while_another_process_writes_the_folder_nobody_else_does(
    filled: KnowledgeStore, tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            HOLDING,
            str(folder / "writing.lock"),
        ],
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"True"
        retriever = Retriever.open(filled, folder)
        assert ids(retriever)[0] == "hotel-total-month"
        assert {path.name for path in folder.iterdir()} == {"writing.lock"}
        holder.send_signal(signal.SIGKILL)
    Retriever.open(filled, folder)
    assert (folder / "index.json").is_file()
