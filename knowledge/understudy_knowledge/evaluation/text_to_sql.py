"""What BIRD and Spider have in common: JSON arrays of questions with gold SQL, and a folder with a SQLite file for each database."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from understudy_knowledge.evaluation.items import Dataset, Item, Reader
from understudy_knowledge.evaluation.taking import Taking, UnusableError, as_object, elements, text_of
from understudy_knowledge.memory.records import DataSource, Example, Origin


@frozen
class QuestionFile:
    """One array of questions. `databases` are the folders that may hold theirs, the likeliest first."""

    path: Path
    split: str
    databases: Sequence[Path]


@frozen
class Fields:
    """Under which names a layout has what an item needs; an empty name: it does not have it."""

    source: str
    gold: str
    id: str = ""
    evidence: str = ""
    difficulty: str = ""


def read_questions(folder: Path, files: Iterable[QuestionFile], names: Fields, reader: Reader) -> Dataset:
    """The items of all files. An item has the id that the layout gives it in its file, else its position there."""
    taking, digest = Taking(reader), hashlib.sha256()
    for file in files:
        raw = file.path.read_bytes()
        digest.update(raw)
        shown = f"{folder.name}/{file.path.relative_to(folder).as_posix()}"
        try:
            for position, (line, value) in enumerate(elements(raw.decode("utf-8", "replace"))):
                number = value.get(names.id, position) if isinstance(value, dict) and names.id else position
                named = f"{names.source.lower()}-{file.path.stem}-{number}"
                origin = Origin(shown, line, kind="dataset")
                taking.take(str(origin), named, _maker(value, named, origin, file, names, reader))
        except UnusableError as error:
            taking.refuse(shown, "", error)
    return Dataset(folder.name, tuple(taking.items), tuple(taking.refused), digest.hexdigest())


def _maker(
    value: object, named: str, origin: Origin, file: QuestionFile, names: Fields, reader: Reader
) -> Callable[[], Item]:
    return lambda: _item(as_object(value), named, origin, file, names, reader)


def _item(
    fields: dict[str, Any], named: str, origin: Origin, file: QuestionFile, names: Fields, reader: Reader
) -> Item:
    database = text_of(fields, "db_id")
    found = next(filter(None, (_database(folder, database) for folder in file.databases)), None)
    if found is None:
        raise UnusableError(f"its database {database}/{database}.sqlite is not there", "missing-file")
    evidence = str(fields.get(names.evidence) or "") if names.evidence and reader.evidence else ""
    example = Example(
        id=named,
        question=text_of(fields, "question"),
        gold=text_of(fields, names.gold).strip().rstrip(";").strip(),
        origin=origin,
        source=DataSource(found, steady=True),
        evidence=evidence,
    )
    difficulty = str(fields.get(names.difficulty) or "") if names.difficulty else ""
    return Item(example, "sql", names.source, file.split, database, difficulty=difficulty)


def _database(folder: Path, name: str) -> Path | None:
    path = folder / name / f"{name}.sqlite"
    inside = path.resolve().is_relative_to(folder.resolve())
    return path if inside and path.is_file() else None
