"""bubblewrap as a layer of its own, with none of the other walls behind it."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import evolve

from understudy_knowledge.execution import Executor, Inputs, boundary
from understudy_knowledge.execution.bubblewrap import around, works
from understudy_knowledge.memory.records import DataSource

pytestmark = [
    pytest.mark.skipif(
        not around(network=False), reason="bubblewrap is not installed; run tests/execution/setup.sh"
    ),
    pytest.mark.skipif(not (boundary().forks and works()), reason="bubblewrap may make no namespace here"),
]


def inside(program: str, *, network: bool = False) -> str:
    command = [*around(network=network), sys.executable, "-c", program]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return (ran.stdout + ran.stderr).strip()


def test_no_other_process_can_be_seen() -> None:
    seen = inside("import os; print(sorted(int(name) for name in os.listdir('/proc') if name.isdigit()))")
    assert seen in {"[1]", "[1, 2]"}


def test_nobody_can_be_reached_unless_the_network_is_asked_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        program = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 2); print('reached')"
        assert inside(program).endswith("refused") or "unreachable" in inside(program)
        assert inside(program, network=True) == "reached"


def test_nothing_can_be_written(tmp_path: Path) -> None:
    assert "Read-only file system" in inside(f"open({str(tmp_path / 'new')!r}, 'w')")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("wrapped", [False, True])
async def test_jobs_run_the_same_with_and_without_it(
    source: DataSource, tmp_path: Path, wrapped: bool
) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    program = "import pandas as pd\nresult = int(pd.read_csv('a.csv').y.sum())"
    async with Executor(wall=evolve(boundary(), wrapped=wrapped)) as executor:
        assert "bubblewrap" in boundary().sentence
        found = await executor.run("SELECT a FROM t", source)
        computed = await executor.run_python(program, Inputs(tmp_path, ("a.csv",)))
    assert found.result is not None, found.message
    assert found.result.rows == ((1,), (2,))
    assert computed.result is not None, computed.message
    assert computed.result.rows == ((2,),)
