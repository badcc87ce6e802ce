"""Python programs in the sandbox: ordinary ones run, and every other one is a classed outcome."""

import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
import pytest_asyncio

from understudy_knowledge.execution import Executor, Inputs, Limits, boundary
from understudy_knowledge.execution.boundary import Boundary

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROGRAMS = tomllib.loads(Path(__file__).with_name("benign.toml").read_text(encoding="utf-8"))["program"]
NAMES = ("sales.csv", "sales.parquet", "sales.db")

pytestmark = pytest.mark.skipif(not boundary().holds_python, reason="no wall for Python here")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    folder = tmp_path_factory.mktemp("project")
    frame = pd.DataFrame(
        {
            "day": pd.date_range("2024-01-30", periods=8, freq="9D"),
            "region": ["north", "south"] * 4,
            "product": ["tea", "bread", "tea", "milk"] * 2,
            "amount": [12.5, 7, 30, 18, None, 22, 5, 41],
        }
    )
    frame.to_csv(folder / "sales.csv", index=False)
    frame.to_parquet(folder / "sales.parquet")
    with closing(sqlite3.connect(folder / "sales.db")) as connection:
        frame.to_sql("sales", connection, index=False)
    return Inputs(folder, NAMES)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[Executor]:
    async with Executor() as executor:
        yield executor


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("program", [pytest.param(each["code"], id=each["name"]) for each in PROGRAMS])
async def test_an_ordinary_program_runs(shared: Executor, inputs: Inputs, program: str) -> None:
    outcome = await shared.run_python(program, inputs)
    assert outcome.result is not None, outcome.message


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("program", "columns", "rows"),
    [
        ("2 + 2", ("value",), ((4,),)),
        ("result = 'x'", ("value",), (("x",),)),
        ("[1, None, 2.5, True]", ("value",), ((1,), (None,), (2.5,), (True,))),
        ("[(1, 'a'), (2, 'b')]", ("value1", "value2"), ((1, "a"), (2, "b"))),
        ("{'a': 1}", ("key", "value"), (("a", 1),)),
        ("import pandas as pd\npd.Series([1.0, None], name='x')", ("x",), ((1.0,), (None,))),
        ("import pandas as pd\npd.DataFrame({'a': [pd.NaT, pd.Timestamp('2024-01-02')]}).a", ("a",), ((None,), ("2024-01-02 00:00:00",))),
        ("import pandas as pd\npd.Series({'n': 1, 's': 2})", ("index", "value"), (("n", 1), ("s", 2))),
        ("import numpy as np\nnp.int64(7)", ("value",), ((7,),)),
    ],
)  # fmt: skip
async def test_an_answer_becomes_rows(
    shared: Executor, inputs: Inputs, program: str, columns: tuple[str, ...], rows: tuple[object, ...]
) -> None:
    outcome = await shared.run_python(program, inputs)
    assert outcome.result is not None, outcome.message
    assert outcome.result.columns == columns
    shown = [[None if cell != cell else cell for cell in row] for row in outcome.result.rows]
    assert shown == [list(row) for row in rows]  # type: ignore[call-overload]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("program", "kind"),
    [
        ("1 +", "syntax"),
        ("nope", "unknown-name"),
        ("import pandas as pd\npd.read_csv('sales.csv').nope", "unknown-name"),
        ("import pandas as pd\npd.read_csv('sales.csv')['nope']", "unknown-name"),
        ("import pandas as pd\npd.read_csv('nope.csv')", "unknown-name"),
        ("import nope", "unknown-name"),
        ("1 + 'a'", "type-error"),
        ("int('a')", "type-error"),
        ("1 / 0", "error"),
        ("x = 1", "error"),
        ("open('/etc/passwd')", "refused"),
        ("range(10**6)", "ok"),
        ("list(range(10**6))", "rows"),
        ("'x' * 2_000_000", "bytes"),
        ("x = bytearray(2 * 10**9)", "memory"),
        ("def f(): return f()\nf()", "error"),
        ("while True: pass", "timeout"),
        ("import os\nos._exit(3)", "error"),
        ("import ctypes\nctypes.string_at(0)", "error"),
        ("raise SystemExit", "error"),
        ("raise KeyboardInterrupt", "error"),
        ("class A:\n    def __repr__(self): raise ValueError\nA()", "type-error"),
    ],
)
async def test_failures_are_classed(shared: Executor, inputs: Inputs, program: str, kind: str) -> None:
    outcome = await shared.run_python(program, inputs, Limits(seconds=1 if kind == "timeout" else 20))
    assert outcome.kind == kind, outcome


@pytest.mark.asyncio(loop_scope="module")
async def test_inputs_are_copies_as_they_are_now(shared: Executor, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    inputs = Inputs(tmp_path, ("a.csv",))
    program = "open('a.csv').read()"
    first = await shared.run_python(program, inputs)
    (tmp_path / "a.csv").write_text("x\n23\n")
    second = await shared.run_python(program, inputs)
    assert first.result is not None
    assert second.result is not None
    assert (first.result.rows, second.result.rows) == ((("x\n1\n",),), (("x\n23\n",),))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", ["nope.csv", "../outside.csv", "/etc/passwd"])
async def test_inputs_that_cannot_be_given_are_named(shared: Executor, tmp_path: Path, name: str) -> None:
    (tmp_path.parent / "outside.csv").write_text("secret")
    outcome = await shared.run_python("1", Inputs(tmp_path, (name,)))
    assert outcome.kind == "unavailable"
    assert Path(name).name in outcome.message


async def test_python_is_refused_where_nothing_holds_it(tmp_path: Path) -> None:
    async with Executor(wall=Boundary("process")) as executor:
        outcome = await executor.run_python("1", Inputs(tmp_path))
    assert outcome.kind == "refused"
