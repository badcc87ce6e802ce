"""A wall is trusted after it withstood an attack: one that stands, one that lacks a part, and none."""

import ctypes
import sys
from pathlib import Path

import pytest

from understudy_knowledge.execution import Boundary, Executor, Inputs, boundary
from understudy_knowledge.execution.confined import appcontainer
from understudy_knowledge.execution.launching import worker_command
from understudy_knowledge.execution.proof import holds

linux = pytest.mark.skipif(
    not boundary().forks or boundary().abi == 0, reason="Landlock's walls are the model"
)
# A worker that raises Linux's walls instead of those of a system that no machine was at hand for.
WALLED = """
import json, sys
from pathlib import Path
from types import ModuleType
here = Path({here!r})
for name, folder in (("understudy_knowledge", here.parent.parent), ("understudy_knowledge.execution", here.parent)):
    sys.modules[name] = module = ModuleType(name)
    module.__path__ = [str(folder)]
import ctypes
from understudy_knowledge.execution.confined import job, lockdown
job.write(1, {{"missing": []}})
def close_in(walls):
    {raising}
job.run(0, 1, close_in)
"""
WHOLE = "lockdown.lock_down(walls, {abi}, ctypes.CDLL(None, use_errno=True))"


def worker(raising: str) -> list[str]:
    here = str(Path(appcontainer.__file__).parent)
    return [sys.executable, "-I", "-S", "-B", "-c", WALLED.format(here=here, raising=raising)]


@linux
def test_walls_that_stand_are_believed() -> None:
    assert holds(worker(WHOLE.format(abi=boundary().abi)))


@linux
def test_a_wall_around_files_alone_is_not_enough() -> None:
    raising = (
        "libc = ctypes.CDLL(None, use_errno=True); libc.prctl(38, 1, 0, 0, 0); "
        "lockdown.landlock.restrict(walls.readable, 1, libc)"
    )
    assert not holds(worker(raising)), "Landlock's first version lets connections through"


@linux
def test_walls_behind_which_no_input_can_be_read_are_not_enough() -> None:
    assert not holds(worker("walls.readable = []; " + WHOLE.format(abi=boundary().abi)))


def test_a_worker_without_walls_is_found_out() -> None:
    assert not holds(worker_command("python", "process", preload=[], warm=[], paths=[]))


def test_a_worker_that_cannot_be_started_or_says_nonsense_holds_nothing(tmp_path: Path) -> None:
    assert not holds([str(tmp_path / "absent")])
    assert not holds([sys.executable, "-c", "print('[]')"])
    assert not holds([sys.executable, "-c", 'print(\'{"kind": "ok", "rows": [1]}\')'])


@pytest.mark.skipif(sys.platform == "win32", reason="there the container is real")
async def test_where_the_container_cannot_be_made_nothing_runs(tmp_path: Path) -> None:
    def refuse(_: str) -> None:
        raise OSError("no container")

    assert not holds(worker_command("python", "appcontainer", preload=[], warm=[], paths=[]), refuse)
    assert not holds(worker_command("python", "appcontainer", preload=[], warm=[], paths=[]))
    async with Executor(wall=Boundary("appcontainer")) as executor:
        assert (await executor.run_python("1", Inputs(tmp_path))).kind == "unavailable"


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="sizes of 64-bit Windows")
def test_the_records_that_windows_is_given_have_its_sizes() -> None:
    assert ctypes.sizeof(appcontainer.Capabilities) == 24
    assert ctypes.sizeof(appcontainer.Startup) == 112
    assert ctypes.sizeof(appcontainer.Started) == 24
    assert ctypes.sizeof(appcontainer.Bounds) == 144


def test_an_unverified_wall_says_so() -> None:
    for name in ("seatbelt", "appcontainer"):
        assert "not yet verified" in Boundary(name).sentence
