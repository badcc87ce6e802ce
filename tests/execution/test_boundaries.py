"""The same walls at every version of Landlock, without it, as root and as nobody; and where there are none."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from understudy_knowledge.execution import Executor, Inputs, Limits, boundary
from understudy_knowledge.execution.boundary import Boundary
from understudy_knowledge.memory.records import DataSource

FOUND = boundary()
LEVELS = [
    Boundary("landlock", abi) if abi else Boundary("strict") for abi in (0, 1, 3, 7) if abi <= FOUND.abi
]
levels = pytest.mark.parametrize(
    "wall",
    LEVELS if FOUND.forks else [],
    ids=lambda wall: f"abi-{wall.abi}",
)
ATTACKS = {
    "read": "open('@/secret').read()",
    "read by a descriptor": "import os\nos.read(os.open('@/secret', os.O_RDONLY), 9)",
    "list": "import os\nos.listdir('@')",
    "write": "open('@/new', 'w')",
    "truncate by opening": "import os\nos.open('@/secret', os.O_RDONLY | os.O_TRUNC)",
    "truncate": "import os\nos.truncate('@/secret', 0)",
    "rename": "import os\nos.rename('@/secret', '@/new')",
    "link": "import os\nos.link('@/secret', '@/new')",
    "chmod": "import os\nos.chmod('@/secret', 0o777)",
    "socket": "import socket\nsocket.socket()",
    "path socket": "import socket\nsocket.socket(socket.AF_UNIX)",
    "fork": "import os\nos.fork()",
    "run": "import subprocess\nsubprocess.run(['true'])",
    "signal": "import os\nos.kill(os.getppid(), 0)",
    "processes": "import os\nos.listdir('/proc')",
    "limits": "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
    "users": "open('/etc/passwd').read()",
}


@pytest.fixture
def project(tmp_path: Path) -> Inputs:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "secret").write_text("secret")
    return Inputs(folder, ("a.csv",))


@levels
async def test_attacks_fail_and_sound_jobs_run_at_every_level(
    wall: Boundary, project: Inputs, source: DataSource, tmp_path: Path
) -> None:
    async with Executor(wall=wall) as executor:
        sound = await executor.run_python("import pandas as pd\npd.read_csv('a.csv').y.sum()", project)
        assert sound.result is not None, sound.message
        assert sound.result.rows == ((2,),)
        for name, code in ATTACKS.items():
            outcome = await executor.run_python(code.replace("@", str(tmp_path)), project, Limits(seconds=1))
            assert outcome.kind in {"refused", "error", "type-error"}, (name, outcome)
            assert outcome.result is None
        assert (tmp_path / "secret").read_text() == "secret"
        assert (await executor.run("SELECT count(*) FROM t", source)).kind == "ok"


async def test_where_no_wall_is_sql_runs_in_a_killable_process(source: DataSource) -> None:
    async with Executor(wall=Boundary("process")) as executor:
        found = await executor.run("SELECT a FROM t", source)
        assert found.result is not None, found.message
        assert found.result.rows == ((1,), (2,))
        endless = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT max(x) FROM r"
        assert (await executor.run(endless, source, Limits(seconds=0.3))).kind == "timeout"
        assert (await executor.run("DROP TABLE t", source)).kind == "refused"
        assert (await executor.run("SELECT nope FROM t", source)).kind == "unknown-name"


def nobodys_python() -> list[str] | None:
    """An interpreter that a user without rights can run, and that finds what we import."""
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            subprocess.run(
                [python, "-c", "import pandas, understudy_knowledge.execution"],
                check=True,
                capture_output=True,
                cwd="/",
                **NOBODY,
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        return [python]
    return None


NOBODY: dict[str, Any] = {
    "user": 65534,
    "group": 65534,
    "extra_groups": [],
    "env": {
        "PYTHONPATH": os.pathsep.join(
            path for path in sys.path if "site-packages" in path or "knowledge" in path
        )
    },
}


@pytest.mark.skipif(not FOUND.forks, reason="Linux's walls")
def test_it_holds_for_a_user_without_rights(project: Inputs, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        return  # every other test has shown it
    python = nobodys_python()
    if python is None:
        pytest.skip("a user without rights cannot run this interpreter")
    program = f"""
import asyncio, os, tempfile
from pathlib import Path
from understudy_knowledge.execution import Executor, Inputs
tempfile.tempdir = {str(tmp_path / "own")!r}
async def main():
    assert os.geteuid() == 65534
    async with Executor() as executor:
        inputs = Inputs(Path({str(project.folder)!r}), ("a.csv",))
        for code in {list(ATTACKS.values())!r}:
            outcome = await executor.run_python(code.replace("@", {str(tmp_path)!r}), inputs)
            assert outcome.kind in ("refused", "error", "type-error"), (code, outcome)
        sound = await executor.run_python("import pandas as pd; result = pd.read_csv('a.csv').y.sum()", inputs)
        assert sound.result and sound.result.rows == ((2,),), sound
asyncio.run(main())
"""
    (tmp_path / "own").mkdir()
    (tmp_path / "own").chmod(0o777)
    # Up to the folder of all runs, whose folders pytest keeps to their user.
    for folder in (tmp_path, *tmp_path.parents):
        if folder == Path(tempfile.gettempdir()):
            break
        folder.chmod(0o755)
    (tmp_path / "secret").chmod(0o666)
    ran = subprocess.run(
        [*python, "-c", program], capture_output=True, text=True, timeout=60, cwd="/", **NOBODY
    )
    assert ran.returncode == 0, ran.stderr[-2000:]


def test_a_level_says_what_it_means() -> None:
    assert "Landlock (ABI 7)" in Boundary("landlock", 7).sentence
    assert "refused" in Boundary("process").sentence
    assert "not yet verified" in Boundary("seatbelt").sentence
