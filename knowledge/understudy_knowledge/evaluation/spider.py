"""Reads Spider as its authors publish it (Yu et al., "Spider: A Large-Scale Human-Labeled Dataset", EMNLP 2018).

`train_spider.json`, `train_others.json`, `dev.json`, `test.json`: arrays of {db_id, question, query}, beside `database/` (for the
test questions `test_database/`) with a folder and a SQLite file for each database. It gives no ids, evidence or difficulty.
"""

from collections.abc import Iterator
from pathlib import Path

from understudy_knowledge.evaluation.items import Dataset, Reader
from understudy_knowledge.evaluation.text_to_sql import Fields, QuestionFile, read_questions

_SPLITS = {"train_spider": "train", "train_others": "train", "dev": "test", "test": "test"}


def is_spider(folder: Path) -> bool:
    """Whether such files lie in the folder."""
    return any(_files(folder))


def read_spider(folder: Path, scratch: Path, reader: Reader) -> Dataset:
    """Its items: those of train are taught, those of dev and test tested."""
    return read_questions(folder, _files(folder), Fields("Spider", "query"), reader)


def _files(folder: Path) -> Iterator[QuestionFile]:
    databases = [folder / "database", folder / "test_database"]
    if not any(each.is_dir() for each in databases):
        return
    for name, split in _SPLITS.items():
        path = folder / f"{name}.json"
        if path.is_file():
            yield QuestionFile(path, split, databases[::-1] if name == "test" else databases)
