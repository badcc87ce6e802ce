"""The index on disk: derived, so any doubt about it means that it is built again. Knows the folder, not the search.

The manifest is replaced last and names the other files and their hashes, so a killed writer leaves the former index or none.
What is large is mapped, not read: the system keeps of it in memory what queries touch.
"""

import json
import logging
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from attrs import asdict, frozen
from cattrs.preconf.json import make_converter
from numpy.typing import NDArray

from understudy_knowledge.retrieval.dense import read_vectors, write_vectors
from understudy_knowledge.retrieval.embedding import DIMENSIONS, EMBEDDER_VERSION
from understudy_knowledge.retrieval.file_lock import locked
from understudy_knowledge.retrieval.lexicon import Lexicon
from understudy_knowledge.retrieval.part import Part
from understudy_knowledge.retrieval.postings import Postings
from understudy_knowledge.retrieval.rows import Rows

_MANIFEST = "index.json"
_LOCK = "writing.lock"
_FORMAT = 4
_VECTORS = "faiss"
_ROWS = ("cases", "examples", "table_sets", "stamps", "shapes", "lifts", "set_names", "set_ends")
_POSTINGS = ("codes", "starts", "holders", "firsts", "terms", "impacts", "symbols")
_OURS = re.compile(r"cases-[0-9a-f]{24}[-.][\w.-]+|\.index-.*\.tmp")
_LOG = logging.getLogger(__name__)


@frozen
class _Manifest:
    """What the index was made from and by."""

    format: int
    generation: int
    fingerprint: str
    dimensions: int
    embedder: int
    cases: int
    average: float
    digests: tuple[str, ...]
    files: Mapping[str, str]
    """Hashes of the other files, by their names."""


def load(folder: Path) -> Part | None:
    """What is kept in the folder, or None: absent, of another version, damaged. It may be older than the store.

    Every file is read once, to know that it is intact; so the first queries find it in the system's memory.
    """
    try:
        manifest = make_converter().loads((folder / _MANIFEST).read_text(encoding="utf-8"), _Manifest)
        made_by = (manifest.format, manifest.dimensions, manifest.embedder)
        if made_by != (_FORMAT, DIMENSIONS, EMBEDDER_VERSION):
            return None
        # FAISS trusts what it reads, so nothing reaches it that is not byte for byte what was written.
        if any(_hash(folder / name) != told for name, told in manifest.files.items()):
            return None
        paths = {name.partition(".")[2]: folder / name for name in manifest.files}
        arrays = {end[:-4]: _mapped(path) for end, path in paths.items() if end.endswith(".npy")}
        part = _part(manifest, arrays, paths[_VECTORS])
        return part if part.rows.fingerprint == manifest.fingerprint else None
    except Exception as error:
        # Whatever is wrong with a derived file, building it again mends it.
        if not isinstance(error, FileNotFoundError):
            _LOG.info("The index in %s is built again: %s", folder, error)
        return None


def keep(part: Part, generation: int, folder: Path) -> bool:
    """Put the part in place of what is kept in the folder. False where that cannot be, or another process is at it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / _LOCK) as alone:
            if alone:
                _save(part, generation, folder)
            return alone
    except OSError as error:
        _LOG.warning("The index cannot be kept in %s (%s)", folder, error.strerror or error)
        return False


def _save(part: Part, generation: int, folder: Path) -> None:
    stem = f"cases-{part.rows.fingerprint}-{uuid4().hex[:8]}"
    written: list[Path] = []
    try:
        for end, write in _writers(part):
            path = folder / f"{stem}.{end}"
            written.append(path)
            write(path)
        manifest = _Manifest(
            _FORMAT,
            generation,
            part.rows.fingerprint,
            DIMENSIONS,
            EMBEDDER_VERSION,
            len(part.rows),
            part.lexicon.average,
            part.rows.digests,
            {path.name: _hash(path) for path in written},
        )
        _replace(folder / _MANIFEST, json.dumps(asdict(manifest)).encode())
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    for path in folder.iterdir():
        if _OURS.fullmatch(path.name) and path not in written:
            with suppress(OSError):  # another process may have it mapped; whoever writes next removes it
                path.unlink(missing_ok=True)


def _writers(part: Part) -> Iterator[tuple[str, Callable[[Path], None]]]:
    """The end of each file's name, and what writes it."""
    yield _VECTORS, lambda path: write_vectors(part.vectors, path)
    rows, postings = part.rows, part.postings
    arrays: dict[str, NDArray[Any]] = {
        **{name: getattr(rows, name) for name in _ROWS},
        **{name: getattr(postings, name) for name in _POSTINGS},
        "holding": part.lexicon.holding,
    }
    for name, array in arrays.items():
        yield f"{name}.npy", lambda path, array=array: _write_array(path, array)  # type: ignore[misc]


def _write_array(path: Path, array: NDArray[Any]) -> None:
    with path.open("wb") as file:
        np.save(file, array, allow_pickle=False)


def _part(manifest: _Manifest, arrays: Mapping[str, NDArray[Any]], vectors: Path) -> Part:
    rows = Rows(**{name: arrays[name] for name in _ROWS}, digests=manifest.digests)
    lexicon = Lexicon(arrays["codes"], arrays["holding"], manifest.cases, manifest.average)
    return Part(rows, Postings(*(arrays[name] for name in _POSTINGS)), read_vectors(vectors), lexicon)


def _replace(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=".index-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _mapped(path: Path) -> "NDArray[Any]":
    loaded: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return loaded.view(np.ndarray)  # a memmap's own slices cost more


def _hash(path: Path) -> str:
    digest = blake2b(digest_size=16)
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
