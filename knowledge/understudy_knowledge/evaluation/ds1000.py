"""Reads DS-1000 as its authors publish it (Lai et al., "DS-1000", ICML 2023), in its simplified form.

`ds1000.jsonl.gz` or `ds1000.jsonl`, in the folder or its `data/`: lines of {prompt, reference_code, code_context, metadata:
{problem_id, library, perturbation_type, perturbation_origin_id}}. `code_context` is a program whose `test_execution` (and, in some,
`test_string`) raises where the code is wrong; it is what judges here too. A problem whose library is not installed is skipped.
"""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from understudy_knowledge.evaluation.items import CODE_HERE, Dataset, Item, Reader
from understudy_knowledge.evaluation.taking import Taking, UnusableError, record, text_of
from understudy_knowledge.execution.inputs import Inputs
from understudy_knowledge.memory.records import Example, Origin

_LIBRARIES = {
    "Pandas": "pandas", "Numpy": "numpy", "Scipy": "scipy", "Matplotlib": "matplotlib", "Sklearn": "sklearn", "Pytorch": "torch",
    "Tensorflow": "tensorflow",
}  # fmt: skip
_HARNESS = """
{context}
_written = {code}
test_execution(_written)
if "test_string" in globals():
    test_string(_written)
answer = "every test passed"
"""


def is_ds1000(folder: Path) -> bool:
    """Whether such a file lies in the folder or its `data/`."""
    return any(_files(folder))


def read_ds1000(folder: Path, scratch: Path, reader: Reader) -> Dataset:
    """Its items, all for the task pandas. It has no split; variants of one question are one group."""
    taking, digest = Taking(reader), hashlib.sha256()
    scratch.mkdir(parents=True, exist_ok=True)
    for path in _files(folder):
        raw = path.read_bytes()
        digest.update(raw)
        shown = f"{folder.name}/{path.relative_to(folder).as_posix()}"
        try:
            text = gzip.decompress(raw) if path.suffix == ".gz" else raw
        except (OSError, EOFError, zlib.error):
            taking.refuse(shown, "", UnusableError("the file is not what gzip writes", "unreadable"))
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                _take(taking, line, Origin(shown, number, kind="dataset"), scratch)
    return Dataset(folder.name, tuple(taking.items), tuple(taking.refused), digest.hexdigest())


def _take(taking: Taking, line: bytes, origin: Origin, scratch: Path) -> None:
    try:
        fields = record(line)
        said = fields.get("metadata")
        metadata: dict[str, Any] = said if isinstance(said, dict) else {}
        if "problem_id" not in metadata:
            raise UnusableError("it has no metadata.problem_id", "missing-field")
    except UnusableError as error:
        taking.refuse(str(origin), "", error)
        return
    named = f"ds1000-{metadata['problem_id']}"
    taking.take(str(origin), named, lambda: _item(named, fields, metadata, origin, scratch))


def _files(folder: Path) -> Iterator[Path]:
    for place in (folder, folder / "data"):
        plain, packed = place / "ds1000.jsonl", place / "ds1000.jsonl.gz"
        if plain.is_file() or packed.is_file():
            yield plain if plain.is_file() else packed


def _item(
    named: str, fields: dict[str, Any], metadata: dict[str, Any], origin: Origin, scratch: Path
) -> Item:
    library = text_of(metadata, "library")
    if library not in _LIBRARIES:
        raise UnusableError(f"nothing here knows the library {library!r}", "no-library")
    if find_spec(_LIBRARIES[library]) is None:
        raise UnusableError(f"the package {_LIBRARIES[library]} is not installed", "no-library")
    example = Example(
        id=named,
        question=text_of(fields, "prompt"),
        gold=text_of(fields, "reference_code"),
        origin=origin,
        dialect="python",
        language="python",
    )
    return Item(
        example,
        "pandas",
        f"DS-1000 {library}",
        "",
        "",
        inputs=Inputs(scratch),
        difficulty=str(metadata.get("perturbation_type") or ""),
        group=f"{library}-{metadata.get('perturbation_origin_id', named)}",
        harness=_HARNESS.format(context=text_of(fields, "code_context"), code=CODE_HERE),
    )
