"""The store's file: crashes, other schemas, damage, other processes, read-only folders. No file is ever deleted."""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest
from attrs import evolve
from cattrs.preconf.json import make_converter

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_knowledge.memory.records import Case, Lineage, Origin, Plan
from understudy_knowledge.memory.store import KnowledgeStore

CASE = Case(
    id="c1", example_id="e1", question="q", masked_question="q", plan=Plan("q", (), ""), code="SELECT 1", skeleton="SELECT ?",
    family="SELECT ?", lineage=Lineage(("t",)), explanation="", origin=Origin("a.sql", 1), status="admitted", reason="",
)  # fmt: skip

WRITER = """
import sys
from pathlib import Path
from attrs import evolve
from cattrs.preconf.json import make_converter
from understudy_knowledge.memory.records import Case
from understudy_knowledge.memory.store import KnowledgeStore

store = KnowledgeStore.open(Path(sys.argv[1]))
case = make_converter().loads(sys.argv[2], Case)
first = len(store.cases())
for number in range(first, first + 100_000, 2):
    pair = [evolve(case, id=f"{each:06}") for each in (number, number + 1)]
    store.put_cases(pair)
    store.keep_answer(str(number), role="student", model="m", response=number)
    print(number, flush=True)
"""


def test_sigkill_leaves_every_finished_write_and_no_half_one(tmp_path: Path) -> None:
    path = tmp_path / "knowledge.db"
    acknowledged = -2
    for delay in (0.02, 0.05, 0.11, 0.17):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), make_converter().dumps(CASE)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        lines = [writer.stdout.readline()]
        time.sleep(delay)
        writer.kill()
        lines += writer.stdout.read().splitlines()
        writer.wait()
        # The last line may be cut; only whole numbers were acknowledged.
        acknowledged = max([acknowledged, *(int(line) for line in lines[:-1] if line.strip())])
        with KnowledgeStore.open(path) as store:
            cases = store.cases()
            assert len(cases) % 2 == 0
            assert len(cases) >= acknowledged + 2
            assert [case.id for case in cases] == [f"{number:06}" for number in range(len(cases))]
            assert store.generation == len(cases) / 2
            answer = store.find_answer(str(acknowledged))
            assert acknowledged < 0 or (answer is not None and answer.response == acknowledged)
    assert acknowledged > 0


def first_schema(path: Path) -> None:
    script = resources.files("understudy_knowledge.memory") / "schema" / "0001_cases.sql"
    connection = sqlite3.connect(path)
    connection.executescript(script.read_text(encoding="utf-8"))
    connection.execute(
        "INSERT INTO cases VALUES ('c1', 'e1', 'admitted', 'q', 'SELECT ?', '[\"t\"]', ?)",
        [make_converter().dumps(CASE)],
    )
    connection.execute("UPDATE state SET generation = 7")
    connection.commit()
    connection.close()


def test_a_store_of_the_first_schema_is_brought_forward_with_all_it_holds(tmp_path: Path) -> None:
    first_schema(tmp_path / "k.db")
    with KnowledgeStore.open(tmp_path / "k.db") as store:
        assert store.cases() == (CASE,)
        assert store.generation == 7
        store.keep_answer("h", role="student", model="m", response=1)
    with KnowledgeStore.open(tmp_path / "k.db") as store:
        assert store.find_answer("h") is not None


def test_an_older_store_can_be_read_without_being_changed(tmp_path: Path) -> None:
    first_schema(tmp_path / "k.db")
    before = (tmp_path / "k.db").read_bytes()
    with KnowledgeStore.open(tmp_path / "k.db", read_only=True) as store:
        assert store.cases() == (CASE,)
    assert (tmp_path / "k.db").read_bytes() == before


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    first_schema(tmp_path / "k.db")
    with sqlite3.connect(tmp_path / "k.db") as connection:
        connection.execute("CREATE TABLE runs (mine)")
    connection.close()
    with pytest.raises(KnowledgeStoreError, match=r"k\.db"):
        KnowledgeStore.open(tmp_path / "k.db")
    connection = sqlite3.connect(tmp_path / "k.db")
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert connection.execute("SELECT COUNT(*) FROM sqlite_master WHERE name = 'answers'").fetchone() == (0,)
    connection.close()


