"""Bundles are read packed or not, and a line that cannot be used is refused by name while the rest goes on."""

import gzip
import json
import sqlite3
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.evaluation.bundles import read_bundle
from understudy_knowledge.evaluation.items import Reader

ITEM = {
    "id": "one",
    "source": "shop",
    "task": "sql",
    "database": "db/shop.sqlite",
    "dialect": "sqlite",
    "question": "how many teas are there",
    "gold_sql": "SELECT COUNT(*) FROM teas;",
    "split": "train",
}


def _bundle(folder: Path, *lines: dict[str, Any] | str) -> Path:
    (folder / "db").mkdir(parents=True)
    with sqlite3.connect(folder / "db" / "shop.sqlite") as connection:
        connection.execute("CREATE TABLE teas (name TEXT, price TEXT)")
    text = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / "items.jsonl").write_text("\n".join(text), encoding="utf-8")
    return folder


def _pack(folder: Path) -> None:
    with tarfile.open(folder / "db.tar.gz", "w:gz") as archive:
        archive.add(folder / "db" / "shop.sqlite", "db/shop.sqlite")
    (folder / "db" / "shop.sqlite").unlink()
    (folder / "db").rmdir()
    plain = folder / "items.jsonl"
    (folder / "items.jsonl.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()


def test_packed_and_unpacked_bundles_read_alike(tmp_path: Path) -> None:
    folder = _bundle(tmp_path / "shop", ITEM, {**ITEM, "id": "two", "split": "test"})
    plain = read_bundle(folder, tmp_path / "scratch")
    _pack(folder)
    packed = read_bundle(folder, tmp_path / "scratch")
    assert [item.example.id for item in packed.items] == ["one", "two"]
    assert [item.example.gold for item in packed.items] == [item.example.gold for item in plain.items]
    assert packed.items[0].example.source is not None
    assert packed.items[0].example.source.path.is_file()
    assert [item.example.id for item in packed.of("test")] == ["two"]


def test_two_may_unpack_the_same_bundle_at_once(tmp_path: Path) -> None:
    folder = _bundle(tmp_path / "shop", ITEM)
    _pack(folder)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: read_bundle(folder, tmp_path / "scratch"), range(4)))
    assert all(read.items[0].example.source == found[0].items[0].example.source for read in found)
    assert len(list((tmp_path / "scratch").iterdir())) == 1


def test_every_item_has_its_own_data_source_and_place(tmp_path: Path) -> None:
    (item,) = read_bundle(_bundle(tmp_path / "shop", ITEM), tmp_path).items
    assert str(item.example.origin) == "shop/items.jsonl:1"
    assert item.example.gold == "SELECT COUNT(*) FROM teas"
    assert item.database == "db/shop.sqlite"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{broken", "the line is not JSON"),
        ("[1]", "the line is not a JSON object"),
        ({**ITEM, "id": ""}, "it has no id"),
        ({**ITEM, "id": "x", "gold_sql": None}, "it has no gold_sql"),
        ({**ITEM, "id": "x", "database": "db/gone.sqlite"}, "its database db/gone.sqlite is not there"),
        ({**ITEM, "id": "x", "database": "../../etc/passwd"}, "is not there"),
        ({**ITEM, "id": "x", "dialect": "klingon"}, "nothing here runs the dialect 'klingon'"),
        ({**ITEM, "id": "x", "task": "poetry"}, "nothing here does the task 'poetry'"),
        ({**ITEM, "id": "x", "split": "holdout"}, "its split is 'holdout'"),
        (ITEM, "an earlier line has the same id"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_with_its_place(
    tmp_path: Path, line: dict[str, Any] | str, reason: str
) -> None:
    read = read_bundle(_bundle(tmp_path / "shop", ITEM, line), tmp_path)
    assert [item.example.id for item in read.items] == ["one"]
    (refused,) = read.refused
    assert refused.place == "shop/items.jsonl:2"
    assert reason in refused.reason


def test_a_folder_without_items_says_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(NothingToDoError, match="--data"):
        read_bundle(tmp_path, tmp_path)


def test_only_the_wanted_tasks_and_no_evidence_where_none_is_wanted(tmp_path: Path) -> None:
    program = {
        **ITEM, "id": "sum", "task": "table-math", "dialect": "python", "table": "teas", "gold_code": "answer = 1 + 1"
    }  # fmt: skip
    folder = _bundle(tmp_path / "shop", {**ITEM, "instructions": "tea is chai"}, program)
    both = read_bundle(folder, tmp_path)
    assert [item.task for item in both.items] == ["sql", "table-math"]
    assert both.items[0].example.evidence == "tea is chai"
    assert 'FROM "teas"' in both.items[1].setup
    bare = read_bundle(folder, tmp_path, Reader(tasks=("sql",), evidence=False))
    assert [item.example.evidence for item in bare.items] == [""]
