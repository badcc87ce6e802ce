"""The index on disk: derived, so any doubt about it means that it is built again. Knows the folder, not the search.

The manifest is replaced last and holds the hash of each other file, so a killed writer leaves the former index or none. What
is large is mapped, not read: the system keeps of it in memory what queries touch.
"""

import json
import logging
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from attrs import asdict, frozen
from cattrs.preconf.json import make_converter
from numpy.typing import NDArray

from understudy_knowledge.memory.store import Entry
from understudy_knowledge.retrieval.embedding import DIMENSIONS, EMBEDDER_VERSION
from understudy_knowledge.retrieval.index import CaseIndex, build_index, vectors_from_file, vectors_to_bytes
from understudy_knowledge.retrieval.lexical import LexicalIndex
from understudy_knowledge.retrieval.rows import Rows

_MANIFEST = "index.json"
_VECTORS, _TERMS, _OFFSETS, _ROWS, _IMPACTS = "faiss", "terms.json", "offsets.npy", "rows.npy", "impacts.npy"
_OURS = re.compile(r"cases-[0-9a-f]{24}\.[a-z.]+|\.index-.*\.tmp")
_LOG = logging.getLogger(__name__)


@frozen
class _Manifest:
    """What the index was made from and by."""

    generation: int
    fingerprint: str
    dimensions: int
    embedder: int
    cases: int
    files: Mapping[str, str]
    """Hashes of the other files, by the ends of their names."""


def load_or_build(entries: Callable[[], Iterable[Entry]], generation: int, folder: Path | None) -> CaseIndex:
    """The index of what `entries` reads: from the folder when it is of these, else built and kept there.

    Without a folder, or when it cannot be written, the index lives in memory only.
    """
    if folder is None:
        return build_index(entries())
    found = _load(Rows.of(entries()), folder)
    if found is not None:
        return found
    index = build_index(entries())
    try:
        _save(index, generation, folder)
    except OSError as error:
        _LOG.warning(
            "The index cannot be kept in %s (%s) and stays in memory", folder, error.strerror or error
        )
    return index


def _load(rows: Rows, folder: Path) -> CaseIndex | None:
    """The index of exactly these rows, or None: absent, stale, of another version, damaged."""
    try:
        manifest = make_converter().loads((folder / _MANIFEST).read_text(encoding="utf-8"), _Manifest)
        made_by = (manifest.dimensions, manifest.embedder, manifest.fingerprint)
        if made_by != (DIMENSIONS, EMBEDDER_VERSION, rows.fingerprint):
            return None
        paths = {end: folder / f"cases-{rows.fingerprint}.{end}" for end in manifest.files}
        # FAISS trusts what it reads, so nothing reaches it that is not byte for byte what was written.
        if any(_hash_of_file(paths[end]) != told for end, told in manifest.files.items()):
            return None
        return CaseIndex(rows, _lexical_from_files(paths, len(rows)), vectors_from_file(paths[_VECTORS]))
    except Exception as error:
        # Whatever is wrong with a derived file, building it again mends it.
        if not isinstance(error, FileNotFoundError):
            _LOG.info("The index in %s is built again: %s", folder, error)
        return None


def _save(index: CaseIndex, generation: int, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lexical = index.lexical
    contents = {
        _VECTORS: vectors_to_bytes(index),
        _TERMS: json.dumps(list(lexical.vocabulary)).encode(),
        _OFFSETS: _array_to_bytes(lexical.offsets),
        _ROWS: _array_to_bytes(lexical.rows),
        _IMPACTS: _array_to_bytes(lexical.impacts),
    }
    manifest = _Manifest(
        generation,
        index.rows.fingerprint,
        DIMENSIONS,
        EMBEDDER_VERSION,
        len(index.rows),
        {end: _hash(data) for end, data in contents.items()},
    )
    named = {f"cases-{index.rows.fingerprint}.{end}": data for end, data in contents.items()}
    for name, data in (*named.items(), (_MANIFEST, json.dumps(asdict(manifest)).encode())):
        _replace(folder / name, data)
    for path in folder.iterdir():
        if _OURS.fullmatch(path.name) and path.name not in named:
            with suppress(OSError):  # another process may have it mapped; whoever writes next removes it
                path.unlink(missing_ok=True)


def _replace(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=".index-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _array_to_bytes(array: "NDArray[np.generic]") -> bytes:
    buffer = BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _lexical_from_files(paths: Mapping[str, Path], documents: int) -> LexicalIndex:
    terms = json.loads(paths[_TERMS].read_bytes())
    vocabulary = {term: number for number, term in enumerate(terms)}
    rows, impacts = (_mapped(paths[end]) for end in (_ROWS, _IMPACTS))
    offsets = np.load(paths[_OFFSETS], allow_pickle=False)
    return LexicalIndex(vocabulary, offsets, rows, impacts, documents)


def _mapped(path: Path) -> "NDArray[Any]":
    loaded: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return loaded.view(np.ndarray)  # a memmap's own slices cost more


def _hash(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _hash_of_file(path: Path) -> str:
    digest = blake2b(digest_size=16)
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