def test_a_store_from_the_future_is_left_alone(tmp_path: Path) -> None:
    KnowledgeStore.open(tmp_path / "k.db").close()
    with sqlite3.connect(tmp_path / "k.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    for read_only in (False, True):
        with pytest.raises(KnowledgeStoreError, match=r"newer Understudy \(schema 99.*upgrade"):
            KnowledgeStore.open(tmp_path / "k.db", read_only=read_only)


def test_another_database_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("CREATE TABLE orders (id)")
    connection.close()
    before = (tmp_path / "shop.db").read_bytes()
    with pytest.raises(KnowledgeStoreError, match="another database"):
        KnowledgeStore.open(tmp_path / "shop.db")
    assert (tmp_path / "shop.db").read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all, " * 500, b"SQLite format 3\0" + b"\xff" * 5000])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_is_no_database_is_kept_and_named(
    tmp_path: Path, content: bytes, read_only: bool
) -> None:
    (tmp_path / "k.db").write_bytes(content)
    with pytest.raises(KnowledgeStoreError, match=r"k\.db.*(damaged|another database).*move it away"):
        KnowledgeStore.open(tmp_path / "k.db", read_only=read_only)
    assert (tmp_path / "k.db").read_bytes() == content


def test_damage_in_the_middle_is_told_when_it_is_met(tmp_path: Path) -> None:
    path = tmp_path / "k.db"
    with KnowledgeStore.open(path) as store:
        store.put_case(CASE)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\x5a" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(KnowledgeStoreError, match="damaged"), KnowledgeStore.open(path) as store:
        store.cases()
    assert path.read_bytes()[4096:] == content[4096:]


@pytest.mark.parametrize("body", ["{", "{}", "[]", '{"id": 3}', "null"])
def test_a_damaged_record_is_told_in_one_sentence(tmp_path: Path, body: str) -> None:
    path = tmp_path / "k.db"
    with KnowledgeStore.open(path) as store:
        store.put_case(CASE)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE cases SET body = ?", [body])
    connection.commit()
    connection.close()
    with (
        KnowledgeStore.open(path) as store,
        pytest.raises(KnowledgeStoreError, match="a Case cannot be read"),
    ):
        store.cases()


@pytest.fixture
def half_zeroed(tmp_path: Path) -> Path:
    """A store of 200 cases in whose middle 30 kB were lost."""
    path = tmp_path / "k.db"
    with KnowledgeStore.open(path) as store:
        store.put_cases(evolve(CASE, id=f"c{number:03}", explanation="x" * 300) for number in range(200))
        store.start_run("r", {})
    content = bytearray(path.read_bytes())
    assert len(content) > 60_000
    content[20_000:50_000] = bytes(30_000)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("read_only", [False, True])
def test_lost_pages_are_damage_to_every_reader_and_writer(half_zeroed: Path, read_only: bool) -> None:
    uses: list[Callable[[KnowledgeStore], object]] = [
        lambda store: store.generation,
        lambda store: store.cases(),
        lambda store: list(store.entries()),
        lambda store: store.forget("c001"),
        lambda store: store.put_case(CASE),
        lambda store: store.last_run(),
        lambda store: store.general(),
        lambda store: store.find_answer("h"),
        lambda store: store.start_run("s", {}),
    ]
    met = []
    for use in uses:
        with KnowledgeStore.open(half_zeroed, read_only=read_only) as store:
            try:
                use(store)
            except KnowledgeStoreError as error:
                met.append(str(error))
    assert met
    assert all("is damaged" in each or "cannot be written" in each for each in met), met
    with (
        KnowledgeStore.open(half_zeroed, read_only=True) as store,
        pytest.raises(KnowledgeStoreError, match="is damaged"),
    ):
        store.check(5.0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE state SET generation = NULL",
        "DELETE FROM state",
        "UPDATE answers SET response = NULL",
        "UPDATE runs SET settings = NULL",
        "UPDATE runs SET started = NULL",
        "UPDATE cases SET tables = '3'",
        "UPDATE cases SET masked_question = NULL",
        "UPDATE cases SET body = NULL",
    ],
)
def test_a_row_that_lost_its_values_is_damage(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "k.db"
    with KnowledgeStore.open(path) as store:
        store.put_case(CASE)
        store.keep_answer("h", role="student", model="m", response=1)
        store.start_run("r", {})
        store.check(5.0)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA writable_schema = ON")
    # What a lost page does: values are NULL although the schema forbids it.
    connection.execute("UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '')")
    connection.close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement)
    connection.close()

    def all_of_it(store: KnowledgeStore) -> None:
        store.find_answer("h")
        store.last_run()
        store.cases()
        list(store.entries())
        store.put_case(evolve(CASE, id="c2"))

    with KnowledgeStore.open(path) as store, pytest.raises(KnowledgeStoreError, match="is damaged"):
        all_of_it(store)


