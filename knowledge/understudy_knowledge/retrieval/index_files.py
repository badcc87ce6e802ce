"""The index on disk: derived, so any doubt about it means that it is built again. Knows the folder, not the search.

The manifest is replaced last and holds the hash of each other file, so a killed writer leaves the former index or none.
"""

import json
import logging
import os
import re
import tempfile
from collections.abc import Callable, Iterable
from hashlib import blake2b
from io import BytesIO
from pathlib import Path

import numpy as np
from attrs import asdict, frozen
from cattrs.preconf.json import make_converter

from understudy_knowledge.memory.store import Entry
from understudy_knowledge.retrieval.embedding import DIMENSIONS, EMBEDDER_VERSION
from understudy_knowledge.retrieval.index import (
    CaseIndex,
    build_index,
    vectors_from_bytes,
    vectors_to_bytes,
)
from understudy_knowledge.retrieval.lexical import LexicalIndex
from understudy_knowledge.retrieval.rows import Rows

_MANIFEST = "index.json"
_OURS = re.compile(r"cases-[0-9a-f]{24}\.(faiss|npz)|\.index-.*\.tmp")
_LOG = logging.getLogger(__name__)


@frozen
class _Manifest:
    """What the index was made from and by."""

    generation: int
    fingerprint: str
    dimensions: int
    embedder: int
    cases: int
    vectors: str
    lexical: str


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
        vectors, lexical = (
            (folder / f"cases-{manifest.fingerprint}{end}").read_bytes() for end in (".faiss", ".npz")
        )
        # FAISS trusts what it reads, so nothing reaches it that is not byte for byte what was written.
        if (_hash(vectors), _hash(lexical)) != (manifest.vectors, manifest.lexical):
            return None
        return CaseIndex(rows, _lexical_from_bytes(lexical, len(rows)), vectors_from_bytes(vectors))
    except Exception as error:
        # Whatever is wrong with a derived file, building it again mends it.
        if not isinstance(error, FileNotFoundError):
            _LOG.info("The index in %s is built again: %s", folder, error)
        return None


def _save(index: CaseIndex, generation: int, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    mark = index.rows.fingerprint
    vectors, lexical = vectors_to_bytes(index), _lexical_to_bytes(index.lexical)
    manifest = _Manifest(
        generation,
        mark,
        DIMENSIONS,
        EMBEDDER_VERSION,
        len(index.rows),
        _hash(vectors),
        _hash(lexical),
    )
    kept = (f"cases-{mark}.faiss", f"cases-{mark}.npz")
    for name, data in (
        *zip(kept, (vectors, lexical), strict=True),
        (_MANIFEST, json.dumps(asdict(manifest)).encode()),
    ):
        _replace(folder / name, data)
    for path in folder.iterdir():
        if _OURS.fullmatch(path.name) and path.name not in kept:
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


def _lexical_to_bytes(lexical: LexicalIndex) -> bytes:
    buffer = BytesIO()
    terms = np.frombuffer(json.dumps(list(lexical.vocabulary)).encode(), dtype=np.uint8)
    np.savez(buffer, terms=terms, offsets=lexical.offsets, rows=lexical.rows, impacts=lexical.impacts)
    return buffer.getvalue()


def _lexical_from_bytes(data: bytes, documents: int) -> LexicalIndex:
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        terms = json.loads(arrays["terms"].tobytes())
        vocabulary = {term: number for number, term in enumerate(terms)}
        return LexicalIndex(vocabulary, arrays["offsets"], arrays["rows"], arrays["impacts"], documents)


def _hash(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()
