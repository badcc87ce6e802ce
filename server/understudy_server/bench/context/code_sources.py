"""Real Python code to measure on: released packages, pinned by version and hash, fetched once by pip and read in their archives."""

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from understudy_knowledge.errors import NothingToDoError

_FETCH_SECONDS = 300
_MAX_FILE_BYTES = 2_000_000


@frozen
class Release:
    """One archive of the package index. A source archive has the tests, a wheel needs nothing to be run when it is fetched."""

    package: str
    version: str
    sha256: str
    source: bool = False

    @property
    def requirement(self) -> str:
        """A line that pip takes in a requirements file."""
        return f"{self.package}=={self.version} --hash=sha256:{self.sha256}\n"


RELEASES = (
    Release("records", "0.6.0", "078acc32ef0ebf28e14374e4914cfcc37ec7a9bbbd6eaff9a4a315537cf9465b"),
    Release(
        "datasette", "0.65.5", "8d16ab1bf9a2753089cd3cb079045885d440f11267973e89e08e7fecf555264a", source=True
    ),
    Release(
        "sqlite-utils",
        "4.2.1",
        "76114b6a5414714e6c70e5fa5c4781b301b590f6951b5da39c8cc60c21382ba1",
        source=True,
    ),
    Release(
        "django", "5.2.19", "ad03d8abc51dbff95ebf34b27123cf0c26a3b62db7ba0cd520783686362533d1", source=True
    ),
    Release(
        "sqlalchemy", "2.1.9", "d700a8b2edfb26282a470333d6bc4a454c4acda4d201a3bea7b72fa76c217d28", source=True
    ),
    Release(
        "sqlglot", "30.30.0", "b8e344042c85d7baa1d0d827127dfe1611ce9ac59bceab6fe370665baeb14ce7", source=True
    ),
    Release(
        "peewee", "4.5.3", "434576afaf806428a01f84af74c42fde59372c4f6a6eba26d9b5372113344a8a", source=True
    ),
    Release("pandas", "3.1.1", "4f1602f614bb83f443381dbcbb94c4ac764b2e50c8d6c965614c5cd83e328c47"),
    Release(
        "apache-airflow-providers-common-sql",
        "2.4.0",
        "1b0b1364d92df2390f5b4278dc570061f2f81b9c7ad61e0467c9f9cc3159781e",
    ),
    Release(
        "apache-airflow-providers-google",
        "22.8.0",
        "13c4e79fdd47c64ec38905318feb27cdda0a648828f28222606d6f9de5da8342",
    ),
    Release(
        "apache-airflow-providers-postgres",
        "7.1.1",
        "090cc1674f04205179737645a7054ec887d4f2adb02a1d8b7f8fb86a263f17be",
    ),
    Release("sqlmesh", "0.236.4", "b20e2e70a58c16e0ef80955daec351518db1d5b12ae3f04b417fe446a21fcaf0"),
    Release(
        "great-expectations", "1.24.1", "a6d57e0904e3aaf51839fcec7352b652881d20e5dbdf4aa731ffb8ee8f93ae13"
    ),
    Release("dbt-adapters", "1.24.5", "32345118b921160722a13f12c3e369b9d59a0fb8fb9b3297e29d8cd53f973411"),
    Release("feast", "0.67.0", "98667313ae7663f3312174590461e28081112f46d982710867d4b97e0b0f2c66"),
)
_PLATFORM = ("--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_24_x86_64", "--implementation", "cp", "--python-version", "3.11")  # fmt: skip


def archive_of(release: Release) -> Path:
    """The release's archive, from the cache or fetched now.

    Raises NothingToDoError where it is not in the cache and cannot be fetched.
    """
    folder = _cache() / f"{release.package}-{release.version}"
    if found := _archive_in(folder):
        return found
    folder.mkdir(parents=True, exist_ok=True)
    wanted = folder / "requirements.txt"
    wanted.write_text(release.requirement, encoding="utf-8")
    form = ["--no-binary", ":all:"] if release.source else ["--only-binary", ":all:", *_PLATFORM]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", *form, "--dest", str(folder), "-r", str(wanted)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_FETCH_SECONDS, check=False)  # noqa: S603
        failed = done.returncode != 0
    except (OSError, subprocess.TimeoutExpired):
        failed = True
    found = _archive_in(folder)
    if failed or found is None:
        raise NothingToDoError(
            f"{release.package} {release.version} could not be fetched from the package index; "
            f"connect to it, or put the archive into {folder}."
        )
    return found


def python_files(archive: Path) -> Iterator[tuple[str, bytes]]:
    """(path in the archive, content) of its Python files, in order; nothing is unpacked."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for entry in sorted(wheel.infolist(), key=lambda entry: entry.filename):
                if entry.filename.endswith(".py") and entry.file_size <= _MAX_FILE_BYTES:
                    yield entry.filename, wheel.read(entry)
        return
    with tarfile.open(archive) as packed:
        members = [
            member for member in packed.getmembers() if member.isfile() and member.name.endswith(".py")
        ]
        for member in members:
            stream = packed.extractfile(member) if member.size <= _MAX_FILE_BYTES else None
            if stream is not None:
                yield member.name, stream.read()


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "understudy" / "bench-code"


def _archive_in(folder: Path) -> Path | None:
    found = [*folder.glob("*.whl"), *folder.glob("*.tar.gz")]
    return found[0] if found else None
