"""Reads BIRD as its authors publish it (Li et al., "Can LLM Already Serve as a Database Interface?", NeurIPS 2023).

`dev.json`, `train.json` or the mini-dev's `mini_dev_sqlite.json`: an array of {question_id, db_id, question, evidence, SQL,
difficulty}, beside `dev_databases/` or `train_databases/` with a folder and a SQLite file for each database.
"""

from collections.abc import Iterator
from pathlib import Path

from understudy_knowledge.evaluation.items import Dataset, Reader
from understudy_knowledge.evaluation.text_to_sql import Fields, QuestionFile, read_questions

_SPLITS = {"train": "train", "dev": "test", "mini_dev_sqlite": "test"}
_NAMES = Fields("BIRD", "SQL", id="question_id", evidence="evidence", difficulty="difficulty")


def is_bird(folder: Path) -> bool:
    """Whether such files lie in the folder or one below it."""
    return any(_files(folder))


def read_bird(folder: Path, scratch: Path, reader: Reader) -> Dataset:
    """Its items: those of train are taught, those of dev tested."""
    return read_questions(folder, _files(folder), _NAMES, reader)


def _files(folder: Path) -> Iterator[QuestionFile]:
    for name, split in _SPLITS.items():
        for path in sorted({*folder.glob(f"{name}.json"), *folder.glob(f"*/{name}.json")}):
            side = "train" if split == "train" else "dev"
            databases = [
                path.parent / f"{side}_databases",
                path.parent / f"{side}_databases" / f"{side}_databases",
            ]
            if any(each.is_dir() for each in databases):
                yield QuestionFile(path, split, databases)
