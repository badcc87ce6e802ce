"""The last good answer of a database, kept in a file: the schema is there at once, also when the database is not."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import evolve, fields, frozen
from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn

from understudy_knowledge.catalog.engines import Database
from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table
from understudy_knowledge.whole_files import replace_file

FORMAT = 1
MOST_BYTES = 64 * 1024 * 1024


@frozen
class Remembered:
    """What a database said, when (local time, to the minute), and how its file looked then; no look for a server."""

    catalog: Catalog
    read: str
    touched: str
    mark: str


def load(path: Path, database: Database) -> Remembered | None:
    """What `path` remembers of this database under these settings; None for anything else that may lie there. Never raises."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        kept = json.loads(path.read_bytes())
        if not isinstance(kept, dict) or kept.get("of") != _identity(database):
            return None
        return _CONVERTER.structure({name: kept[name] for name in _NAMES}, Remembered)
    # The file may have been written by anyone, so whatever it makes cattrs raise means the same: nothing to remember.
    except Exception:
        return None


def save(path: Path, database: Database, catalog: Catalog, touched: str, mark: str) -> bool:
    """Whether it could be written; the file appears as a whole or not at all. Without `database.samples` it holds no values."""
    now = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
    try:
        kept = _CONVERTER.unstructure(Remembered(evolve(catalog, notes=()), now, touched, mark))
        text = json.dumps({"of": _identity(database), **kept}, ensure_ascii=False, separators=(",", ":"))
        replace_file(path, text.encode())
    except (OSError, ValueError):
        return False
    return True


def _identity(database: Database) -> str:
    """Tells databases and what is read of them apart; says nothing of either."""
    said = repr((FORMAT, database.engine, database.path, database.url, database.samples, database.schemas))
    return hashlib.sha256(said.encode()).hexdigest()


def _value(value: Any, _: Any) -> str | int | float | None:
    if value is None or isinstance(value, str | int | float):
        return value
    raise ValueError(value)


def _made() -> Converter:
    converter = Converter(detailed_validation=False)
    for kind in (Catalog, Column, ForeignKey, Table):
        # Most columns have most defaults: leaving them out makes the file a third as large.
        leaving: Callable[[Any], dict[str, Any]] = make_dict_unstructure_fn(
            kind, converter, _cattrs_omit_if_default=True
        )
        converter.register_unstructure_hook(kind, leaving)
    converter.register_structure_hook(str | int | float | None, _value)
    return converter


_CONVERTER = _made()
_NAMES = tuple(attribute.name for attribute in fields(Remembered))