def test_reading_only_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeStoreError, match="does not exist; run `understudy distill`"):
        KnowledgeStore.open(tmp_path / "sub" / "k.db", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_reading_only_refuses_to_write(tmp_path: Path) -> None:
    KnowledgeStore.open(tmp_path / "k.db").close()
    with (
        KnowledgeStore.open(tmp_path / "k.db", read_only=True) as store,
        pytest.raises(KnowledgeStoreError, match="cannot be written"),
    ):
        store.put_case(CASE)


def test_a_lock_of_another_process_is_told_after_a_short_wait(tmp_path: Path) -> None:
    with KnowledgeStore.open(tmp_path / "k.db") as store:
        other = sqlite3.connect(tmp_path / "k.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        assert store.cases() == ()
        with pytest.raises(KnowledgeStoreError, match="locked by another process"):
            store.put_case(CASE)
        assert 1.5 < time.monotonic() - start < 5
        other.execute("ROLLBACK")
        other.close()
        store.put_case(CASE)


def test_two_processes_see_each_others_writes(tmp_path: Path) -> None:
    with (
        KnowledgeStore.open(tmp_path / "k.db") as one,
        KnowledgeStore.open(tmp_path / "k.db", read_only=True) as other,
    ):
        before = other.generation
        one.put_case(CASE)
        assert other.generation > before
        assert other.cases() == (CASE,)


def test_the_folder_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(KnowledgeStoreError, match="cannot be made"):
        KnowledgeStore.open(tmp_path / "taken" / "k.db")
    with pytest.raises(KnowledgeStoreError, match="cannot be opened"):
        KnowledgeStore.open(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no read-only folders of this kind")
def test_a_read_only_folder_can_be_read_and_is_told_on_writing(tmp_path: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from understudy_knowledge.memory.store import KnowledgeStore
KnowledgeStore.open(Path(sys.argv[2])).cases()  # loads what the other user may not be able to read
if os.geteuid() == 0:
    os.setuid(65534)  # root may write anywhere
print(len(KnowledgeStore.open(Path(sys.argv[1]), read_only=True).cases()))
KnowledgeStore.open(Path(sys.argv[1])).start_run("r", {})
"""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with KnowledgeStore.open(folder / "k.db") as store:
            store.put_case(CASE)
        (folder / "k.db").chmod(0o444)
        folder.chmod(0o555)
        arguments = [sys.executable, "-c", script, str(folder / "k.db"), str(tmp_path / "other.db")]
        child = subprocess.run(arguments, capture_output=True, text=True, check=False)
        folder.chmod(0o755)
    assert child.stdout == "1\n", child.stderr
    assert "KnowledgeStoreError" in child.stderr
    assert "cannot be written" in child.stderr


def test_sigterm_has_its_usual_meaning(tmp_path: Path) -> None:
    """The store installs no signal handlers of its own."""
    before = signal.getsignal(signal.SIGTERM)
    KnowledgeStore.open(tmp_path / "k.db").close()
    assert signal.getsignal(signal.SIGTERM) is before
