"""What is kept of earlier runs: the newest ones, any that may be resumed, and whatever still tells how a case was learned."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from understudy_knowledge.memory.store import KnowledgeStore
from understudy_server.cli import tidying

if TYPE_CHECKING:
    from conftest import Run


def make_run(
    folder: Path, store: KnowledgeStore, name: str, explored: str = "", *, finished: bool = True
) -> None:
    line = json.dumps({"kind": "explore", "key": explored, "value": {}}, separators=(",", ":"))
    (folder / "runs" / f"{name}.jsonl").write_text(f"{line}\n", encoding="utf-8")
    for ending in ("ledger.jsonl", "html"):
        (folder / "runs" / f"{name}.{ending}").write_text("x" * 1000, encoding="utf-8")
    store.start_run(name, {})
    if finished:
        store.finish_run(name, {})


def test_a_run_leaves_the_last_ten_those_cut_off_and_those_that_tell_of_a_case(
    project: Path, understudy: "Run"
) -> None:
    understudy("distill", "--json")
    folder = project / ".understudy"
    with KnowledgeStore.open(folder / "knowledge.db") as store:
        case = store.cases()[0]
        make_run(folder, store, "cut-off", finished=False)
        make_run(folder, store, "of-a-case", "gone", finished=True)
        for number in range(12):
            make_run(folder, store, f"run-{number:02}", "gone")
        first = store.runs()[-1].id
        (folder / "runs" / "notes.txt").write_text("mine", encoding="utf-8")
        tidying.tidy(folder, store)
        names = {path.name.split(".")[0] for path in (folder / "runs").iterdir()}
        assert names == {"cut-off", "notes", first, *(f"run-{number:02}" for number in range(2, 12))}
        assert case.example_id in (folder / "runs" / f"{first}.jsonl").read_text(encoding="utf-8")
    assert understudy("knowledge", "show", case.id, "--json").json["trace"]
    run = understudy("distill", "--json").json["run"]
    left = {path.name.split(".")[0] for path in (folder / "runs").iterdir()}
    assert run in left
    assert first not in left, "the new run tells of the same examples"
    assert "run-02" not in left
    found = {each["name"]: each for each in understudy("doctor", "--json").json["findings"]}
    assert "the logs and reports of runs take" in found["workspace"]["message"]


def test_copies_that_were_used_longest_ago_go_first_and_so_does_what_a_kill_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidying, "CACHE_BYTES", 2500)
    (tmp_path / "cache").mkdir()
    for age, name in enumerate(["new.db", "middle.db", "old.db"]):
        path = tmp_path / "cache" / name
        path.write_bytes(b"x" * 1000)
        used = path.stat().st_mtime - 86400 * age
        os.utime(path, (used, used))
    killed = tmp_path / "cache" / "new.db.1.2.partial"
    killed.write_bytes(b"x")
    os.utime(killed, (used, used))
    (tmp_path / "cache" / "now.db.1.2.partial").write_bytes(b"x")
    with KnowledgeStore.open(tmp_path / "knowledge.db") as store:
        tidying.tidy(tmp_path, store)
    left = {path.name for path in (tmp_path / "cache").iterdir()}
    assert left == {"new.db", "middle.db", "now.db.1.2.partial"}
    assert tidying.held(tmp_path) == (0, 2001)
