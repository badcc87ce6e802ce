"""Real code is read in its archives; labels say what each string of the sample is."""

import os
import tarfile
import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest

from understudy_knowledge.errors import NothingToDoError
from understudy_server.bench.context.code import measure, read_labels
from understudy_server.bench.context.code_sample import PER_PACKAGE, drawn, literals_of
from understudy_server.bench.context.code_sources import RELEASES, python_files
from understudy_server.bench.part import Terms


def test_every_package_has_its_labels_of_both_halves() -> None:
    labels = read_labels()
    assert Counter(label.package for label in labels) == {
        release.package: PER_PACKAGE for release in RELEASES
    }
    assert len(labels) == 300
    assert 100 < sum(label.held_out for label in labels) < 200
    assert 60 < sum(label.is_sql for label in labels) < 240


def test_python_files_of_wheels_and_source_archives_are_read_in_place(tmp_path: Path) -> None:
    wheel, source = tmp_path / "a.whl", tmp_path / "b.tar.gz"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("a/x.py", "x = 1\n")
        archive.writestr("a/x.txt", "no")
    with tarfile.open(source, "w:gz") as packed:
        entry = tarfile.TarInfo("b/y.py")
        entry.size = 6
        packed.addfile(entry, BytesIO(b"y = 2\n"))
    assert list(python_files(wheel)) == [("a/x.py", b"x = 1\n")]
    assert list(python_files(source)) == [("b/y.py", b"y = 2\n")]


def test_a_sample_is_the_same_each_time_and_takes_no_value_twice() -> None:
    source = "".join(
        f'a{n} = "select {n % 30} from t"\nb{n} = "the {n}"\nc{n} = "x and {n}"\n' for n in range(60)
    ).encode()
    literals = literals_of("p", "f.py", source)
    sample = drawn(literals, 0)
    assert sample == drawn(literals, 0) != drawn(literals, 1)
    assert len(sample) == len({literal.digest for literal in sample}) == PER_PACKAGE
    assert Counter(literal.stratum for literal in sample)["begins"] == 11


def test_a_small_package_is_read_without_a_crash() -> None:
    try:
        part = measure(Terms(limit=1))
    except NothingToDoError as error:
        pytest.fail(str(error)) if "CI" in os.environ else pytest.skip(str(error))
    assert part.figures["crashes"] == []
    assert part.figures["not judged"] == []
