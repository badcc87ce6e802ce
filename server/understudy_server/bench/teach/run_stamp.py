"""What a run was made by: it goes on from an earlier one only where that was made by the same."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from attrs import asdict, frozen

from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.teaching.run_log import RunLog

_PACKAGES = ("understudy_knowledge", "understudy_server")
_KIND = "made by"


@frozen
class Stamp:
    """Hashes, but for the version."""

    version: str
    code: str
    prompts: str
    data: str

    @property
    def digest(self) -> str:
        """Of all of it."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:8]

    def changed_since(self, other: "Stamp") -> list[str]:
        """What is another one than it was."""
        return [name for name, value in asdict(self).items() if getattr(other, name) != value]


def stamp(digests: Sequence[str], items: Iterable[Item]) -> Stamp:
    """Of this product and these data: the digests of the files of items, and what the items run on."""
    found = hashlib.sha256("\0".join(digests).encode())
    for path in sorted(set(_files_of(items))):
        found.update(path.name.encode("utf-8", "surrogatepass"))
        if path.is_file():
            with path.open("rb") as file:
                while piece := file.read(1 << 20):
                    found.update(piece)
    return Stamp(version("understudy"), _code(), templates(), found.hexdigest()[:16])


def opened(folder: Path, key: str, made_by: Stamp) -> tuple[RunLog, str]:
    """The log of the run with these settings, and why it starts anew though there is one of an earlier run; empty where it does not."""
    path = folder / f"teach-{key}-{made_by.digest}.jsonl"
    why = "" if path.exists() else _changed(folder, key, made_by)
    log = RunLog(path)
    if log.find(_KIND, key, Stamp) is None:
        log.note(_KIND, key, made_by)
    return log, why


def _changed(folder: Path, key: str, made_by: Stamp) -> str:
    """What changed since the latest run with the same settings."""
    logs = sorted(folder.glob(f"teach-{key}-*.jsonl"), key=lambda path: path.stat().st_mtime)
    if not logs:
        return ""
    with logs[-1].open(encoding="utf-8") as file:
        first = file.readline()
    try:
        former = Stamp(**json.loads(first)["value"])
    except (ValueError, KeyError, TypeError):
        changed = ["how runs are kept"]
    else:
        changed = [f"the {name}" for name in made_by.changed_since(former)]
    return f"Since the earlier run {' and '.join(changed)} changed: this one starts anew."


@cache
def templates() -> str:
    """A hash of the prompts' templates."""
    found = hashlib.sha256()
    folder = files("understudy_knowledge.models") / "prompts"
    for each in sorted(folder.iterdir(), key=lambda file: file.name):
        if each.name.endswith(".jinja"):
            found.update(each.name.encode() + each.read_bytes())
    return found.hexdigest()[:16]


@cache
def _code() -> str:
    """A hash of the product's own modules."""
    found = hashlib.sha256()
    for package in _PACKAGES:
        root = Path(str(files(package)))
        for path in sorted(root.rglob("*.py")):
            found.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return found.hexdigest()[:16]


def _files_of(items: Iterable[Item]) -> Iterable[Path]:
    for item in items:
        if item.example.source is not None and not item.example.source.address:
            yield item.example.source.path
        if item.inputs is not None:
            yield from (item.inputs.folder / name for name in item.inputs.names)
